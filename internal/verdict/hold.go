package verdict

import (
	"slices"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/phase"
	"github.com/pixeltales/pixelload/internal/stats"
)

// Hold is a stretch of a trial with a constant number of users, as it was
// judged: what stands behind a level's mean.
type Hold struct {
	Phase string
	Users int
	// Begin and End are seconds since the trial began, the warm-up left out.
	Begin, End float64
	// Median and Max are of U; unknown without a sample.
	Median, Max memory.Figure
	// Level says that it counts for the level of its number of users: a hold
	// after more users does not, because memory does not come back.
	Level bool
}

// judgedHolds are the trial's holds, for reports that show each.
func (t *trial) judgedHolds() []Hold {
	up := rising(t.holds)
	var holds []Hold
	for _, h := range t.holds {
		holds = append(holds, Hold{
			Phase: h.Name, Users: h.Users, Begin: h.Begin, End: h.End,
			Median: figure(h.Memory.Unreclaimable, 0.5), Max: figure(h.Memory.Unreclaimable, 1),
			Level: slices.ContainsFunc(up, func(u phase.Hold) bool { return u.Begin == h.Begin }),
		})
	}
	return holds
}

func figure(bytes []float64, q float64) memory.Figure {
	v, err := stats.Quantile(bytes, q)
	if err != nil || v < 0 {
		return memory.Figure{}
	}
	return memory.Known(uint64(whole(v)))
}
