package report

import (
	"cmp"
	"slices"

	"github.com/pixeltales/pixelload/internal/run"
)

// mostSpans is into how many spans of time all timelines of a page are cut
// together: it keeps the page below a megabyte, whatever the runs' lengths.
const mostSpans = 3000

// spansFor is the share of one of n timelines: never more than a screen has
// pixels for, never so few that its shape is lost.
func spansFor(n int) int { return min(max(mostSpans/max(n, 1), 60), 800) }

// record is the readings a timeline is drawn of.
type record struct {
	samples []run.Sample
	// gap is the time between neighbours above which nothing was read, in seconds.
	gap float64
	// of is how many readings the run file has.
	of int
}

// thin keeps, in each of so many equal spans, the readings with the smallest
// and the largest U and the largest working set. They are readings as they
// were taken, so the picture and its peak stay what they are; averages would
// round off the very peaks that decide. A short run is kept whole.
func thin(r *run.Run, spans int) record {
	known := slices.DeleteFunc(slices.Clone(r.Samples), func(s run.Sample) bool {
		return s.Unreclaimable.IsZero() && s.WorkingSet.IsZero()
	})
	slices.SortStableFunc(known, func(a, b run.Sample) int { return cmp.Compare(a.T, b.T) })
	out := record{samples: known, gap: 3 * r.Header.SampleSeconds, of: len(r.Samples)}
	if len(known) <= 3*spans {
		return out
	}
	begin, width := known[0].T, (known[len(known)-1].T-known[0].T)/float64(spans)
	out.samples, out.gap = nil, max(out.gap, 2*width)
	for i := 0; i < len(known); {
		end := i + 1
		span := int((known[i].T - begin) / width)
		for end < len(known) && int((known[end].T-begin)/width) == span {
			end++
		}
		out.samples = append(out.samples, extremes(known[i:end])...)
		i = end
	}
	return out
}

// extremes returns the three readings of a span, in their order.
func extremes(span []run.Sample) []run.Sample {
	low, high, wide := 0, 0, 0
	for i, s := range span {
		u, _ := s.Unreclaimable.Get()
		lowest, _ := span[low].Unreclaimable.Get()
		highest, _ := span[high].Unreclaimable.Get()
		w, _ := s.WorkingSet.Get()
		widest, _ := span[wide].WorkingSet.Get()
		if u < lowest {
			low = i
		}
		if u > highest {
			high = i
		}
		if w > widest {
			wide = i
		}
	}
	kept := []int{low, high, wide}
	slices.Sort(kept)
	var out []run.Sample
	for _, i := range slices.Compact(kept) {
		out = append(out, span[i])
	}
	return out
}
