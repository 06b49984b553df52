package verdict

import (
	"fmt"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/phase"
	"github.com/pixeltales/pixelload/internal/run"
)

// allOfIt is the share of what users added that must stay for "never cleared".
const allOfIt = 0.9

// retained judges whether what the users added stays when they have left: by
// collected trials, where garbage that waits for a collection is not counted.
func retained(c claim.Claim, all []series) (Word, bool) {
	trials, places := trialsOf(all, func(s series) bool { return s.isOf(c.Arm, run.Collected) })
	if len(trials) == 0 {
		return Word{}, false
	}
	w := Word{Series: places, Reasons: []string{}}
	var stays []float64
	shares := w.figuresOf(trials, func(t *trial) (float64, string) {
		idle, most, left, ok := t.ebb()
		if !ok {
			return 0, "no collection at idle, with the users and after them"
		}
		if most-idle < tolerance(0) {
			return 0, fmt.Sprintf("the users added %s: too little to tell what of it stays", mib(most-idle))
		}
		stays = append(stays, left-idle)
		w.Trials = append(w.Trials, Figure{t.name(len(trials)) + "stays", whole(left - idle)})
		return (left - idle) / (most - idle), ""
	})
	w.measure(stays)
	w.in(shares, atLeast(allOfIt), fmt.Sprintf("%.0f %% or more of what they added", 100*allOfIt))
	return w, true
}

// ebb is U, collected, at idle, with the most users, and when they have left.
func (t *trial) ebb() (idle, most, left float64, ok bool) {
	var first, top, last *phase.Hold
	for i := range t.holds {
		h := &t.holds[i]
		switch {
		case h.Users == 0 && top == nil:
			first = h
		case h.Users == 0:
			last = h
		case top == nil || h.Users >= top.Users:
			top = h
		}
	}
	if first == nil || top == nil || last == nil {
		return 0, 0, 0, false
	}
	var u [3]float64
	for i, h := range []*phase.Hold{first, top, last} {
		bytes, known := h.Collected.Get()
		if !known {
			return 0, 0, 0, false
		}
		u[i] = float64(bytes)
	}
	return u[0], u[1], u[2], true
}
