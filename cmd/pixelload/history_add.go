package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/pixeltales/pixelload/internal/history/store"
)

func newHistoryAdd(file *string) *cobra.Command {
	return &cobra.Command{
		Use:   "add DIR...",
		Short: "Record stored runs",
		Long: `add judges stored runs again, by the claims that they keep, and records their
figures. A run that is in the history already is replaced, not doubled. It writes
nothing into the runs' folders.`,
		Example: `  pixelload history add runs/20260102-100203-before
  pixelload history add runs/* --file team.db`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return nil
			}
			return badInput(fmt.Errorf("add takes folders of runs, as runs/* (see %s --help)", cmd.CommandPath()))
		},
		RunE: func(cmd *cobra.Command, dirs []string) error {
			return addRuns(cmd.Context(), *file, dirs, cmd.OutOrStdout())
		},
	}
}

// addRuns records one folder after the other. One that cannot be read does not
// keep the others out.
func addRuns(ctx context.Context, file string, dirs []string, stdout io.Writer) error {
	path, err := historyFile(file)
	if err != nil {
		return badInput(err)
	}
	s, err := store.Open(ctx, path)
	if err != nil {
		return badInput(err)
	}
	var failed []error
	for _, dir := range dirs {
		if ctx.Err() != nil {
			failed = append(failed, ctx.Err())
			break
		}
		word, err := addRun(ctx, s, dir)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		fmt.Fprintln(stdout, word)
	}
	return badInput(errors.Join(append(failed, s.Close())...))
}

// addRun records one folder and says what it was.
func addRun(ctx context.Context, s *store.Store, dir string) (string, error) {
	doc, err := claimsOf(dir, "")
	if err != nil {
		return "", fmt.Errorf("%s: %w", dir, err)
	}
	j, err := judge(dir, doc)
	if err != nil {
		return "", err
	}
	r, err := j.figures()
	if err != nil {
		return "", fmt.Errorf("%s: %w", dir, err)
	}
	replaced, err := s.Add(ctx, r)
	if err != nil {
		return "", err
	}
	done := "recorded"
	if replaced {
		done = "replaced"
	}
	return fmt.Sprintf("%s %s of %s, %d figures", done, r.ID, r.Started.Format("2006-01-02T15:04Z"), len(r.Points)), nil
}

func newHistoryPrune(file *string) *cobra.Command {
	before := momentFlag{whole: true}
	var dry bool
	c := &cobra.Command{
		Use:   "prune --before DAY",
		Short: "Remove old runs from the history",
		Long:  `prune removes the figures of runs that began before a day, and gives their room back. The runs' own folders stay.`,
		Example: `  pixelload history prune --before 2026-01-01 --dry-run
  pixelload history prune --before 400d`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if before.IsZero() {
				return badInput(fmt.Errorf("give --before with a day, as 2026-01-31, or how many days ago, as 400d"))
			}
			return prune(cmd.Context(), *file, before, dry, cmd.OutOrStdout())
		},
	}
	c.Flags().Var(&before, "before", "remove runs that began before this day, as 2026-01-31, or longer than 400d ago")
	c.Flags().BoolVar(&dry, "dry-run", false, "only say how many they are")
	return c
}

func prune(ctx context.Context, file string, before momentFlag, dry bool, stdout io.Writer) (err error) {
	path, err := historyFile(file)
	if err != nil {
		return badInput(err)
	}
	s, err := store.Read(ctx, path) // nothing is made only to be pruned
	if err == nil && !dry {
		if err = s.Close(); err == nil {
			s, err = store.Open(ctx, path)
		}
	}
	if err != nil {
		return badInput(err)
	}
	defer func() { err = errors.Join(err, badInput(s.Close())) }()
	n, err := s.Prune(ctx, before.Time, dry)
	if err != nil {
		return badInput(err)
	}
	word := "removed"
	if dry {
		word = "would remove"
	}
	_, err = fmt.Fprintf(stdout, "%s %d %s that began before %s\n", word, n, plural(int(n), "run"), before.UTC().Format("2006-01-02T15:04Z"))
	return err
}
