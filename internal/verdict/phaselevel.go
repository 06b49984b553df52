package verdict

import (
	"fmt"
	"slices"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/phase"
	"github.com/pixeltales/pixelload/internal/run"
)

// Leveled is a trial and its level in each of its phases.
type Leveled struct {
	Header run.Header
	// Death says how the target ended by itself; "" when it lived.
	Death string
	// Lacks are the calls that users left out because the target has no such
	// endpoint, and sockets where its application has none.
	Lacks  []string
	Phases []PhaseLevel
}

// PhaseLevel is what a trial says of one planned phase.
type PhaseLevel struct {
	run.Phase
	// Bytes is the median of U over the hold, in a collected trial U after the
	// collection; unknown where there is none.
	Bytes memory.Figure
	// Voids say why the figure decides nothing; Findings are the target's own.
	Voids, Findings []string
}

// PhaseLevels reads the levels of each trial, in an order that does not depend
// on that of the runs; lost says what of the runs is missing or unreadable.
func PhaseLevels(runs []*run.Run) (all []Leveled, lost []string) {
	trials, lost := examine(runs)
	for _, t := range trials {
		l := Leveled{Header: t.run.Header, Death: t.deathText, Lacks: t.lacks()}
		for _, p := range t.run.Header.Phases {
			l.Phases = append(l.Phases, t.phaseLevel(p))
		}
		all = append(all, l)
	}
	return all, lost
}

func (t *trial) phaseLevel(p run.Phase) PhaseLevel {
	what := medianU
	if t.run.Header.Kind == run.Collected {
		what = collectedU
	}
	var r reading
	r.weigh(t, p.Name, what)
	i := slices.IndexFunc(t.holds, func(h phase.Hold) bool { return h.Name == p.Name })
	switch {
	case i < 0 || !t.holds[i].Full:
		r.voids = append(r.voids, t.whyNotHeld(p))
	case len(t.holds[i].Memory.Unreclaimable) == 0:
		r.voids = append(r.voids, "no sample of U in phase "+p.Name)
	default:
		r.fill(t, t.holds[i], what)
	}
	out := PhaseLevel{Phase: p, Voids: distinct(slices.Concat(r.voids, r.unsteady)), Findings: distinct(r.findings)}
	if r.known {
		out.Bytes = memory.Known(uint64(r.bytes))
	}
	return out
}

func (t *trial) whyNotHeld(p run.Phase) string {
	if t.dead() {
		return t.deathText
	}
	return fmt.Sprintf("phase %s was not held to its end: run again", p.Name)
}
