package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"github.com/pixeltales/pixelload/internal/report"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// format writes the runs in the format of that name.
func format(t testing.TB, name string, runs []*run.Run) string {
	t.Helper()
	i := slices.IndexFunc(report.Formats, func(f report.Format) bool { return f.Name == name })
	if i < 0 {
		t.Fatalf("no format %s", name)
	}
	var b bytes.Buffer
	if err := report.Formats[i].Write(&b, judged(t, runs), runs); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// told are the fixtures whose reports are kept: each tells something of its own.
var told = []string{"pass-one-trial", "after-range", "fail-killed", "delivery-95", "two-data", "campaign", "turning", "no-runs"}

func TestFormats(t *testing.T) {
	for _, tt := range fixtures() {
		if !slices.Contains(told, tt.name) {
			continue
		}
		for name, suffix := range map[string]string{"md": ".md", "junit": ".xml", "csv": ".csv"} {
			t.Run(tt.name+suffix, func(t *testing.T) {
				golden(t, tt.name+suffix, format(t, name, tt.runs))
			})
		}
	}
}

// TestFormatsAreDeterministic: judging again leaves the same bytes behind.
func TestFormatsAreDeterministic(t *testing.T) {
	for _, f := range report.Formats {
		runs := healthy(2, runtest.Levels{0: 80, 3: 120, 10: 160})
		if a, b := format(t, f.Name, runs), format(t, f.Name, runs); a != b {
			t.Errorf("%s differs from time to time", f.Name)
		}
		if err := f.Write(brokenPipe{}, judged(t, runs), runs); !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s into a broken pipe: %v", f.Name, err)
		}
	}
}

// TestJUnitIsRedWhereTheExitCodeIs: a CI's test tab never contradicts its job.
func TestJUnitIsRedWhereTheExitCodeIs(t *testing.T) {
	failOn := healthy(3, runtest.Levels{0: 80, 3: 120, 10: 160})
	for _, r := range failOn {
		r.Header.FailOn = verdict.FailOnRefuted
	}
	for _, tt := range append(fixtures(), fixture{"refuted", failOn}) {
		var suites junit.Testsuites
		if err := xml.Unmarshal([]byte(format(t, "junit", tt.runs)), &suites); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		exit := judged(t, tt.runs).ExitCode
		if red := suites.Failures+suites.Errors > 0; red != (exit != 0) {
			t.Errorf("%s: exit code %d with %d failures and %d errors", tt.name, exit, suites.Failures, suites.Errors)
		}
		if failed := suites.Failures > 0; failed != (exit == verdict.ExitFail) {
			t.Errorf("%s: exit code %d with %d failures", tt.name, exit, suites.Failures)
		}
	}
}

// hostile is text that means something to each reader of a report.
const hostile = "</script><script>alert(1)</script>|`x`[a](http://x) @everyone #1 \x1b[31m\u202e <img src=x onerror=alert(1)> ]]> {{.}} =cmd()"

// spoil puts the hostile text wherever a run has text.
func spoil(runs []*run.Run) []*run.Run {
	for _, r := range runs {
		h := &r.Header
		h.ID, h.Tool, h.Kind = hostile, hostile, "natural"
		h.Target = run.Target{Kind: hostile, Name: hostile, Ref: hostile, Source: hostile}
		h.Machine = run.Machine{OS: hostile, Kernel: hostile, Arch: hostile, CPUModel: hostile, Cgroup: hostile, THP: hostile, Libc: hostile, Python: hostile}
		h.Data.Name, h.NoLimitWhy, h.MemorySource, h.Mix = hostile, hostile, hostile, hostile
		for i := range h.Phases {
			h.Phases[i].Name += hostile
		}
		for i := range r.Marks {
			if r.Marks[i].Phase != "" {
				r.Marks[i].Phase += hostile
			}
		}
		r.Path = "runs/" + hostile
		r.Events = append(r.Events, run.Event{T: 9, Kind: run.EventHarness, Text: hostile}, run.Event{T: 10, Kind: run.EventTargetSummary, Text: hostile})
		r.End.Reasons = []string{hostile}
		r.End.Outcome = hostile
	}
	return runs
}

func TestMarkdownMeansNothing(t *testing.T) {
	text := format(t, "md", spoil(healthy(2, runtest.Levels{0: 80, 3: 120, 10: 160})))
	for _, active := range []string{"<script", "<img", "x](http", "http://", "@everyone", "#1", "`x`", "\x1b", "\u202e"} {
		if strings.Contains(text, active) {
			t.Errorf("%q in\n%s", active, text)
		}
	}
	columns := 0
	for line := range strings.Lines(text) {
		if bars := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|"); strings.HasPrefix(line, "|") {
			if columns == 0 {
				columns = bars
			}
			if bars != columns {
				t.Errorf("%d bars, want %d: %s", bars, columns, line)
			}
		}
	}
}

// TestMarkdownFitsAComment: also of a campaign with very many series.
func TestMarkdownFitsAComment(t *testing.T) {
	var runs []*run.Run
	for range 40 {
		r := healthy(1, runtest.Levels{0: 80, 3: 600, 10: 700})[0]
		r.Header.Data.Name = strings.Repeat("wide ", 10) + string(rune('A'+len(runs)))
		r.End.Outcome, r.End.Reasons = run.Interrupted, []string{strings.Repeat("why ", 100)}
		runs = append(runs, r)
	}
	if n := len([]rune(format(t, "md", runs))); n > 65_536 {
		t.Errorf("%d characters; a comment holds 65,536", n)
	}
}

func TestCSVIsNoFormula(t *testing.T) {
	for _, evil := range []string{"=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "'=1", "＝1"} {
		runs := healthy(1, runtest.Levels{0: 80, 3: 120, 10: 160})
		runs[0].Header.Data.Name, runs[0].Header.Target.Kind = evil, evil
		rows, err := csv.NewReader(strings.NewReader(format(t, "csv", runs))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if strings.IndexAny(strings.TrimSpace(cell), "=+-@＝") == 0 {
					t.Errorf("%q gives the cell %q", evil, cell)
				}
			}
		}
	}
}
