package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pixeltales/pixelload/internal/compare"
	"github.com/pixeltales/pixelload/internal/config"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/report"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/target"
)

// compareOptions are the flags of compare.
type compareOptions struct {
	app     appOptions
	growth  growthFlag
	format  choice
	rounds  int
	users   int
	visits  int
	variant string
	persona string
	data    string
	limit   bytesFlag
	seed    uint64
	out     string
}

func newCompare() *cobra.Command {
	o := compareOptions{
		growth: 10 * memory.MiB, limit: 4 << 30,
		format: choice{"table", []string{"table", "json", "md"}},
	}
	c := &cobra.Command{
		Use:   "compare A B",
		Short: "By how much does the memory of B differ from that of A?",
		Long: `compare takes two stored runs, or with --app DIR two revisions of a checkout, and
gives the difference in each phase with its interval: grown beyond --budget-growth
(exit 99), not (0), or not to be told (3). Runs of two machines, data profiles or
numbers of users are refused.

Revisions are measured in rounds: each has a fresh start of both, in an order
drawn from the seed, and in each start users come and go a fixed number of times;
then all garbage is collected. So a leak in every visit adds up. The checkout
stays as it is: the files of both revisions are written to a scratch folder.`,
		Example: `  pixelload compare runs/20260102-100203-before runs/20260103-100201-before
  pixelload compare main HEAD --app .                  # two commits, in less than 20 minutes
  pixelload compare main HEAD --app . --format md      # for a comment on a pull request
  pixelload compare main HEAD --app . --budget-growth 4MiB --rounds 6
  pixelload compare runs/ID/a runs/ID/b --format json  # what a comparison of revisions measured, again`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 {
				return nil
			}
			return badInput(fmt.Errorf("compare takes two runs' folders, or two revisions and --app DIR (see %s --help)", cmd.CommandPath()))
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.validate(); err != nil {
				return badInput(err)
			}
			if ofRevisions(cmd.Flag("app"), args) {
				return compareRevisions(cmd.Context(), o, args, cmd.OutOrStdout(), cmd.ErrOrStderr())
			}
			return compareRuns(o, args, cmd.OutOrStdout())
		},
	}
	f := c.Flags()
	o.app.flags(f)
	f.Lookup("app").DefValue, f.Lookup("app").Usage = "", "the folder of your checkout: A and B are revisions of it"
	f.Var(&o.growth, "budget-growth", "by how much B may exceed A in any phase, as 10MiB; 0 allows nothing")
	f.Var(&o.format, "format", "result on stdout: table, json or md")
	f.IntVar(&o.rounds, "rounds", 4, "fresh starts of each revision")
	f.IntVar(&o.users, "users", 3, "users who come and go in each start")
	f.IntVar(&o.visits, "visits", 5, "how often each of them comes")
	f.StringVar(&o.variant, "variant", "before", "configuration of the target, see scenarios/variants.yaml")
	f.StringVar(&o.persona, "persona", "", "who the users are, as reader=2,artist=1 (default: the user that the claims are about)")
	f.StringVar(&o.data, "data", "light", "data profile: light, typical, heavy, or stories=30,drawn=10,words=1000")
	f.Var(&o.limit, "limit", "memory limit of each start")
	f.Uint64Var(&o.seed, "seed", 1, "seed of the data, of what the users do and of the order")
	f.StringVar(&o.out, "out", "", "folder for what revisions measured (default: runs/ID)")
	return c
}

func (o compareOptions) validate() error {
	switch {
	case o.rounds < 1 || o.rounds > 100:
		return fmt.Errorf("--rounds %d: write a number from 1 to 100", o.rounds)
	case o.users < 1 || o.users > maxUsers:
		return fmt.Errorf("--users %d: write a number from 1 to %d", o.users, maxUsers)
	case o.visits < 1 || o.visits > 1000:
		return fmt.Errorf("--visits %d: write a number from 1 to 1000", o.visits)
	}
	return target.CheckData(o.data)
}

// compareRuns compares two stored runs.
func compareRuns(o compareOptions, folders []string, stdout io.Writer) error {
	var sides [2]compare.Side
	for i, dir := range folders {
		var err error
		if sides[i], err = sideOf(dir, dir); err != nil {
			return badInput(err)
		}
	}
	return showComparison(compare.Sides(sides[0], sides[1], int64(o.growth)), o.format.value, "", stdout)
}

// ofRevisions reports that the two are revisions of the app. The configuration
// may name an app for all commands: then a folder is a run's.
func ofRevisions(app *pflag.Flag, names []string) bool {
	return config.WasTyped(app) || app.Changed && !slices.ContainsFunc(names, isFolder)
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func holdsRun(dir string) bool { return len(filesIn(dir, "trial-*.ndjson")) > 0 }

// sideOf reads the run in the folder, under a name for people.
func sideOf(dir, name string) (compare.Side, error) {
	runs, err := run.ReadDir(dir)
	if err != nil {
		if _, missing := os.Stat(dir); errors.Is(missing, os.ErrNotExist) {
			return compare.Side{}, fmt.Errorf("%s is no folder of a run: for two revisions name your checkout with --app DIR", dir)
		}
		return compare.Side{}, err
	}
	return compare.Read(name, runs)
}

// showComparison prints c and returns its exit code.
func showComparison(c *compare.Comparison, format, dir string, w io.Writer) error {
	var err error
	switch format {
	case "json":
		err = report.ComparisonJSON(w, c)
	case "md":
		err = report.ComparisonMarkdown(w, c)
	default:
		err = report.ComparisonTable(w, c, report.Options{
			Color: colored(w), Width: terminalWidth(w), Path: dir,
		})
	}
	if err == nil && c.ExitCode != 0 {
		return exitCode{code: c.ExitCode}
	}
	return err
}

// growthFlag is by how much memory may grow; unlike a bytesFlag it may be 0.
type growthFlag int64

func (g *growthFlag) Set(s string) error {
	if slices.Contains([]string{"0", "0MiB"}, s) {
		*g = 0
		return nil
	}
	return (*bytesFlag)(g).Set(s)
}

func (g *growthFlag) String() string {
	switch {
	case *g < 0: // not given
		return ""
	case *g == 0:
		return "0MiB"
	}
	return (*bytesFlag)(g).String()
}

func (*growthFlag) Type() string { return "memory" }
