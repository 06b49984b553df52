package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"

	"github.com/pixeltales/pixelload/internal/campaign"
	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/report"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/verdict"
)

func newRemedies() *cobra.Command {
	c := &cobra.Command{
		Use:   "remedies",
		Short: "Measure what saves memory, and at what cost",
		Long: `remedies holds ways to need less memory, the document's own and ours, and
measures each against the application as it is: what the peak and what is held
fall by, whether the service is kept, and what it costs.`,
		Example: "  pixelload remedies run --quick\n  pixelload remedies judge runs/remedies-seed1",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.AddCommand(newRemediesRun(), newRemediesJudge())
	return c
}

func newRemediesRun() *cobra.Command {
	o := campaignOptions{name: "remedies", format: choice{"table", []string{"table", "json"}}}
	c := &cobra.Command{
		Use:   "run [REMEDY...]",
		Short: "Measure the remedies",
		Long: `run measures every remedy, or those named, in rounds: each round holds each set-up
of the target once, in natural and in collected trials, on light and on heavy data,
in an order of its own. A trial is a fresh start on a fresh copy of the data.
Interrupted with Ctrl-C, it judges what there is; the same command then goes on
where it stopped. Nothing is limited to a plan's memory.`,
		Example: `  pixelload remedies run                       # all of them, six rounds
  pixelload remedies run deferred small-pages  # these two
  pixelload remedies run --trials 3            # three rounds; more rounds later add to them
  pixelload remedies run --quick deferred      # one round of short holds: indications`,
		RunE: func(cmd *cobra.Command, asked []string) error {
			if err := o.validate(cmd.Flags().Changed("trials")); err != nil {
				return badInput(err)
			}
			return runRemedies(cmd.Context(), o, asked, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := c.Flags()
	o.app.flags(f)
	f.IntVar(&o.trials, "trials", 6, "rounds; a larger number later adds to what there is")
	f.BoolVar(&o.quick, "quick", false, "one round with short holds: indications, no outcomes")
	f.Uint64Var(&o.seed, "seed", 1, "seed of the data, of what the users do and of the order")
	f.StringVar(&o.out, "out", "", "folder of the campaign; one that holds its trials goes on (default: runs/ID)")
	f.Var(&o.format, "format", "result on stdout: table or json")
	return c
}

func newRemediesJudge() *cobra.Command {
	format := choice{"table", []string{"table", "json"}}
	c := &cobra.Command{
		Use:   "judge DIR",
		Short: "Judge the stored trials of the remedies again",
		Long: `judge reads the run files of a folder and judges them as remedies run did: the
same files give the same remedies.json and remedies.md, byte for byte. Where the
folder holds frontier*.json, of capacity --frontier for the variants, it says by how
much each remedy shifts the frontier.`,
		Example: `  pixelload remedies judge runs/remedies-seed1
  pixelload remedies judge runs/remedies-seed1 --format json | jq '.choices'`,
		Args: oneDir,
		RunE: func(cmd *cobra.Command, args []string) error {
			doc, err := claim.Load()
			if err != nil {
				return err
			}
			remedies, err := claim.LoadRemedies(doc)
			if err != nil {
				return err
			}
			return concludeRemedies(args[0], remedies, format.value, cmd.OutOrStdout())
		},
	}
	c.Flags().Var(&format, "format", "result on stdout: table or json")
	return c
}

// runRemedies does the trials that remain and judges all there are.
func runRemedies(ctx context.Context, o campaignOptions, asked []string, stdout, stderr io.Writer) error {
	doc, err := claim.Load()
	if err != nil {
		return err
	}
	remedies, err := claim.LoadRemedies(doc)
	if err != nil {
		return err
	}
	names, err := campaign.Named(remedies, asked)
	if err != nil {
		return badInput(err)
	}
	arms, err := campaign.RemedyArms(doc, remedies)
	if err != nil {
		return err
	}
	dir, err := o.app.place(o.out, o.id())
	if err != nil {
		return badInput(err)
	}
	c := &claimsRun{
		campaignOptions: o, doc: doc, ids: names, slots: campaign.Slots(arms, names, o.trials, o.seed),
		what: "remedies " + strings.Join(names, ", "),
		dir:  dir, progress: newProgress(stderr, 0),
	}
	err = c.measure(ctx)
	c.progress.clear()
	if len(filesIn(c.dir, "trial-*.ndjson")) == 0 {
		return err
	}
	judged := concludeRemedies(c.dir, remedies, o.format.value, stdout)
	switch {
	case err != nil:
		return err
	case ctx.Err() != nil:
		return exitCode{code: exitInterrupted}
	}
	return judged
}

// concludeRemedies judges the trials in dir, writes remedies.json and remedies.md
// beside them, prints the result and returns its exit code.
func concludeRemedies(dir string, remedies *claim.Remedies, format string, stdout io.Writer) error {
	runs, err := run.ReadDir(dir)
	if err != nil {
		return badInput(err)
	}
	frontiers, err := frontiersIn(dir)
	if err != nil {
		return badInput(err)
	}
	r := verdict.JudgeRemedies(runs, remedies, frontiers)
	notKept := errors.Join(
		writeReport(filepath.Join(dir, "remedies.json"), func(w io.Writer) error { return report.RemediesJSON(w, r) }),
		writeReport(filepath.Join(dir, "remedies.md"), func(w io.Writer) error { return report.RemediesMarkdown(w, r) }),
	)
	if format == "json" {
		err = report.RemediesJSON(stdout, r)
	} else {
		err = report.RemediesTable(stdout, r, report.Options{Color: colored(stdout), Width: terminalWidth(stdout), Path: dir})
	}
	switch {
	case err != nil:
		return err
	case notKept != nil:
		return badInput(fmt.Errorf("%w: the table above is kept nowhere", notKept))
	case r.ExitCode != 0:
		return exitCode{code: r.ExitCode}
	}
	return nil
}

// writeReport writes a report into its file, whole or not at all.
func writeReport(path string, write func(io.Writer) error) error {
	var data bytes.Buffer
	if err := write(&data); err != nil {
		return err
	}
	if err := renameio.WriteFile(path, data.Bytes(), 0o644); err != nil {
		return fmt.Errorf("writing %s: %w", filepath.Base(path), err)
	}
	return nil
}

// frontiersIn reads the frontiers that lie in dir.
func frontiersIn(dir string) ([]verdict.Frontier, error) {
	var all []verdict.Frontier
	for _, path := range filesIn(dir, "frontier*.json") {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("reading a frontier: %w", err)
		}
		var f verdict.Frontier
		if err := json.Unmarshal(data, &f); err != nil {
			return nil, fmt.Errorf("reading a frontier: %s: %w", path, err)
		}
		all = append(all, f)
	}
	return all, nil
}
