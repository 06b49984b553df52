package verdict

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pixeltales/pixelload/internal/stats"
)

// adjust takes back refutations that are no rarer than chance makes one among
// so many claims: by Holm's correction over all that were tested by an interval
// of a mean. Kills, capacities and shares keep the rules that the claims name.
func adjust(all []Claim) {
	type place struct {
		claim int
		data  string
	}
	var places []place
	var ps []float64
	for i, c := range all {
		for _, data := range slices.Sorted(maps.Keys(c.ByData)) {
			if w := c.ByData[data]; w.tested {
				places, ps = append(places, place{i, data}), append(ps, w.p)
			}
		}
	}
	for i, p := range stats.Holm(ps) {
		at := places[i]
		w := all[at.claim].ByData[at.data]
		if w.Outcome != Refuted || p < 0.05 {
			continue
		}
		w.because(Inconclusive, fmt.Sprintf(
			"refuted if it were the only claim (p %.2g), not as one of %d (Holm): more trials would tell", ps[i], len(ps)))
		all[at.claim].ByData[at.data] = w
	}
}
