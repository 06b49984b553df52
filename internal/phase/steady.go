package phase

import (
	"fmt"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/stats"
)

const (
	// tooth is how many list requests pass between two full garbage
	// collections: about 3 in 20 requests bring one.
	tooth = 7
	// LeastListRequests is two teeth: below them no trend can be told from a
	// tooth, and the hold has not settled.
	LeastListRequests = 2 * tooth
	// mostBlocks is enough for a slope that one block does not move.
	mostBlocks = 12
	// blockSamples is the least a block of an idle hold consists of.
	blockSamples = 10
	// idleDrift is how much an idle hold may rise or fall, in bytes.
	idleDrift = 2 * memory.MiB
	// loadDrift is the same under load, as a share of the level; idleDrift
	// where that is more.
	loadDrift = 0.10
)

// unsteady says why the level of h is not one, or "". The trend is the Theil-Sen
// slope through the medians of blocks, each one tooth long, times the time
// between the first and the last: teeth are no trend, however high.
func unsteady(h Hold, lines []run.Users) string {
	if h.Users > 0 && h.Load.ListRequests < LeastListRequests {
		return fmt.Sprintf("not settled: %d list requests in the hold, %d make two teeth of the sawtooth", h.Load.ListRequests, LeastListRequests)
	}
	at, medians := h.blocks(lines)
	if len(medians) < 2 {
		return "not settled: too few samples for a trend"
	}
	slope, err := stats.Slope(at, medians)
	if err != nil {
		return "not settled: " + err.Error()
	}
	level, err := stats.Median(h.Memory.Unreclaimable)
	if err != nil {
		return "not settled: " + err.Error()
	}
	allowed := float64(idleDrift)
	if h.Users > 0 {
		allowed = max(allowed, loadDrift*level)
	}
	drift := slope * (at[len(at)-1] - at[0])
	if drift > allowed || drift < -allowed {
		return fmt.Sprintf("not steady: U moved by %+.0f MiB over the hold, %.0f MiB are allowed", drift/memory.MiB, allowed/memory.MiB)
	}
	return ""
}

// blocks returns the middle and the median of U of each block with samples:
// whole teeth under load, equal times at idle.
func (h Hold) blocks(lines []run.Users) (at, medians []float64) {
	begin := h.Begin
	for _, end := range h.cuts(lines) {
		var us []float64
		for i, t := range h.Memory.At {
			if t >= begin && t < end {
				us = append(us, h.Memory.Unreclaimable[i])
			}
		}
		if m, err := stats.Median(us); err == nil {
			at, medians = append(at, (begin+end)/2), append(medians, m)
		}
		begin = end
	}
	return at, medians
}

// cuts returns the ends of the blocks.
func (h Hold) cuts(lines []run.Users) []float64 {
	if h.Load.ListRequests < LeastListRequests {
		n := min(mostBlocks, len(h.Memory.At)/blockSamples)
		ends := make([]float64, n)
		for i := range ends {
			ends[i] = h.Begin + h.Seconds()*float64(i+1)/float64(n)
		}
		return ends
	}
	n := min(mostBlocks, h.Load.ListRequests/tooth)
	var ends []float64
	seen := 0
	for _, u := range lines {
		seen += listRequests(u)
		for len(ends) < n-1 && seen*n >= h.Load.ListRequests*(len(ends)+1) {
			ends = append(ends, u.T)
		}
	}
	return append(ends, h.End)
}
