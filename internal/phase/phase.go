// Package phase cuts a run into holds: stretches with a constant number of
// users, warm-up dropped. It takes a run file's content and gives, for each
// hold, what the memory and the users did in it.
//
// Its opinion: a phase that was cut short, a sample that is missing and a user
// who was not heard of are visible in the hold, and never a zero.
package phase

import (
	"slices"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
)

// ListRequest is the request in which the target's memory rises and falls: its
// answers stay behind until a full garbage collection.
const ListRequest = "stories_public"

// Hold is a phase after its warm-up.
type Hold struct {
	run.Phase // as it was planned

	// Begin and End are seconds since the trial began. The phase began
	// WarmupSeconds before Begin.
	Begin, End float64
	// Full says that the hold lasted as long as planned.
	Full bool

	Memory Memory
	// Whole is of the phase, its warm-up included: a peak may lie there.
	Whole Memory
	Load  Load
	// Collected is U after the garbage was collected, with the users still there,
	// in bytes; unknown in natural trials and where the target did not collect.
	Collected memory.Figure
	// CollectedWorkingSet is the working set at the same time.
	CollectedWorkingSet memory.Figure

	// Visited is how many visits of the phase came to their end.
	Visited int

	// HeardSeconds is how much of the hold the generator's reports span.
	HeardSeconds float64
	// LeastUsers is the fewest users that a report found there; 0 without one.
	LeastUsers int

	// Steady says that memory shows no trend over whole teeth of its sawtooth;
	// Unsteady says why not.
	Steady   bool
	Unsteady string
}

// Seconds is how long the hold lasted.
func (h Hold) Seconds() float64 { return h.End - h.Begin }

// Cut returns the holds of r in their order. A phase that ended before its
// warm-up did has none.
func Cut(r *run.Run) []Hold {
	var holds []Hold
	for i, m := range r.Marks {
		if m.Name != run.MarkPhase {
			continue
		}
		h := Hold{Phase: planned(r.Header, m), End: end(r, i)}
		h.Begin = m.T + h.WarmupSeconds
		if h.End <= h.Begin {
			continue
		}
		// A twentieth less is the jitter of marks sent through a pipe.
		h.Full = h.HoldSeconds > 0 && h.Seconds() >= 0.95*h.HoldSeconds
		h.Memory = memoryOf(r, h.Begin, h.End)
		h.Whole = memoryOf(r, m.T, h.End)
		h.Collected, h.CollectedWorkingSet = collected(r, m.Phase, m.T, h.End)
		lines := linesOf(r, h)
		h.Load = loadOf(lines, r.Header.NoSockets)
		h.HeardSeconds, h.LeastUsers, h.Visited = heard(r, h), leastUsers(lines), visited(r, h)
		h.Unsteady = unsteady(h, lines)
		h.Steady = h.Unsteady == ""
		holds = append(holds, h)
	}
	return holds
}

// planned returns the header's phase that m begins; one the header does not
// know has neither warm-up nor length, and so is never full.
func planned(header run.Header, m run.Mark) run.Phase {
	for _, p := range header.Phases {
		if p.Name == m.Phase {
			return p
		}
	}
	return run.Phase{Name: m.Phase, Users: m.Users}
}

// end returns when the phase begun by mark i ended: at the next phase, at the
// end of the load, when the target or the generator died, when the user
// interrupted it, or with the file.
func end(r *run.Run, i int) float64 {
	at := last(r)
	for _, m := range r.Marks[i+1:] {
		if m.Name == run.MarkPhase || m.Name == run.MarkLoadEnd {
			at = min(at, m.T)
			break
		}
	}
	for _, e := range r.Events {
		if e.Kind == run.EventGenerator || e.Kind == run.EventInterrupted {
			at = min(at, e.T)
		}
	}
	if t, ok := Death(r); ok {
		at = min(at, t)
	}
	return at
}

// last is the latest moment that r knows of.
func last(r *run.Run) float64 {
	var t float64
	if r.End != nil {
		t = r.End.T
	}
	for _, m := range r.Marks {
		t = max(t, m.T)
	}
	for _, s := range r.Samples {
		t = max(t, s.T)
	}
	for _, u := range r.Users {
		t = max(t, u.T)
	}
	return t
}

// Death returns when the target was killed or ended by itself; false when it
// lived until it was stopped.
func Death(r *run.Run) (float64, bool) {
	if r.End == nil || !slices.Contains([]string{run.Killed, run.Died, run.DiedStarting}, r.End.Outcome) {
		return 0, false
	}
	for _, e := range r.Events {
		if e.Kind == run.EventOOMKill || e.Kind == run.EventExit {
			return e.T, true
		}
	}
	return r.End.T, true
}
