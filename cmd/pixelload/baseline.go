package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pixeltales/pixelload/internal/compare"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/report"
)

const (
	// baselineFile is the baseline that a team commits beside its code.
	baselineFile = "pixelload-baseline.json"
	// heldAgainst is the copy that a run keeps, to be judged by ever after.
	heldAgainst = "baseline.json"
)

// baselineOptions are check's flags about a baseline.
type baselineOptions struct {
	file   string     // to be held against; "": none
	growth growthFlag // below 0: as the baseline says
}

func (o *baselineOptions) flags(f *pflag.FlagSet) {
	o.growth = -1
	f.StringVar(&o.file, "baseline", "", "fail when a phase has grown beyond the baseline (default file: "+baselineFile+")")
	f.Lookup("baseline").NoOptDefVal = baselineFile
	f.Var(&o.growth, "budget-growth", "with --baseline: by how much (default: what the baseline allows)")
}

func (o baselineOptions) validate(given *pflag.FlagSet) error {
	if given.Changed("budget-growth") && o.file == "" {
		return errors.New("--budget-growth is held against a baseline: add --baseline")
	}
	return nil
}

// open reads the baseline; nil for none.
func (o baselineOptions) open() (*compare.Baseline, error) {
	if o.file == "" {
		return nil, nil
	}
	b, err := readBaseline(o.file)
	if err == nil && o.growth >= 0 {
		b.BudgetGrowthBytes = int64(o.growth)
	}
	return b, err
}

func newBaseline() *cobra.Command {
	c := &cobra.Command{
		Use:   "baseline",
		Short: "The figures that later runs are held against",
		Long: `A baseline is the figures of one run, in a file that you commit beside your
code. pixelload check --baseline measures as always and fails (exit 99) when a
phase has grown beyond it by more than the budget for growth. It speaks for the
machine that it was measured on; on another it cannot tell.`,
		Example: `  pixelload baseline set runs/20260102-100203-before
  pixelload check --baseline`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.AddCommand(newBaselineSet(), newBaselineShow(), newBaselineClear())
	return c
}

func newBaselineSet() *cobra.Command {
	var file string
	growth := growthFlag(10 * memory.MiB)
	c := &cobra.Command{
		Use:   "set RUN",
		Short: "Make a run the baseline",
		Long:  `set writes the figures of a stored run of two trials or more into the baseline's file.`,
		Example: `  pixelload baseline set runs/20260102-100203-before
  pixelload baseline set runs/20260102-100203-before --budget-growth 20MiB`,
		Args: oneDir,
		RunE: func(cmd *cobra.Command, args []string) error {
			return badInput(setBaseline(args[0], file, int64(growth), cmd.ErrOrStderr()))
		},
	}
	c.Flags().StringVar(&file, "file", baselineFile, "the baseline's file")
	c.Flags().Var(&growth, "budget-growth", "by how much later runs may exceed it in any phase")
	return c
}

func setBaseline(dir, file string, growth int64, said io.Writer) error {
	side, err := sideOf(dir, dir)
	if err != nil {
		return err
	}
	if unfit := side.Unfit(); len(unfit) > 0 {
		return fmt.Errorf("%s is no baseline: %s", dir, unfit[0])
	}
	var data bytes.Buffer
	if err := compare.NewBaseline(side, growth).Write(&data); err != nil {
		return err
	}
	if err := replace(file, data.Bytes()); err != nil {
		return fmt.Errorf("writing the baseline: %w", err)
	}
	fmt.Fprintf(said, "%s is the baseline now: commit it, and run pixelload check --baseline\n", file)
	return nil
}

func newBaselineShow() *cobra.Command {
	var file string
	format := choice{"table", []string{"table", "json"}}
	c := &cobra.Command{
		Use:     "show",
		Short:   "Print the baseline",
		Example: `  pixelload baseline show --format json | jq .run.target.ref`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b, err := readBaseline(file)
			if err != nil {
				return badInput(err)
			}
			w := cmd.OutOrStdout()
			if format.value == "json" {
				return b.Write(w)
			}
			return report.BaselineTable(w, b, report.Options{Color: colored(w), Width: terminalWidth(w)})
		},
	}
	c.Flags().StringVar(&file, "file", baselineFile, "the baseline's file")
	c.Flags().Var(&format, "format", "result on stdout: table or json")
	return c
}

func newBaselineClear() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use:     "clear",
		Short:   "Remove the baseline",
		Example: `  pixelload baseline clear`,
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			if _, err := readBaseline(file); err != nil { // what is none is not removed
				return badInput(err)
			}
			return badInput(os.Remove(file))
		},
	}
	c.Flags().StringVar(&file, "file", baselineFile, "the baseline's file")
	return c
}

func readBaseline(path string) (*compare.Baseline, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("there is no baseline in %s: pixelload baseline set RUN makes one", path)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the baseline: %w", err)
	}
	b, err := compare.ParseBaseline(data)
	if err != nil {
		return nil, fmt.Errorf("reading the baseline %s: %w", path, err)
	}
	return b, nil
}

// keepBaseline leaves in the run's folder what it is held against.
func keepBaseline(b *compare.Baseline, dir string) error {
	if b == nil {
		return nil
	}
	var data bytes.Buffer
	err := b.Write(&data)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, heldAgainst), data.Bytes(), 0o644)
	}
	if err != nil {
		return fmt.Errorf("keeping the baseline with the run: %w", err)
	}
	return nil
}

// hold holds the runs in the folder against the baseline that they were measured
// with; without one it does nothing.
func (j *judged) hold() error {
	path := filepath.Join(j.dir, heldAgainst)
	if j.dir == "" || len(j.Trials) == 0 || !isFile(path) {
		return nil
	}
	b, err := readBaseline(path)
	if err != nil {
		return badInput(err)
	}
	side, err := compare.Read("this run", j.runs)
	if err != nil {
		return badInput(err)
	}
	j.Hold(b.Against(side).Growth())
	return nil
}
