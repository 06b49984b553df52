package phase

import (
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/stats"
)

// collected returns the medians of U and of the working set between the marks of
// a collection in the phase, within [begin, end), in bytes. A window that nothing closed is none:
// the target may have died in it, or the next phase have begun.
func collected(r *run.Run, phase string, begin, end float64) (u, workingSet memory.Figure) {
	from, open := 0.0, false
	for _, m := range r.Marks {
		switch {
		case m.Phase != phase || m.T < begin || m.T >= end:
		case m.Name == run.MarkCollected:
			from, open = m.T, true
		case m.Name == run.MarkCollectedEnd && open:
			open = false
			read := memoryOf(r, from, m.T)
			u, workingSet = middle(read.Unreclaimable), middle(read.WorkingSet)
		}
	}
	return u, workingSet
}

// middle is the median of what was read; unknown where nothing was.
func middle(bytes []float64) memory.Figure {
	m, err := stats.Median(bytes)
	if err != nil {
		return memory.Figure{}
	}
	return memory.Known(uint64(m))
}
