package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"github.com/pixeltales/pixelload/internal/config"
	"github.com/pixeltales/pixelload/internal/history"
	"github.com/pixeltales/pixelload/internal/history/store"
)

// afterOptions are the flags about what follows a verdict: its figures are
// recorded, and a program is told. Neither changes the verdict, and what fails
// of them is a warning.
type afterOptions struct {
	history  string
	notify   string
	patience time.Duration
}

// noHistory is the --history of a run that is not to be recorded.
const noHistory = "none"

func (o *afterOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&o.history, "history", "", "file that the run's figures are recorded in, or none (default: history.db in pixelload's state folder)")
	f.StringVar(&o.notify, "notify", "", "program to run when the verdict is there, with its arguments; it gets verdict.json on stdin, see docs/nightly.md")
	config.Command(f.Lookup("notify"))
	f.DurationVar(&o.patience, "notify-timeout", 10*time.Second, "how long that program may take")
}

// validate finds what would only be noticed when all has been measured. The zero
// value is of a command without these flags.
func (o afterOptions) validate() error {
	if o == (afterOptions{}) {
		return nil
	}
	if o.patience <= 0 || o.patience > time.Hour {
		return fmt.Errorf("--notify-timeout %v: write a length up to an hour, as 10s", o.patience)
	}
	_, err := hookCommand(o.notify)
	return err
}

// follow returns what is done with a verdict.
func (o afterOptions) follow(ctx context.Context, stderr io.Writer) func(judged) {
	interrupted := ctx.Err() != nil
	ctx = context.WithoutCancel(ctx) // what was measured is recorded, whoever ended it
	return func(j judged) {
		if err := o.record(ctx, j); err != nil {
			fmt.Fprintln(stderr, "warning: the run is not in the history:", oneLine(err))
		}
		if err := o.tell(ctx, j, interrupted, stderr); err != nil {
			fmt.Fprintln(stderr, "warning: --notify:", oneLine(err))
		}
	}
}

// record adds the run to the history.
func (o afterOptions) record(ctx context.Context, j judged) error {
	if o.history == noHistory {
		return nil
	}
	path, err := historyFile(o.history)
	if err != nil {
		return err
	}
	r, err := j.figures()
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, path)
	if err != nil {
		return err
	}
	_, err = s.Add(ctx, r)
	return errors.Join(err, s.Close())
}

// figures are what the history keeps of the run.
func (j judged) figures() (history.Run, error) {
	dir, err := filepath.Abs(j.dir)
	if err != nil {
		return history.Run{}, err
	}
	return history.Of(j.Verdict, j.runs, dir)
}

// historyFile is the file that is meant: the given one, or that of the state folder.
func historyFile(given string) (string, error) {
	if given != "" {
		return given, nil
	}
	dir, err := stateDir()
	return filepath.Join(dir, "history.db"), err
}
