package verdict

import (
	"slices"

	"github.com/pixeltales/pixelload/internal/phase"
	"github.com/pixeltales/pixelload/internal/stats"
)

// figureOf is which figure of a hold a claim is about.
type figureOf int

const (
	medianU    figureOf = iota // the level
	largestU                   // from the begin of the phase, its warm-up included
	collectedU                 // after the forced collection near the hold's end
)

// reading is a trial's figure at a number of users, and what speaks against it.
type reading struct {
	bytes      float64
	known      bool
	atLeast    bool    // it would have been more: the kernel killed the target
	workingSet float64 // 0: not known
	killed     bool    // by the kernel, before the hold ended
	voids      []string
	unsteady   []string // no level yet, but good for an indication
	findings   []string // the target's own
}

// read reads a figure of the trial while so many users are there.
func (t *trial) read(users int, what figureOf) reading {
	var r reading
	h, ok := t.hold(users)
	r.weigh(t, h.Name, what)
	held := ok && h.Full
	switch {
	case what == largestU && t.hasPeak && t.killedBy(users, held):
		r.bytes, r.known, r.atLeast = t.peak, true, true
		r.findings = append(r.findings, t.deathText)
		return r
	case !held:
		r.killed = t.killedBy(users, held)
		r.voids = append(r.voids, t.whyNoHold(users))
		return r
	case len(h.Memory.Unreclaimable) == 0:
		r.voids = append(r.voids, "no sample of U at "+Crowd(users))
		return r
	}
	r.fill(t, h, what)
	return r
}

// weigh takes over what speaks against figures of the phase; of "", what speaks
// against all of the trial's.
func (r *reading) weigh(t *trial, phase string, what figureOf) {
	for _, f := range t.flaws {
		here := phase != "" && f.phase == phase && (what == largestU || !f.warmup)
		switch {
		case here && f.weight == finding:
			r.findings = append(r.findings, f.String())
		case here || f.weight == voidsAnswer:
			r.voids = append(r.voids, f.String())
		}
	}
}

func (r *reading) fill(t *trial, h phase.Hold, what figureOf) {
	// Whoever loads no page sends no list request in which teeth are counted, and
	// a collection leaves no tooth.
	if !h.Steady && what != collectedU && (h.Users == 0 || !t.without("pages")) {
		r.unsteady = append(r.unsteady, h.Unsteady+": hold longer (--hold)")
	}
	var err error
	switch what {
	case largestU:
		r.bytes, r.known = slices.Max(h.Whole.Unreclaimable), true
		if len(h.Whole.WorkingSet) > 0 {
			r.workingSet = slices.Max(h.Whole.WorkingSet)
		}
	case collectedU:
		u, ok := h.Collected.Get()
		r.bytes, r.known = float64(u), ok
		w, _ := h.CollectedWorkingSet.Get()
		r.workingSet = float64(w)
		if !ok {
			r.voids = append(r.voids, "no garbage was collected at "+Crowd(h.Users)+": the target takes no such order, or died")
		}
	default:
		if r.bytes, err = stats.Median(h.Memory.Unreclaimable); err == nil {
			r.known = true
		}
	}
	if w, err := stats.Median(h.Memory.WorkingSet); err == nil && what == medianU {
		r.workingSet = w
	}
}

// without reports that a habit of the users was switched off.
func (t *trial) without(habit string) bool { return slices.Contains(t.run.Header.HabitsOff, habit) }

// evidence is a figure a trial, and what speaks against it.
type evidence struct {
	figures     []float64
	atLeast     bool      // figures of killed targets are among them: they would have been more
	workingSets []float64 // empty unless every trial knows it
	killed      int       // targets that the kernel killed before the hold ended
	voids       []string
	unsteady    []string
	findings    []string
}

// evidence collects what the trials of a series say of that many users.
func (s series) evidence(users int, what figureOf) evidence {
	var e evidence
	for _, t := range s.trials {
		r := t.read(users, what)
		e.note(t.name(len(s.trials)), r)
		if r.killed {
			e.killed++
		}
		if !r.known {
			continue
		}
		e.figures, e.atLeast = append(e.figures, r.bytes), e.atLeast || r.atLeast
		if r.workingSet > 0 {
			e.workingSets = append(e.workingSets, r.workingSet)
		}
	}
	if len(e.workingSets) < len(e.figures) {
		e.workingSets = nil
	}
	return e
}

// note takes over what speaks against a reading, under the trial's name.
func (e *evidence) note(name string, r reading) {
	for _, text := range r.voids {
		e.voids = append(e.voids, name+text)
	}
	for _, text := range r.unsteady {
		e.unsteady = append(e.unsteady, name+text)
	}
	for _, text := range r.findings {
		e.findings = append(e.findings, name+text)
	}
}
