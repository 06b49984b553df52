package verdict

import (
	"fmt"
	"slices"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/phase"
	"github.com/pixeltales/pixelload/internal/run"
)

// retained judges whether more stays of the arm than of the one it is versus
// when the users have left: by the collected trials of each round, where garbage
// that waits for a collection is not counted.
func retained(c claim.Claim, all []series) (Word, bool) {
	a, soaks := armsOf(c, run.Collected, all), soaksOf(c.Arm, all)
	if !a.whole() {
		return onlySlope(soaks), len(soaks) > 0
	}
	w := Word{Reasons: []string{}}
	_, w.Series = trialsOf(all, func(s series) bool { return s.isOf(c.Arm, run.Collected) || s.isOf(c.Versus, run.Collected) })
	more := w.pairsOf(a, func(t, other *trial) (float64, string) {
		x, ok := t.stays()
		y, too := other.stays()
		if !ok || !too {
			return 0, "no collection at idle, or none after the users"
		}
		name := t.name(len(a.of))
		w.Reasons = append(w.Reasons, fmt.Sprintf("%s%s stay of %s, %s of %s", name, mib(x), a.names[0], mib(y), a.names[1]))
		w.Trials = append(w.Trials, Figure{name + "stays", whole(x - y)})
		return x - y, ""
	})
	w.measure(more)
	w.in(more, atLeast(costs), "5 MiB or more")
	w.slope(soaks)
	return w, true
}

// soaksOf are the soaks of the arm: what a long hold adds to what stays.
func soaksOf(a claim.Arm, all []series) []*Soak {
	var soaks []*Soak
	for _, s := range all {
		h := s.header()
		if h.LeakBudget <= 0 || h.Variant != a.Variant || !slices.Equal(h.HabitsOff, a.Off) {
			continue
		}
		for _, t := range s.trials {
			soaks = append(soaks, JudgeSoak(t.run))
		}
	}
	return soaks
}

func onlySlope(soaks []*Soak) Word {
	w := Word{Outcome: Inconclusive, Reasons: []string{"what stays when the users have left was not measured: pixelload claims run B1"}}
	w.slope(soaks)
	return w
}

// slope puts the soaks' leaks beside what stays: it decides nothing here.
func (w *Word) slope(soaks []*Soak) {
	for _, s := range soaks {
		if s.Leak == nil {
			w.Reasons = append(w.Reasons, "a soak of it tells no slope: "+s.Reasons[0])
			continue
		}
		l := *s.Leak
		w.Reasons = append(w.Reasons, fmt.Sprintf("over %.0f minutes of %s it leaks %s MiB an hour [%s, %s]",
			60*s.Hours, Crowd(s.Users), tenths(l.BytesPerHour), tenths(l.Interval[0]), tenths(l.Interval[1])))
		if w.Measured == nil {
			w.Measured = &Measured{}
		}
		w.Measured.Leaks = append(w.Measured.Leaks, l)
	}
}

// stays is what U, collected, is above idle when the last users have left.
func (t *trial) stays() (bytes float64, ok bool) {
	var idle, left *phase.Hold
	for i, h := range t.holds {
		switch {
		case h.Users > 0:
		case idle == nil:
			idle = &t.holds[i]
		default:
			left = &t.holds[i]
		}
	}
	if idle == nil || left == nil {
		return 0, false
	}
	before, known := idle.Collected.Get()
	after, too := left.Collected.Get()
	return float64(after) - float64(before), known && too
}
