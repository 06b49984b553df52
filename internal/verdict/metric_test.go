package verdict_test

import (
	"testing"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// caching gives the trials of a variant so many MiB of page cache, which the
// working set holds and U does not.
func caching(runs []*run.Run, variant string, mib uint64) []*run.Run {
	for _, r := range runs {
		for i, s := range r.Samples {
			if u, ok := s.Unreclaimable.Get(); ok && r.Header.Variant == variant {
				r.Samples[i].WorkingSet = memory.Known(u + mib*memory.MiB)
			}
		}
	}
	return runs
}

// The document does not say which figure it means: where the working set says
// the opposite, nothing is decided.
func TestMetricSensitiveDifferences(t *testing.T) {
	const under = `{id: X1, line: 1, kind: below, variant: before, users: [10], mib: [400], text: "stays under"}`
	levels := runtest.Levels{0: 80, 3: 120, 10: 160}
	for _, tt := range []struct {
		name, id, outcome string
		claims            string
		runs              []*run.Run
	}{
		{"a saving of cache alone", "C2", verdict.Inconclusive, "", caching(pair(6, "before", "postgres", 0), "before", 67)},
		{"a saving without cache", "C2", verdict.Refuted, "", pair(6, "before", "postgres", 0)},
		{"under, but for the cache", "X1", verdict.Inconclusive, under, caching(trialsAt(levels, 6), "before", 400)},
		{"under", "X1", verdict.Confirmed, under, trialsAt(levels, 6)},
	} {
		doc := document(t)
		if tt.claims != "" {
			doc = own(t, tt.claims)
		}
		w := word(t, verdict.Judge(tt.runs, doc), tt.id)
		if w.Outcome != tt.outcome || (tt.outcome == verdict.Inconclusive) != says(w, "metric-sensitive: by the working set") {
			t.Errorf("%s: %s, %q; want %s", tt.name, w.Outcome, w.Reasons, tt.outcome)
		}
	}
}

func trialsAt(levels runtest.Levels, n int) []*run.Run { return trials(levels, make([]float64, n)...) }
