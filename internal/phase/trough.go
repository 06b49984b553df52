package phase

import (
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/stats"
)

// Trough is what a target holds in a stretch of time, without the garbage on
// top of it.
type Trough struct {
	Begin, At float64 // seconds since the trial began: the stretch ends at At
	Bytes     float64
	// Peak is the largest U of the stretch, in bytes.
	Peak float64
	// Ramp: U did not come down in it, though list requests leave garbage. It may
	// stand on garbage that no collection has taken yet.
	Ramp bool
}

const (
	// troughsAHold is into how many stretches a hold is cut at most: they are
	// counted in what was planned, so that a longer record adds to them and moves
	// none.
	troughsAHold = 40
	// lowEnd is the quantile of U in a stretch that is its trough: a single low
	// sample decides nothing.
	lowEnd = 0.02
	// fallen is the share of a stretch's range by which U must have come down in it:
	// without a collection it is a ramp.
	fallen = 0.5
)

// Troughs returns what the target held in each stretch of the holds with users,
// in the order of time: in collected trials what was left after each collection;
// in natural ones the low end of U in stretches of two teeth of the sawtooth at
// least, and up to four until U has come down in it.
func Troughs(r *run.Run) []Trough {
	var all []Trough
	for _, h := range Cut(r) {
		switch u, collected := h.Collected.Get(); {
		case h.Users == 0:
		case r.Header.Kind != run.Collected:
			all = append(all, h.troughs(r)...)
		case collected && len(h.Memory.Unreclaimable) > 0:
			peak, _ := stats.Quantile(h.Memory.Unreclaimable, 1) // there are some
			all = append(all, Trough{Begin: h.Begin, At: h.End, Bytes: float64(u), Peak: peak})
		}
	}
	return all
}

// troughs cuts a natural hold. Its unfinished last stretch is left out.
func (h Hold) troughs(r *run.Run) []Trough {
	least := max(h.HoldSeconds/troughsAHold, blockSamples*r.Header.SampleSeconds)
	var all []Trough
	begin, lists, next := h.Begin, 0, 0
	var w wave
	lines := linesOf(r, h)
	counts := r.Header.ListRequestsAMinute > 0
	for i, at := range h.Memory.At {
		for next < len(lines) && lines[next].T <= at {
			lists += listRequests(lines[next])
			next++
		}
		w.add(h.Memory.Unreclaimable[i])
		long := at-begin >= least && (!counts || lists >= LeastListRequests)
		longest := at-begin >= 2*least && (!counts || lists >= 2*LeastListRequests)
		if !long || !w.fell() && !longest {
			continue
		}
		if t, ok := h.trough(begin, at); ok {
			t.Ramp = counts && w.rose() && !w.fell()
			all = append(all, t)
		}
		begin, lists, w = at, 0, wave{}
	}
	return all
}

// wave is how U went up and down. The zero value has seen nothing.
type wave struct {
	seen               bool
	low, high, descent float64 // descent is the deepest fall from a high before it
}

func (w *wave) add(u float64) {
	if !w.seen {
		*w = wave{seen: true, low: u, high: u}
	}
	w.low, w.high = min(w.low, u), max(w.high, u)
	w.descent = max(w.descent, w.high-u)
}

// fell reports that it came down by a good part of its range.
func (w *wave) fell() bool { return w.descent > 0 && w.descent >= fallen*(w.high-w.low) }

func (w *wave) rose() bool { return w.high > w.low }

// trough reads [begin, end); false without a sample.
func (h Hold) trough(begin, end float64) (Trough, bool) {
	var us []float64
	for i, t := range h.Memory.At {
		if t >= begin && t < end {
			us = append(us, h.Memory.Unreclaimable[i])
		}
	}
	low, err := stats.Quantile(us, lowEnd)
	if err != nil {
		return Trough{}, false
	}
	high, err := stats.Quantile(us, 1)
	return Trough{Begin: begin, At: end, Bytes: low, Peak: high}, err == nil
}
