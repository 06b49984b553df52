package report_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/report"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// analysis is a document, and analysis claims are those that it makes.
const analysis = `# Memory

| Metric | Before | After |
|---|---|---|
| idle | 250MB | 120MB |
| 3 users | 120MB ❌ | 120 MB |
| 10 users | Crashes | 450MB |
| Max users | 2-3 | 8 - 10 |

Saves 50-100MB, 80-90% of the time.
- It is never cleared
| Starter | same as free |
` + "```python\nlimit = 10\n```\nthe end"

const analysisClaims = `document: {file: told.md}
claims:
  - {id: L1, line: 5, kind: level, variant: before, users: [0], mib: [250], text: idle}
  - {id: L2, line: 5, kind: level, variant: after, users: [0], mib: [120], text: idle after}
  - {id: L4, line: 6, kind: level, variant: before, users: [3], mib: [120], text: three}
  - {id: L5, line: 6, kind: level, variant: after, users: [3], mib: [120], text: three after}
  - {id: L7, line: 7, kind: crash, variant: before, users: [10], text: ten}
  - {id: K1, line: 8, kind: capacity, variant: before, plan: free, holds: [2, 3], text: most}
  - {id: K2, line: 8, kind: capacity, variant: after, plan: free, holds: [8, 10], text: most after}
  - {id: S1, line: 10, kind: saving, variant: before, versus: {variant: postgres}, users: [3], mib: [50, 100], text: saves}
  - {id: K6, line: 10, kind: share, variant: after, plan: free, users: [9], percent: [80, 90], text: chance}
  - {id: B1, line: 11, kind: behaviour, variant: before, versus: {variant: before, off: [sockets]}, experiment: retained, text: never cleared}
  - {id: K7, line: 12, kind: capacity, variant: before, plan: starter, holds: [2, 3], text: same}
  - {id: B4, line: 14, kind: behaviour, variant: pooled, experiment: bounded, text: bounded}
`

// suggested is what six trials of before say of the document.
func suggested(t *testing.T, runs []*run.Run) []report.Suggestion {
	t.Helper()
	all, err := claim.Load()
	if err != nil {
		t.Fatal(err)
	}
	own, err := claim.Parse("told.yaml", []byte(analysisClaims))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := all.With(own)
	if err != nil {
		t.Fatal(err)
	}
	return report.Suggest(verdict.Judge(runs, doc), doc, "2026-01-02")
}

func six() []*run.Run {
	return runtest.Campaign(6, runtest.Arm{Variant: "before", Levels: runtest.Levels{0: 80, 3: 122, 10: 160}})
}

func TestCorrected(t *testing.T) {
	got, skipped, err := report.Corrected("told.md", analysis, suggested(t, six()))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "suggest.md", got)
	for line, want := range map[int]string{
		5:  "the document said 250MB) | 120MB (not measured) |",
		6:  "the document said 120MB) ❌ | 120 MB (not measured) |",
		10: "Saves 50-100MB (not measured), 80-90% (not measured) of the time.",
		11: "- It is never cleared (not measured)",
	} {
		if text := strings.Split(got, "\n")[line-1]; !strings.Contains(text, want) {
			t.Errorf("line %d: %q, want %q in it", line, text, want)
		}
	}
	if len(skipped) != 1 || skipped[0] != "B4" {
		t.Errorf("skipped %v, want B4, which is code", skipped)
	}
}

// One trial decides nothing, so no number of it enters the document.
func TestOneTrialCorrectsNothing(t *testing.T) {
	one := runtest.Healthy(1, 1, runtest.Levels{0: 80, 3: 120, 10: 160})
	all := suggested(t, []*run.Run{one})
	for _, s := range all {
		if s.Figure != "" {
			t.Errorf("%s gets %q by one trial", s.Claim, s.Figure)
		}
	}
	got, _, err := report.Corrected("told.md", analysis, all)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(got, "| idle | 250MB (measured, and cannot tell) | 120MB (not measured) |") {
		t.Error(got)
	}
}

func TestCorrectedRefusesAnotherDocument(t *testing.T) {
	all := suggested(t, six())
	for text, want := range map[string]string{
		strings.Replace(analysis, "250MB", "251MB", 1): "told.md:5: claim L1 says 250 MB, and that is not there",
		"short\n": "told.md:5: there is no such line",
		strings.Replace(analysis, "Crashes", "Lives", 1): "told.md:7: claim L7 says crashes",
	} {
		_, _, err := report.Corrected("told.md", text, all)
		if (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text[:20], err, want)
		}
	}
}

// The patch is one that git takes, whatever the file ends with.
func TestPatchApplies(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Fatal("git is needed to see whether a patch applies")
	}
	long := strings.Repeat("same\n", 20)
	for name, tt := range map[string][2]string{
		"document":    {analysis, must(report.Corrected("told.md", analysis, suggested(t, six())))},
		"first, last": {"a\nb\nc\n", "A\nb\nC\n"},
		"no last end": {"a\nb\nc", "a\nb\nC"},
		"far apart":   {"a\n" + long + "b\n" + long + "c\n", "A\n" + long + "B\n" + long + "C\n"},
		"near":        {"a\nx\nx\nx\nx\nx\nx\nb\n", "A\nx\nx\nx\nx\nx\nx\nB\n"},
		"windows":     {"a\r\nb\r\n", "a\r\nB\r\n"},
	} {
		dir := t.TempDir()
		file := filepath.Join(dir, "told.md")
		if err := os.WriteFile(file, []byte(tt[0]), 0o600); err != nil {
			t.Fatal(err)
		}
		apply := exec.Command(git, "apply", "-")
		apply.Dir, apply.Stdin = dir, strings.NewReader(report.Patch("told.md", tt[0], tt[1]))
		apply.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
		if out, err := apply.CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s\n%s", name, err, out, report.Patch("told.md", tt[0], tt[1]))
			continue
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != tt[1] {
			t.Errorf("%s: %q, %v; want %q", name, got, err, tt[1])
		}
	}
	if p := report.Patch("x", "a\n", "a\n"); p != "" {
		t.Errorf("a patch of nothing: %q", p)
	}
}

func must(text string, _ []string, err error) string {
	if err != nil {
		panic(err)
	}
	return text
}

func TestSuggestions(t *testing.T) {
	var table, data bytes.Buffer
	all := suggested(t, six())
	if err := report.Suggestions(&table, all, report.Options{}); err != nil {
		t.Fatal(err)
	}
	golden(t, "suggest.txt", table.String())
	if err := report.SuggestionsJSON(&data, all); err != nil || !strings.Contains(data.String(), `"claim": "L1"`) {
		t.Errorf("%v: %s", err, data.String())
	}
}
