package main

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/report"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/verdict"
)

func newJudge() *cobra.Command {
	var claims string
	format := choice{"table", []string{"table", "json"}}
	c := &cobra.Command{
		Use:   "judge DIR",
		Short: "Judge a stored run again, without network or target",
		Long: `judge reads the run files of a folder and judges them as check did: the same
files give the same verdict.json, byte for byte. It also judges what is left of
a run that was cut short.`,
		Example: `  pixelload judge runs/20260102-100203-before
  pixelload judge runs/20260102-100203-before --format json | jq '.levels[].unreclaimable_bytes'`,
		Args: oneDir,
		RunE: func(cmd *cobra.Command, args []string) error {
			doc, err := claimsOf(args[0], claims)
			if err != nil {
				return badInput(err)
			}
			return conclude(args[0], doc, format.value, cmd.OutOrStdout())
		},
	}
	c.Flags().StringVar(&claims, "claims", "", "file of claims to judge (default: what check was given, else the built-in document)")
	c.Flags().Var(&format, "format", "result on stdout: table or json")
	return c
}

func oneDir(cmd *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return badInput(fmt.Errorf("%s takes one folder of a run, as runs/ID (see %s --help)", cmd.Name(), cmd.CommandPath()))
}

// conclude judges the run files in dir, writes verdict.json beside them,
// prints the result and returns its exit code.
func conclude(dir string, doc *claim.Document, format string, stdout io.Writer) error {
	v, err := judge(dir, doc)
	if err != nil {
		return err
	}
	var data bytes.Buffer
	if err := report.JSON(&data, v); err != nil {
		return fmt.Errorf("encoding the verdict: %w", err)
	}
	if err := renameio.WriteFile(filepath.Join(dir, "verdict.json"), data.Bytes(), 0o644); err != nil {
		return fmt.Errorf("writing the verdict: %w", err)
	}
	if err := show(stdout, v, dir, format); err != nil {
		return err
	}
	if v.ExitCode != 0 {
		return exitCode{code: v.ExitCode}
	}
	return nil
}

func judge(dir string, doc *claim.Document) (*verdict.Verdict, error) {
	runs, err := run.ReadDir(dir)
	if err != nil {
		return nil, badInput(err)
	}
	return verdict.Judge(runs, doc), nil
}

// show prints the verdict of the run in dir.
func show(w io.Writer, v *verdict.Verdict, dir, format string) error {
	if format == "json" {
		return report.JSON(w, v)
	}
	return report.Table(w, v, report.Options{Color: isTerminal(w), Width: terminalWidth(w), Path: dir})
}
