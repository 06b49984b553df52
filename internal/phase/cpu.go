package phase

import "github.com/pixeltales/pixelload/internal/run"

// CPU returns the processor time, in seconds, that the target took in the phase
// of that name, its warm-up included, and how long the phase lasted; false where
// it was not read at both ends.
func CPU(r *run.Run, phase string) (cpu, seconds float64, ok bool) {
	begin := -1
	for i, m := range r.Marks {
		if m.Name != run.MarkPhase && m.Name != run.MarkLoadEnd {
			continue
		}
		if begin >= 0 {
			from := r.Marks[begin]
			ok = from.CPUSeconds > 0 && m.CPUSeconds >= from.CPUSeconds && m.T > from.T
			return m.CPUSeconds - from.CPUSeconds, m.T - from.T, ok
		}
		if m.Name == run.MarkPhase && m.Phase == phase {
			begin = i
		}
	}
	return 0, 0, false
}
