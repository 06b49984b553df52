package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/plan"
	"github.com/pixeltales/pixelload/internal/report"
	"github.com/pixeltales/pixelload/internal/run"
)

// planOptions are the flags of plan.
type planOptions struct {
	question plan.Question
	runs     string
	format   choice
}

func newPlan() *cobra.Command {
	o := planOptions{format: choice{"table", []string{"table", "json"}}}
	c := &cobra.Command{
		Use:   "plan",
		Short: "Name the smallest plan for so many users, or the most users on a plan",
		Long: `plan reads the runs that are there, of capacity, of a frontier and of others, and
measures nothing. What was measured, what that implies and what is extrapolated are
kept apart: of the first it tells the share of trials that lived, with its exact
interval; of the last a prediction with its interval. Where too little is known it names
the command that would tell.

Exit codes: 0 a plan holds, by two whole trials or more, and keeps the service; 99 none
does; 3 cannot tell. The plan that is likely to do is named then, too.`,
		Example: `  pixelload plan --users 10 --data-mib 16           # the smallest plan, with its price
  pixelload plan --users 10 --data-mib 16 --variant after
  pixelload plan --plan free                         # the most users on it, by amounts of data
  pixelload plan --plan free --data-mib 16 --format json | jq '.most[].holds'`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.validate(cmd.Flags()); err != nil {
				return badInput(err)
			}
			return answer(o, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := c.Flags()
	f.IntVar(&o.question.Users, "users", 0, "how many users it is to hold; without it, the most users of --plan")
	f.Float64Var(&o.question.MiB, "data-mib", 0, "MiB of public stories that the database holds")
	f.StringVar(&o.question.Plan, "plan", "", "one plan alone, see scenarios/plans.yaml")
	f.StringVar(&o.question.Variant, "variant", "before", "configuration of the target, see scenarios/variants.yaml")
	f.StringVar(&o.runs, "runs", "runs", "folder whose runs are read, with all below it")
	f.Var(&o.format, "format", "result on stdout: table or json")
	return c
}

func (o planOptions) validate(given *pflag.FlagSet) error {
	q := o.question
	switch {
	case given.Changed("users") && (q.Users < 1 || q.Users > maxUsers):
		return fmt.Errorf("--users %d: write a number from 1 to %d", q.Users, maxUsers)
	case given.Changed("data-mib") && !(q.MiB > 0 && q.MiB <= 1<<20): // a NaN is neither
		return fmt.Errorf("--data-mib %v: write MiB above 0, as 16", q.MiB)
	case q.Users > 0 && q.MiB == 0:
		return errors.New("--users needs --data-mib: what the database holds decides more than the users do")
	case q.Users == 0 && q.Plan == "":
		return errors.New("write --users and --data-mib for the smallest plan, or --plan for the most users on it")
	}
	return nil
}

// answer reads the runs, answers and prints.
func answer(o planOptions, stdout, stderr io.Writer) error {
	doc, err := claim.Load()
	if err != nil {
		return err
	}
	runs, left, err := evidence(o.runs, o.question.Variant, stderr)
	if err != nil {
		return badInput(err)
	}
	a, err := plan.Ask(o.question, runs, left, doc)
	if err != nil {
		return badInput(err)
	}
	if o.format.value == "json" {
		err = report.PlanJSON(stdout, a)
	} else {
		err = report.Plan(stdout, a, report.Options{Color: colored(stdout), Width: terminalWidth(stdout)})
	}
	if err != nil || a.ExitCode == 0 {
		return err
	}
	return exitCode{code: a.ExitCode}
}

// evidence reads the runs below dir that can answer for the variant, of the build
// and machine of the last; left is how many are of others. A folder that is not
// there holds none.
func evidence(dir, variant string, stderr io.Writer) (runs []*run.Run, left int, err error) {
	var paths []string
	var headers []run.Header
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch matched, _ := filepath.Match("trial-*.ndjson", filepath.Base(path)); {
		case err != nil && path == dir && errors.Is(err, fs.ErrNotExist):
			return fs.SkipAll
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "interrupted":
			return fs.SkipDir
		case d.IsDir() || !matched:
			return nil
		}
		h, err := run.ReadHeader(path)
		if err != nil {
			fmt.Fprintln(stderr, "pixelload: left out:", oneLine(err))
			return nil
		}
		if plan.Wanted(h, variant) {
			paths, headers = append(paths, path), append(headers, h)
		}
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("looking for runs (--runs): %w", err)
	}
	alike := plan.Alike(headers)
	for _, i := range alike {
		r, err := run.Read(paths[i])
		if err != nil {
			return nil, 0, err
		}
		runs = append(runs, r)
	}
	return runs, len(headers) - len(alike), nil
}
