package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pixeltales/pixelload/internal/history"
	"github.com/pixeltales/pixelload/internal/history/store"
)

func newHistory() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use:   "history",
		Short: "The figures of all runs, and where they changed",
		Long: `history keeps the figures of every run in one SQLite file. check, claims run and
capacity record theirs when they end; add records stored ones.

Figures are of one series only where the machine, the kind of target, the release
of pixelload and the way to measure were the same. With 20 nights a series is
looked through for changes of its level as a whole; before, each night's trials
are held against those of up to ten nights before it.`,
		Example: `  pixelload history list
  pixelload history show level:10
  pixelload history add runs/*`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.PersistentFlags().StringVar(&file, "file", "", "the history's file (default: history.db in pixelload's state folder)")
	c.AddCommand(newHistoryList(&file), newHistoryShow(&file), newHistoryAdd(&file), newHistoryPrune(&file))
	return c
}

// historyFilter are the flags that choose runs.
type historyFilter struct {
	variant, data, metric string
	since                 momentFlag
}

func (o *historyFilter) flags(f *pflag.FlagSet) {
	f.StringVar(&o.variant, "variant", "", "only this variant")
	f.StringVar(&o.data, "data", "", "only this data profile")
	f.Var(&o.since, "since", "only runs from this day on, as 2026-01-31, or of the last 30d")
}

// read returns the chosen runs and the series they make. The metric may be
// shortened; the whole name is returned.
func (o historyFilter) read(ctx context.Context, file string) (runs []history.Run, all []history.Series, metric string, err error) {
	path, err := historyFile(file)
	if err != nil {
		return nil, nil, "", badInput(err)
	}
	s, err := store.Read(ctx, path)
	if err != nil {
		return nil, nil, "", badInput(err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if o.metric != "" {
		known, err := s.Metrics(ctx)
		if err == nil {
			o.metric, err = history.Resolve(o.metric, known)
		}
		if err != nil {
			return nil, nil, "", badInput(err)
		}
	}
	// Series are of all nights: what came before --since is what a change is from.
	runs, err = s.Runs(ctx, store.Filter{Variant: o.variant, Data: o.data, Metric: o.metric})
	if err != nil {
		return nil, nil, "", badInput(err)
	}
	all, err = history.In(runs)
	return o.recent(runs), all, o.metric, err
}

// recent are the runs since the flag's moment.
func (o historyFilter) recent(runs []history.Run) []history.Run {
	var out []history.Run
	for _, r := range runs {
		if !r.Started.Before(o.since.Time) {
			out = append(out, r)
		}
	}
	return out
}

// momentFlag is a day, a moment, or how long ago. The zero value was not given.
type momentFlag struct {
	time.Time
	given string
	// whole says that lengths are of days only: where what is older is lost, 12m
	// must not be minutes to the one and months to the other.
	whole bool
}

func (m *momentFlag) Set(s string) error {
	m.given = s
	if days, found := strings.CutSuffix(s, "d"); found {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 && n < 100_000 {
			m.Time = time.Now().AddDate(0, 0, -n)
			return nil
		}
	}
	if length, err := time.ParseDuration(s); err == nil && length >= 0 && !m.whole {
		m.Time = time.Now().Add(-length)
		return nil
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04Z07:00", time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil {
			m.Time = t
			return nil
		}
	}
	if m.whole {
		return fmt.Errorf("write a day in UTC as 2026-01-31, or how many days ago as 400d")
	}
	return fmt.Errorf("write a day in UTC as 2026-01-31, or how long ago as 30d or 12h")
}

func (m *momentFlag) String() string { return m.given }
func (*momentFlag) Type() string     { return "day" }

// colored reports that w is a terminal that colours are wanted on.
func colored(w io.Writer) bool { return isTerminal(w) && os.Getenv("NO_COLOR") == "" }
