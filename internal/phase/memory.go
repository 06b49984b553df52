package phase

import (
	"math"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/stats"
)

// Memory is what was read of the target in a hold. The lists are in time order.
type Memory struct {
	// At is when each figure of Unreclaimable was read.
	At []float64
	// Unreclaimable is U, in bytes.
	Unreclaimable []float64
	// WorkingSet and Usage stand beside it; shorter where a source knows less.
	WorkingSet, Usage []float64
	// GapSeconds is the time without U: spans of more than three periods.
	GapSeconds float64
	// GapWhy is what the sampler said of the first gap; "" when it said nothing.
	GapWhy string
}

// memoryOf collects the samples of [begin, end).
func memoryOf(r *run.Run, begin, end float64) Memory {
	var m Memory
	for _, s := range r.Samples {
		if s.T < begin || s.T >= end {
			continue
		}
		if u, ok := s.Unreclaimable.Get(); ok {
			m.At = append(m.At, s.T)
			m.Unreclaimable = append(m.Unreclaimable, float64(u))
		}
		if w, ok := s.WorkingSet.Get(); ok {
			m.WorkingSet = append(m.WorkingSet, float64(w))
		}
		if u, ok := s.Usage.Get(); ok {
			m.Usage = append(m.Usage, float64(u))
		}
	}
	most := 3 * r.Header.SampleSeconds
	told, why := toldGaps(r, begin, end, most)
	m.GapSeconds, m.GapWhy = max(told, gaps(m.At, begin, end, most)), why
	return m
}

// toldGaps adds up the gaps longer than most that the sampler noted. Missing
// samples show them as well, but not why.
func toldGaps(r *run.Run, begin, end, most float64) (sum float64, why string) {
	for _, e := range r.Events {
		inside := min(e.T, end) - max(e.T-e.Seconds, begin)
		if e.Kind != run.EventGap || e.Seconds <= most || inside <= 0 {
			continue
		}
		if sum == 0 {
			why = e.Text
		}
		sum += inside
	}
	return sum, why
}

// gaps adds up the spans between neighbours that are longer than most.
func gaps(at []float64, begin, end, most float64) float64 {
	var sum float64
	before := begin
	for _, t := range at {
		if t-before > most {
			sum += t - before
		}
		before = t
	}
	if end-before > most {
		sum += end - before
	}
	return sum
}

// Peak returns the largest U of the whole trial, in bytes; false when U was
// never read.
func Peak(r *run.Run) (float64, bool) {
	return peak(r, math.Inf(1))
}

// PeakUntil returns the largest U until t, in bytes; 0 when it was never read.
func PeakUntil(r *run.Run, t float64) float64 {
	most, _ := peak(r, t)
	return most
}

func peak(r *run.Run, until float64) (most float64, known bool) {
	for _, s := range r.Samples {
		if u, ok := s.Unreclaimable.Get(); ok && s.T <= until {
			most, known = max(most, float64(u)), true
		}
	}
	return most, known
}

// Idle is U at the three moments that are called idle, in bytes; unknown where
// no sample was taken in time.
type Idle struct {
	Listening, FirstRequest, Touched memory.Figure
}

// idleWindow is how long after its mark an idle figure is taken, in seconds.
const idleWindow = 1.0

// Idles returns the median of U in the second after each mark, or up to the
// next mark where that comes sooner.
func Idles(r *run.Run) Idle {
	var idle Idle
	for i, m := range r.Marks {
		end := m.T + idleWindow
		if i+1 < len(r.Marks) {
			end = min(end, r.Marks[i+1].T)
		}
		u, err := stats.Median(memoryOf(r, m.T, end).Unreclaimable)
		if err != nil {
			continue // no sample in the window: the figure stays unknown
		}
		figure := memory.Known(uint64(u))
		switch m.Name {
		case run.MarkListening:
			idle.Listening = figure
		case run.MarkFirstRequest:
			idle.FirstRequest = figure
		case run.MarkTouched:
			idle.Touched = figure
		}
	}
	return idle
}
