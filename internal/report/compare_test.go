package report_test

import (
	"bytes"
	"testing"

	"github.com/pixeltales/pixelload/internal/compare"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/report"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
)

// commit is four rounds of a revision whose visits leave so many MiB, and which
// differs from the one before by a little beside.
func commit(t *testing.T, name, ref string, left, by float64) compare.Side {
	t.Helper()
	var runs []*run.Run
	for i, off := range []float64{0, 1.1, -0.8, 0.6} {
		off += by * []float64{0.4, -0.6, 0.9, -0.2}[i]
		r := runtest.Visiting(i+1, 4, 5, 80+off, 110+left+off, 84+left+off)
		r.Header.Target = run.Target{Kind: "checkout", Name: "pixel-tales", Ref: ref, Source: "git"}
		runs = append(runs, r)
	}
	return sideOf(t, name, runs)
}

func sideOf(t *testing.T, name string, runs []*run.Run) compare.Side {
	t.Helper()
	s, err := compare.Read(name, runs)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestComparisons(t *testing.T) {
	main := commit(t, "main", "0a1b2c3", 0, 0)
	for name, c := range map[string]*compare.Comparison{
		"leak":     compare.Sides(main, commit(t, "HEAD", "4d5e6f7", 30, 1), 10*memory.MiB),
		"harmless": compare.Sides(main, commit(t, "HEAD", "4d5e6f7", 0.5, 1), 10*memory.MiB),
		"refused":  compare.Sides(main, sideOf(t, "runs/20260102-030405-before", healthy(3, runtest.Levels{0: 80, 3: 120, 10: 160})), 10*memory.MiB),
		"one": compare.Sides(sideOf(t, "runs/a", healthy(1, runtest.Levels{0: 80, 3: 120, 10: 160})),
			sideOf(t, "<b>|runs/`b`", healthy(1, runtest.Levels{0: 80, 3: 120, 10: 160})), 10*memory.MiB),
	} {
		for suffix, write := range map[string]func(*bytes.Buffer) error{
			".txt":  func(b *bytes.Buffer) error { return report.ComparisonTable(b, c, report.Options{Path: "runs/test"}) },
			".md":   func(b *bytes.Buffer) error { return report.ComparisonMarkdown(b, c) },
			".json": func(b *bytes.Buffer) error { return report.ComparisonJSON(b, c) },
		} {
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			golden(t, "compare-"+name+suffix, b.String())
		}
	}
}

// A verdict that was held against a baseline has a row and a test case for each
// phase, and one that could not be held says why.
func TestGrowth(t *testing.T) {
	runs := healthy(3, runtest.Levels{0: 80, 3: 120, 10: 160})
	was := compare.NewBaseline(sideOf(t, "runs/was", healthy(3, runtest.Levels{0: 80, 3: 119, 10: 130})), 10*memory.MiB)
	other := healthy(3, runtest.Levels{0: 80, 3: 120, 10: 160})
	for _, r := range other {
		r.Header.Machine.Kernel = "5.10"
	}
	elsewhere := compare.NewBaseline(sideOf(t, "runs/elsewhere", other), 10*memory.MiB)
	for name, b := range map[string]*compare.Baseline{"grown": was, "elsewhere": elsewhere} {
		v := judged(t, runs)
		v.Hold(compare.Sides(b.Run, sideOf(t, "this run", runs), b.BudgetGrowthBytes).Growth())
		golden(t, "baseline-"+name+".txt", draw(t, v, plain))
		var b bytes.Buffer
		if err := report.JUnit(&b, v); err != nil {
			t.Fatal(err)
		}
		golden(t, "baseline-"+name+".xml", b.String())
	}
	var b bytes.Buffer
	if err := report.BaselineTable(&b, was, report.Options{}); err != nil {
		t.Fatal(err)
	}
	golden(t, "baseline-show.txt", b.String())
}
