package verdict

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/pixeltales/pixelload/internal/run"
)

// sift keeps of the runs those that are trials of their own. Files without a
// header, further records of a trial and trials that were planned and are not
// here keep every budget from passing; lost says which.
func sift(trials []*trial) (kept []*trial, lost []string) {
	first := map[string]*trial{}
	for _, t := range trials {
		if t.run.Unreadable != "" {
			lost = append(lost, fmt.Sprintf("%s: %s", filepath.Base(t.run.Path), t.run.Unreadable))
			continue
		}
		if other := first[t.id()]; other != nil {
			lost = append(lost, fmt.Sprintf("trial %d is here twice, %s was left out: keep one of them",
				t.run.Header.Trial, differing(t, other)))
			continue
		}
		first[t.id()] = t
		kept = append(kept, t)
	}
	return kept, append(lost, missing(kept)...)
}

// differing names t so that it is not taken for other.
func differing(t, other *trial) string {
	if t.run.Path == "" || t.run.Path == other.run.Path {
		return "the second"
	}
	return filepath.Base(t.run.Path)
}

// missing says for each run how many of its trials are not here.
func missing(trials []*trial) []string {
	here, planned := map[string]int{}, map[string]int{}
	for _, t := range trials {
		h := t.run.Header
		here[h.ID]++
		planned[h.ID] = max(planned[h.ID], h.Trials)
	}
	var lost []string
	for _, id := range slices.Sorted(maps.Keys(here)) {
		if here[id] >= planned[id] {
			continue
		}
		text := fmt.Sprintf("%d of %d trials are here: run again, to the end", here[id], planned[id])
		if len(here) > 1 {
			text = fmt.Sprintf("run %s: %s", id, text)
		}
		lost = append(lost, text)
	}
	return lost
}

// id names the trial among all runs.
func (t *trial) id() string { return trialID(t.run.Header) }

func trialID(h run.Header) string { return fmt.Sprintf("%s-%d", h.ID, h.Trial) }
