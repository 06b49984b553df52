package verdict

import (
	"fmt"
	"math"
	"slices"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/stats"
)

const (
	// window is how many seconds of memory are read before a fault and after it,
	// settling how long the target has to find itself again.
	window   = 30.0
	settling = 5.0
	// costs is what memory must rise by to cost something: the least tolerance of
	// any claim.
	costs = 5 * memory.MiB
	// slack is what an answer may take beyond the time-outs, in seconds.
	slack = 5.0
)

// injury is when the fault began and ended, in seconds since the trial began.
func (t *trial) injury() (begin, end float64, ok bool) {
	for _, m := range t.run.Marks {
		switch m.Name {
		case run.MarkFault:
			begin = m.T
		case run.MarkFaultEnd:
			end = m.T
		}
	}
	return begin, end, begin > 0 && end > begin
}

// probe is a request that was made during a fault.
type probe struct {
	begin, took float64
	answered    bool
}

func (t *trial) probes() []probe {
	var probes []probe
	for _, e := range t.run.Events {
		if e.Kind == run.EventProbe {
			probes = append(probes, probe{e.T - e.Seconds, e.Seconds, e.Count == 200})
		}
	}
	return probes
}

// reconnects judges whether memory is higher after connections were cut, again
// and again, than right before.
func reconnects(c claim.Claim, all []series) (Word, bool) {
	trials, places := trialsOf(all, func(s series) bool { return s.injured(c.Arm, run.FaultCut) })
	if len(trials) == 0 {
		return Word{}, false
	}
	w := Word{Series: places, Reasons: []string{}}
	rises := w.figuresOf(trials, func(t *trial) (float64, string) {
		begin, end, ok := t.injury()
		if !ok {
			return 0, "the connections were not cut"
		}
		before, one := t.medianBetween(begin-window, begin)
		after, other := t.medianBetween(end+settling, min(end+settling+window, t.holdEnd(begin)))
		if !one || !other {
			return 0, "no samples of 10 s before or after the cuts, with the users still there"
		}
		w.Reasons = append(w.Reasons, t.name(len(trials))+t.aftermath(begin, end))
		w.Trials = append(w.Trials, Figure{t.name(len(trials)) + "rise", whole(after - before)})
		return after - before, ""
	})
	w.measure(rises)
	w.in(rises, atLeast(costs), "a rise of 5 MiB or more")
	return w, true
}

// aftermath says what the users saw of the cuts, and when all was well again.
func (t *trial) aftermath(begin, end float64) string {
	failed := 0
	for _, u := range t.run.Users {
		if u.T < begin || u.T > end+settling {
			continue
		}
		for _, q := range u.Requests {
			if q.Failed {
				failed += q.N
			}
		}
	}
	text := fmt.Sprintf("%d requests of the users failed in the %.0f s of cuts", failed, end-begin)
	for _, p := range t.probes() {
		if p.begin >= end && p.answered {
			return text + fmt.Sprintf(", the first one after them was answered in %.1f s", p.took)
		}
	}
	return text + ", and none after them was answered"
}

// holdEnd is when the hold that is under way at that time ends, or the trial.
func (t *trial) holdEnd(at float64) float64 {
	for _, h := range t.holds {
		if h.Begin <= at && at < h.End {
			return h.End
		}
	}
	return math.Inf(1)
}

// medianBetween is the median of U in [begin, end); false where the samples
// span less than a third of a window.
func (t *trial) medianBetween(begin, end float64) (float64, bool) {
	var u []float64
	first, last := math.Inf(1), math.Inf(-1)
	for _, s := range t.run.Samples {
		if v, known := s.Unreclaimable.Get(); known && s.T >= begin && s.T < end {
			u = append(u, float64(v))
			first, last = min(first, s.T), max(last, s.T)
		}
	}
	median, err := stats.Median(u)
	return median, err == nil && last-first >= 0.9*window/3
}

// bounded judges whether every request ends within the variant's time-outs when
// the database stalls: those that were made early enough in the stall to tell.
func bounded(c claim.Claim, doc *claim.Document, all []series) (Word, bool) {
	trials, places := trialsOf(all, func(s series) bool { return s.injured(c.Arm, run.FaultStall) })
	variant, err := doc.Variant(c.Arm.Variant)
	if len(trials) == 0 || err != nil {
		return Word{}, false
	}
	bound := float64(variant.ConnectTimeout+variant.StatementTimeout) + slack
	w := Word{Series: places, Reasons: []string{}}
	deaths := 0
	trials = slices.DeleteFunc(trials, func(t *trial) bool {
		died := t.dead() && slices.ContainsFunc(t.run.Marks, func(m run.Mark) bool { return m.Name == run.MarkFault })
		if died { // nothing bounds what a stall kills
			deaths++
			w.Reasons = append(w.Reasons, t.name(2)+"in the stall: "+t.deathText)
		}
		return died
	})
	within := w.figuresOf(trials, func(t *trial) (float64, string) {
		begin, end, ok := t.injury()
		var waits []float64
		for _, p := range t.probes() {
			if ok && p.begin >= begin && p.begin+bound <= end {
				waits = append(waits, p.took)
			}
		}
		if len(waits) == 0 {
			return 0, fmt.Sprintf("no request was made early enough in a stall: it must be longer than %.0f s", bound)
		}
		slowest := slices.Max(waits)
		w.Reasons = append(w.Reasons, fmt.Sprintf("%sthe slowest of %d requests took %.1f s, the time-outs add up to %.0f s%s",
			t.name(len(trials)), len(waits), slowest, bound-slack, t.rise(begin, end)))
		if slowest <= bound {
			return 1, ""
		}
		return 0, ""
	})
	times := 0
	for _, one := range within {
		times += int(one)
	}
	w.always(times, len(within)+deaths)
	return w, true
}

// rise says by how much U rose above its level right before the stall; ""
// where that, or what came after, is not known.
func (t *trial) rise(begin, end float64) string {
	before, known := t.medianBetween(begin-window, begin)
	most := -1.0
	for _, s := range t.run.Samples {
		if v, known := s.Unreclaimable.Get(); known && s.T >= begin && s.T < end {
			most = max(most, float64(v))
		}
	}
	if !known || most < 0 {
		return ""
	}
	return fmt.Sprintf("; U rose by %s meanwhile", mib(max(0, most-before)))
}
