package verdict

import (
	"fmt"
	"slices"

	"github.com/pixeltales/pixelload/internal/phase"
	"github.com/pixeltales/pixelload/internal/run"
)

// Preconditions of a verdict. Shares are of the hold.
const (
	mostGaps      = 0.05  // time without samples
	mostErrors    = 0.01  // unexpected failures among requests and sockets
	goodDelivery  = 0.99  // strokes that arrive; fewer are the target's finding
	leastDelivery = 0.90  // fewer yet, and the level is of another load
	mostLag       = 0.250 // p99 in seconds by which users may send late
	leastHeard    = 0.95  // time that the generator's reports span
)

// weight is what a flaw does to the evidence.
type weight int

const (
	finding     weight = iota // the target's own: nothing is voided
	voidsPass                 // the load or the record was less than it should be
	voidsAnswer               // the figures are another thing's: neither pass nor fail
)

// flaw is a precondition that a trial does not meet.
type flaw struct {
	phase  string // of the hold it is in; "" for the trial as a whole
	label  string // names that hold in a reason
	weight weight
	text   string // the reason, then the remedy
	// generator says that the harness is to blame, not the target.
	generator bool
	// sampler says that memory was not read, which is the harness's fault too.
	sampler bool
	// warmup says that the hold itself is sound, and only the warm-up is not.
	warmup bool
	// service says that the target served its users badly: it is a figure of
	// another load, and yet the target's own.
	service bool
}

func (f flaw) String() string {
	if f.label == "" {
		return f.text
	}
	return f.label + ": " + f.text
}

// Crowd names a number of users: idle, 1 user, 3 users.
func Crowd(users int) string {
	switch users {
	case 0:
		return "idle"
	case 1:
		return "1 user"
	}
	return fmt.Sprintf("%d users", users)
}

// flawsOf returns the flaws of the trial, then those of its holds.
func flawsOf(t *trial) []flaw {
	flaws := wholeFlaws(t)
	most := -1
	for _, h := range t.holds {
		label := h.Name // as drained: not the level of its number of users
		if h.Users > most {
			label, most = Crowd(h.Users), h.Users
		}
		for _, f := range t.holdFlaws(h) {
			f.phase, f.label = h.Name, label
			flaws = append(flaws, f)
		}
	}
	return flaws
}

// wholeFlaws are those of the trial as a whole.
func wholeFlaws(t *trial) []flaw {
	var flaws []flaw
	add := func(w weight, format string, args ...any) {
		flaws = append(flaws, flaw{weight: w, text: fmt.Sprintf(format, args...)})
	}
	if t.run.Header.Running {
		add(finding, "not a fresh start: the target ran already, and its memory holds its past")
	}
	if !t.hasPeak {
		add(voidsPass, "no sample of the target's memory: see pixelload doctor")
	}
	var stalled int
	for _, u := range t.run.Users {
		stalled += u.StalledReceivers
	}
	if stalled > 0 {
		add(voidsAnswer, "receivers stopped reading without being declared slow (%d times): give the generator more CPU", stalled)
		flaws[len(flaws)-1].generator = true
	}
	for _, e := range t.run.Events {
		switch {
		case e.Kind == run.EventThrottled && e.Seconds >= 1:
			add(finding, "the target was held back %.0f s by its CPU share", e.Seconds)
		case e.Kind == run.EventUntouched:
			add(finding, "idle was measured without %s", e.Text)
		case e.Kind == run.EventHarness:
			add(finding, "%s", e.Text)
		}
	}
	switch t.outcome {
	case run.Complete:
		for _, p := range t.run.Header.Phases {
			if f, ok := phaseFlaw(t, p); ok {
				flaws = append(flaws, f)
			}
		}
		if len(t.run.Header.Phases) == 0 {
			add(voidsPass, "no phase was planned")
		}
	case run.Killed, run.Died, run.DiedStarting:
	case run.Enough:
		add(finding, "ended before the planned end, when it was decided")
	case run.Stopped:
		add(finding, "%s", t.stopText())
	case run.Interrupted:
		add(voidsPass, "interrupted%s", t.where())
	case run.GeneratorDied:
		add(voidsPass, "the generator ended early%s: see its log in the run file", t.where())
	default:
		add(voidsPass, "the run file ends early%s: its writer was killed, or the disk was full", t.where())
	}
	return flaws
}

// Spoilt says how the harness itself has spoilt a trial that came to its end, by
// a generator that was late or by memory that it did not read; "" where it has not.
// Nothing that the target did is a reason.
func Spoilt(r *run.Run) string {
	t := newTrial(r)
	if t.outcome != run.Complete || t.dead() {
		return ""
	}
	for _, f := range t.flaws {
		if f.weight != finding && (f.generator || f.sampler) {
			return f.String()
		}
	}
	return ""
}

// phaseFlaw says that a planned phase was not held, or not to its end.
func phaseFlaw(t *trial, p run.Phase) (flaw, bool) {
	i := slices.IndexFunc(t.holds, func(h phase.Hold) bool { return h.Name == p.Name })
	switch {
	case i < 0:
		return flaw{weight: voidsPass, text: fmt.Sprintf("phase %s was never held: run again", p.Name)}, true
	case !t.holds[i].Full:
		return flaw{weight: voidsPass, text: fmt.Sprintf("phase %s was held %.0f s of %.0f s: run again", p.Name, t.holds[i].Seconds(), p.HoldSeconds)}, true
	}
	return flaw{}, false
}

// where says how far the trial came.
func (t *trial) where() string {
	marks := t.run.Marks
	for i := len(marks) - 1; i >= 0; i-- {
		if marks[i].Name == run.MarkPhase {
			return " in phase " + marks[i].Phase
		}
	}
	return " before the first phase"
}
