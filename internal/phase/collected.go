package phase

import (
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/stats"
)

// collected returns the median of U between the marks of a collection in
// the phase, within [begin, end), in bytes. A window that nothing closed is none:
// the target may have died in it, or the next phase have begun.
func collected(r *run.Run, phase string, begin, end float64) memory.Figure {
	from, open := 0.0, false
	var figure memory.Figure
	for _, m := range r.Marks {
		switch {
		case m.Phase != phase || m.T < begin || m.T >= end:
		case m.Name == run.MarkCollected:
			from, open = m.T, true
		case m.Name == run.MarkCollectedEnd && open:
			open = false
			if u, err := stats.Median(memoryOf(r, from, m.T).Unreclaimable); err == nil {
				figure = memory.Known(uint64(u))
			}
		}
	}
	return figure
}
