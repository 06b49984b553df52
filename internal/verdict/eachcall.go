package verdict

import (
	"fmt"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/run"
)

// wordsRequest is the request whose answer a variant may keep.
const wordsRequest = "words"

// eachCall judges whether an answer is made anew at each call: it takes longer
// than where it is kept, by the differences of each round.
func eachCall(c claim.Claim, all []series) (Word, bool) {
	a := armsOf(c, run.Collected, all)
	if !a.whole() {
		return Word{}, false
	}
	w := Word{Reasons: []string{}}
	_, w.Series = trialsOf(all, func(s series) bool { return s.isOf(c.Arm, run.Collected) || s.isOf(c.Versus, run.Collected) })
	var slow, quick, more []float64
	bytes, calls := int64(0), 0
	w.pairsOf(a, func(t, other *trial) (float64, string) {
		x, n, size, ok := t.calls(wordsRequest)
		y, _, _, too := other.calls(wordsRequest)
		if !ok || !too {
			return 0, "nobody asked for the words"
		}
		slow, quick, more = append(slow, x), append(quick, y), append(more, x-y)
		bytes, calls = bytes+size, calls+n
		return x - y, ""
	})
	w.in(more, atLeast(0), "longer than from the cache")
	if len(more) == 0 {
		return w, true
	}
	w.Measured = &Measured{N: len(more), Milliseconds: rounded(mean(more) * 1000)}
	w.Reasons = append(w.Reasons, fmt.Sprintf("with %d words a call takes %.1f ms, %.1f ms from the cache; an answer has %.1f KiB as it is sent",
		all[0].header().Data.Words, mean(slow)*1000, mean(quick)*1000, float64(bytes)/float64(max(calls, 1))/1024))
	return w, true
}

// calls digests the successful calls of one name: the median duration in
// seconds, how many, and the bytes of all answers.
func (t *trial) calls(name string) (median float64, n int, bytes int64, ok bool) {
	var durations run.Histogram
	for _, u := range t.run.Users {
		for _, q := range u.Requests {
			if q.Name == name && !q.Failed {
				durations = durations.Merge(q.Duration)
				n, bytes = n+q.N, bytes+q.Bytes
			}
		}
	}
	median, ok = durations.Quantile(0.5)
	return median, n, bytes, ok
}

func mean(xs []float64) float64 {
	sum := 0.0
	for _, x := range xs {
		sum += x
	}
	return sum / float64(len(xs))
}

func rounded(v float64) *float64 {
	v = round6(v)
	return &v
}
