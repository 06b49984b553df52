package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"

	"github.com/pixeltales/pixelload/internal/report"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// suggestOptions are the flags of claims suggest.
type suggestOptions struct {
	claims   string
	document string
	write    bool
	format   choice
}

func newClaimsSuggest() *cobra.Command {
	o := suggestOptions{format: choice{"table", []string{"table", "json"}}}
	c := &cobra.Command{
		Use:   "suggest DIR",
		Short: "Say what the document should say, by what was measured",
		Long: `suggest reads the verdict of a campaign and says, claim by claim, which number the
document should have: what was measured, with interval, number of trials, date and
data. A claim that was not measured, or could not be decided, keeps its number and is
marked.

With --write it makes a unified patch of the document, DIR/suggest.patch. The
document lies elsewhere: name it with --document. It is not changed.`,
		Example: `  pixelload claims suggest runs/claims-light-seed1
  pixelload claims suggest runs/claims-light-seed1 --document analysis.md --write
  patch analysis.md < runs/claims-light-seed1/suggest.patch`,
		Args: oneDir,
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.write != (o.document != "") {
				return badInput(errors.New("--write and --document FILE go together: the patch is of the document's text, which lies outside of this project"))
			}
			return badInput(suggest(args[0], o, cmd.OutOrStdout()))
		},
	}
	f := c.Flags()
	f.StringVar(&o.document, "document", "", "the document's file, for --write")
	f.BoolVar(&o.write, "write", false, "write DIR/suggest.patch, which corrects the document")
	f.StringVar(&o.claims, "claims", "", "file of claims (default: what the run was given, else the built-in document)")
	f.Var(&o.format, "format", "result on stdout: table or json")
	return c
}

// patchFile is the name of the patch in the run's folder.
const patchFile = "suggest.patch"

func suggest(dir string, o suggestOptions, stdout io.Writer) error {
	doc, err := claimsOf(dir, o.claims)
	if err != nil {
		return err
	}
	v, err := storedVerdict(dir)
	if err != nil {
		return err
	}
	all := report.Suggest(v, doc, measuredOn(dir, v))
	if o.write {
		if err := writePatch(dir, o.document, all, stdout); err != nil {
			return err
		}
		return nil
	}
	if o.format.value == "json" {
		return report.SuggestionsJSON(stdout, all)
	}
	return report.Suggestions(stdout, all, report.Options{Color: colored(stdout), Width: terminalWidth(stdout)})
}

// storedVerdict reads verdict.json of the folder.
func storedVerdict(dir string) (*verdict.Verdict, error) {
	path := filepath.Join(dir, "verdict.json")
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is missing: make it with pixelload judge %s", path, dir)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the verdict: %w", err)
	}
	var v verdict.Verdict
	if err := json.Unmarshal(data, &v); err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	if v.SchemaVersion != verdict.SchemaVersion {
		return nil, fmt.Errorf("%s has schema_version %d, this pixelload reads %d: make it anew with pixelload judge %s", path, v.SchemaVersion, verdict.SchemaVersion, dir)
	}
	return &v, nil
}

// measuredOn is when the verdict's trials were done, by their run files: a day, or
// the first and the last; where they are not there, it is not known.
func measuredOn(dir string, v *verdict.Verdict) string {
	var first, last time.Time
	for _, t := range v.Trials {
		h, err := run.ReadHeader(filepath.Join(dir, filepath.Base(t.File)))
		if t.File == "" || err != nil {
			return "on an unknown day"
		}
		if first.IsZero() || h.Started.Before(first) {
			first = h.Started
		}
		if h.Started.After(last) {
			last = h.Started
		}
	}
	day, until := first.UTC().Format(time.DateOnly), last.UTC().Format(time.DateOnly)
	switch {
	case first.IsZero():
		return "on an unknown day"
	case day == until:
		return day
	}
	return day + " to " + until
}

// writePatch writes the patch of the document, and says what is in it.
func writePatch(dir, document string, all []report.Suggestion, stdout io.Writer) error {
	text, err := os.ReadFile(document)
	if err != nil {
		return fmt.Errorf("reading the document: %w", err)
	}
	corrected, skipped, err := report.Corrected(document, string(text), all)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, patchFile)
	if err := renameio.WriteFile(path, []byte(report.Patch(filepath.Base(document), string(text), corrected)), 0o644); err != nil {
		return fmt.Errorf("writing the patch: %w", err)
	}
	figures := 0
	for _, s := range all {
		if s.Figure != "" {
			figures++
		}
	}
	fmt.Fprintf(stdout, "%s: %d of %d claims get a measured figure, the others are left and marked\n", path, figures, len(all))
	if len(skipped) > 0 {
		fmt.Fprintf(stdout, "left as it is, because it is code: %s\n", strings.Join(skipped, ", "))
	}
	_, err = fmt.Fprintf(stdout, "Next  patch %s < %s\n", document, path)
	return err
}
