package verdict_test

import (
	"testing"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// A target that is killed would have gone on rising: that refutes "stays under"
// where it was over already, and never confirms it.
func TestBelowWithKills(t *testing.T) {
	const under = `{id: X1, line: 1, kind: below, variant: before, users: [10], mib: [400], text: "stays under"}`
	for _, tt := range []struct {
		name    string
		level   float64 // at the kill
		kills   int
		outcome string
		says    string
	}{
		{"none", 160, 0, verdict.Confirmed, "the next trial stays below 171 MiB"},
		{"all over it", 480, 6, verdict.Refuted, "killed by the kernel at 10 users"},
		{"all at once, from below", 160, 6, verdict.Inconclusive, "would have gone on rising"},
		{"half of them", 480, 3, verdict.Inconclusive, "run under a larger limit"},
	} {
		runs := trials(runtest.Levels{0: 80, 3: 120, 10: 160}, 0, 1, 2, 3, 4, 5)
		for _, r := range runs[:tt.kills] {
			for i, s := range r.Samples {
				if s.T > 70 {
					r.Samples[i].Unreclaimable = memory.Known(uint64(tt.level * memory.MiB))
				}
			}
			runtest.Killed(r, 75)
		}
		w := word(t, verdict.Judge(runs, own(t, under)), "X1")
		if w.Outcome != tt.outcome || !says(w, tt.says) {
			t.Errorf("%s: %s, %q; want %s, %s", tt.name, w.Outcome, w.Reasons, tt.outcome, tt.says)
		}
	}
}
