package report_test

import (
	"strings"
	"testing"

	"charm.land/lipgloss/v2"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/report"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// line returns the table's line that begins with label.
func line(t *testing.T, text, label string) string {
	t.Helper()
	for l := range strings.Lines(text) {
		if strings.HasPrefix(l, " "+label) {
			return strings.TrimSpace(l)
		}
	}
	t.Fatalf("no line %q in\n%s", label, text)
	return ""
}

// What is recommended helps: no more trials of the same flaw, and no flag that
// there is not.
func TestNext(t *testing.T) {
	low := runtest.Levels{0: 80, 3: 120, 10: 160}
	unsettled := func(r *run.Run) {
		runtest.EachUsers(r, "users=3", func(u *run.Users) { u.Requests = u.Requests[1:] })
	}
	spread := healthy(3, runtest.Levels{0: 80, 3: 120, 10: 390})
	for i, r := range spread {
		for j := range r.Samples {
			u, _ := r.Samples[j].Unreclaimable.Get()
			r.Samples[j].Unreclaimable = memory.Known(u + uint64(i)*12*memory.MiB)
		}
	}
	refuted := healthy(3, low)
	for _, r := range refuted {
		r.Header.FailOn = verdict.FailOnRefuted
	}
	for _, tt := range []struct {
		name string
		runs []*run.Run
		want string
	}{
		{"one sound trial", one(func(*run.Run) {}), "pixelload check --trials 6 "},
		{"one trial without claims", one(func(r *run.Run) { r.Header.Variant = "redis" }), "pixelload check --data heavy "},
		{"users were missing", one(func(r *run.Run) { r.Users[70].Active = 8 }), "pixelload check              once more, when what stands above is mended"},
		{"no budget", one(func(r *run.Run) { r.Header.BudgetBytes = 0 }), "pixelload check              once more, when what stands above is mended"},
		{"trial missing", healthy(3, low)[:2], "pixelload check              once more, when what stands above is mended"},
		{"quick and not settled", one(unsettled), "pixelload check              without --quick"},
		{"not settled", one(func(r *run.Run) { unsettled(r); r.Header.Quick = false }), "pixelload check --hold 50s "},
		{"near the budget", spread, "pixelload check --trials 7 "},
		{"too near the budget", healthy(3, runtest.Levels{0: 80, 3: 120, 10: 428.9}), "pixelload check              once more, when what stands above is mended"},
		{"sound trials", healthy(3, low), "pixelload check --data heavy "},
		{"over the budget", healthy(1, runtest.Levels{0: 80, 3: 300, 10: 450}), "pixelload check --plan standard "},
		{"refuted only", refuted, "pixelload check --data heavy "},
	} {
		text := draw(t, judged(t, tt.runs), plain)
		if got := line(t, text, "Next"); !strings.HasPrefix(got, "Next  "+tt.want) {
			t.Errorf("%s: %q, want %s...", tt.name, got, tt.want)
		}
		if strings.Contains(text, "--app") {
			t.Errorf("%s: recommends --app, which there is not:\n%s", tt.name, text)
		}
	}
}

// A kill that was counted shows, whatever other trials could not count.
func TestKillsAreNotHidden(t *testing.T) {
	low := runtest.Levels{0: 80, 3: 120, 10: 160}
	checkout := healthy(2, low)
	for _, r := range checkout {
		r.Header.Target.Kind = "checkout"
	}
	mixed := healthy(3, low)
	runtest.Killed(mixed[1], 75)
	runtest.Unlimited(mixed[2])
	unkilled := healthy(2, low)
	runtest.Unlimited(unkilled[1])
	for _, tt := range []struct {
		name string
		runs []*run.Run
		want []string
	}{
		{"reference", healthy(2, low), []string{"OOM kills, restarts", "0, 0", "✓ none"}},
		{"checkout", checkout, []string{"OOM kills  ", " 0 ", "✓ none"}},
		{"one without a counter", mixed, []string{"OOM kills  ", "1 in 2 of 3 trials", "✗ killed by the kernel"}},
		{"none counted to be killed", unkilled, []string{"0 in 1 of 2 trials", "~ cannot be counted: no limit enforced"}},
	} {
		got := line(t, draw(t, judged(t, tt.runs), plain), "OOM kills")
		for _, want := range tt.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q lacks %q", tt.name, got, want)
			}
		}
	}
}

// A narrow terminal gets fewer columns, not words in pieces.
func TestNarrow(t *testing.T) {
	text := draw(t, judged(t, healthy(3, runtest.Levels{0: 250, 3: 300, 10: 390})), report.Options{Width: 60, Path: "runs/test"})
	if strings.Contains(text, "DELTA") || strings.Contains(text, "USED") {
		t.Errorf("columns that are not read:\n%s", text)
	}
	for _, word := range []string{"inconclusive", "confirmed", "restarts", "DOCUMENT", "MEASURED", "listening", "budget"} {
		if !strings.Contains(text, word) {
			t.Errorf("%q is in pieces:\n%s", word, text)
		}
	}
	for l := range strings.Lines(text) {
		if w := lipgloss.Width(strings.TrimRight(l, "\n")); w > 60 {
			t.Errorf("a line of %d: %q", w, l)
		}
	}
	if wide := draw(t, judged(t, healthy(1, runtest.Levels{0: 250, 3: 300, 10: 390})), report.Options{Width: 80}); !strings.Contains(wide, "DELTA") {
		t.Errorf("no DELTA at 80 columns:\n%s", wide)
	}
}
