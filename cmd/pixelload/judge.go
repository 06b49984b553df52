package main

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/frontier"
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
files give the same verdict.json and reports, byte for byte. It also judges what
is left of a run that was cut short. A soak it judges as soak did.`,
		Example: `  pixelload judge runs/20260102-100203-before
  pixelload judge runs/20260102-100203-before --format json | jq '.levels[].unreclaimable_bytes'`,
		Args: oneDir,
		RunE: func(cmd *cobra.Command, args []string) error {
			doc, err := claimsOf(args[0], claims)
			if err != nil {
				return badInput(err)
			}
			if isSoak(args[0]) {
				return concludeSoak(args[0], format.value, cmd.OutOrStdout())
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

// judged is a folder's runs and their verdict.
type judged struct {
	dir  string // "" for a run that is kept nowhere
	page string // the report for a browser; "" where there is none
	runs []*run.Run
	*verdict.Verdict
	frontier *frontier.Map // nil for runs that are no search for one
}

func judge(dir string, doc *claim.Document) (judged, error) {
	runs, err := run.ReadDir(dir)
	if err != nil {
		return judged{}, badInput(err)
	}
	j := judged{dir: dir, runs: runs, Verdict: verdict.Judge(runs, doc)}
	if err := j.hold(); err != nil {
		return judged{}, err
	}
	page := "report.html"
	if frontier.Of(runs) {
		page = "frontier.html"
		if j.frontier, err = frontier.Judge(runs, doc); err != nil {
			return judged{}, badInput(err)
		}
	}
	if page := filepath.Join(dir, page); isFile(page) {
		j.page = page
	}
	return j, nil
}

// conclude judges the run files in dir, writes verdict.json and the reports
// beside them, prints the result and returns its exit code. What follows comes
// behind all that, and changes nothing of it.
func conclude(dir string, doc *claim.Document, format string, stdout io.Writer, follows ...func(judged)) error {
	j, err := judge(dir, doc)
	if err != nil {
		return err
	}
	// A folder that cannot be written to, as an archive, is judged all the same.
	notKept := j.keep()
	if err := j.show(stdout, format); err != nil {
		return err
	}
	for _, f := range follows {
		f(j)
	}
	if notKept != nil {
		return badInput(fmt.Errorf("%w: the verdict above is kept nowhere", notKept))
	}
	if code := j.exitCode(); code != 0 {
		return exitCode{code: code}
	}
	return nil
}

// exitCode is that of the verdict. A search for a frontier is done when its map
// is whole, whatever single trials lack.
func (j judged) exitCode() int {
	if j.frontier != nil && j.frontier.ExitCode == verdict.ExitPass {
		return verdict.ExitPass
	}
	if j.frontier != nil && j.ExitCode == verdict.ExitPass {
		return j.frontier.ExitCode
	}
	return j.ExitCode
}

// keep writes the reports that belong to a run into its folder.
func (j *judged) keep() error {
	for _, f := range report.Formats {
		if !f.Kept {
			continue
		}
		var data bytes.Buffer
		if err := f.Write(&data, j.Verdict, j.runs); err != nil {
			return err
		}
		if err := j.write(f.File, data.Bytes()); err != nil {
			return err
		}
		if f.Name == "html" {
			j.page = filepath.Join(j.dir, f.File)
		}
	}
	return j.keepFrontier()
}

// keepFrontier writes the map beside them, where the run is a search for one.
func (j *judged) keepFrontier() error {
	if j.frontier == nil {
		return nil
	}
	for _, f := range report.FrontierFormats {
		var data bytes.Buffer
		if err := f.Write(&data, j.frontier); err != nil {
			return err
		}
		if err := j.write(f.File, data.Bytes()); err != nil {
			return err
		}
		if f.Name == "html" {
			j.page = filepath.Join(j.dir, f.File)
		}
	}
	return nil
}

func (j *judged) write(name string, data []byte) error {
	if err := renameio.WriteFile(filepath.Join(j.dir, name), data, 0o644); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

// show prints the verdict in a format; "table" suits itself to w.
func (j judged) show(w io.Writer, format string) error {
	options := report.Options{Color: colored(w), Width: terminalWidth(w), Path: j.dir, Page: j.page}
	if j.frontier != nil {
		for _, f := range report.FrontierFormats {
			if f.Name == format {
				return f.Write(w, j.frontier)
			}
		}
		if format == "table" {
			return report.Frontier(w, j.frontier, options)
		}
	}
	for _, f := range report.Formats {
		if f.Name == format {
			return f.Write(w, j.Verdict, j.runs)
		}
	}
	if format != "table" {
		return badInput(fmt.Errorf("--format %s: %w", format, frontier.ErrNone))
	}
	return report.Table(w, j.Verdict, options)
}

// formats are the names that --format takes, the table first.
func formats() choice {
	names := []string{"table"}
	for _, f := range report.Formats {
		names = append(names, f.Name)
	}
	return choice{"table", append(names, "svg")} // the picture of a frontier
}
