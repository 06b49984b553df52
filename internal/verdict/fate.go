package verdict

import (
	"fmt"
	"slices"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/phase"
	"github.com/pixeltales/pixelload/internal/run"
)

// fate is what became of a trial at a number of users, or at fewer, in the
// memory of a plan.
type fate struct {
	tested bool    // it came so far, or died before
	killed bool    // by the kernel
	full   bool    // its load was ended before the kernel would have killed it
	over   bool    // under more memory it took as much as the plan has: why says so, too
	peak   float64 // the largest U until then, of one that lived
	why    string  // why it cannot tell; "" when it can
}

// fate tells what became of t up to so many users. Memory does not come back, so
// one that held more held these. A trial under more memory tells that they fit
// when its largest U stays below the plan's; else they do not, and how it would
// have ended under the plan's, nobody saw.
func (t *trial) fate(users int, plan claim.Plan) fate {
	limit := t.run.Header.LimitBytes
	if i := slices.IndexFunc(t.flaws, func(f flaw) bool { return f.weight == voidsAnswer }); i >= 0 {
		return fate{tested: true, why: t.flaws[i].String()}
	}
	h, held := t.held(users)
	killed := t.kills > 0 && (!held || t.killedBefore(h))
	switch {
	case killed && t.killedAbove(users):
		return fate{why: t.deathText} // of fewer users that says nothing
	case killed:
		if limit != plan.MemoryBytes {
			return fate{tested: true, over: limit > plan.MemoryBytes, why: t.deathText + ": the claim is about " + mib(float64(plan.MemoryBytes))}
		}
		return fate{tested: true, killed: true}
	case limit > plan.MemoryBytes && t.peakAt(users) >= float64(plan.MemoryBytes):
		return fate{tested: true, over: true, why: fmt.Sprintf("U went to %s under a larger limit: run under the plan's %s", mib(t.peakAt(users)), mib(float64(plan.MemoryBytes)))}
	case t.dead() && !held:
		return fate{tested: true, why: t.deathText}
	case t.outcome == run.Stopped && !held && limit == plan.MemoryBytes:
		if t.crowdEver() > users {
			return fate{why: t.stopText()} // nor does that
		}
		return fate{tested: true, full: true}
	case !held:
		return fate{why: t.whyNoHold(users)}
	case limit == 0:
		return fate{tested: true, why: noLimit(t.run.Header) + ": what fits into a plan cannot be told"}
	case !t.hasKills:
		return fate{tested: true, why: "no counter of OOM kills: what fits cannot be told"}
	}
	for _, f := range t.flaws {
		if f.phase == h.Name && f.weight == voidsPass {
			return fate{tested: true, why: f.String()}
		}
	}
	return fate{tested: true, peak: t.peakAt(users)}
}

// peakAt is the largest U until the end of the hold of so many users or, where
// they were not held to its end and no more came, of the trial.
func (t *trial) peakAt(users int) float64 {
	if h, held := t.held(users); held {
		return phase.PeakUntil(t.run, h.End)
	}
	if t.crowdEver() > users {
		return 0
	}
	return t.peak
}

// stopText says at how many users the load of t was ended, and at which U.
func (t *trial) stopText() string {
	if t.run.Header.LimitBytes == 0 { // a budget was what it came near
		return fmt.Sprintf("its load was ended at %s: U came to %s", Crowd(t.crowdEver()), mib(t.peak))
	}
	return fmt.Sprintf("its load was ended at %s: U came to %s of %s", Crowd(t.crowdEver()), mib(t.peak), mib(float64(t.run.Header.LimitBytes)))
}

// crowdEver is the most users that t came to, held or not.
func (t *trial) crowdEver() int {
	most := 0
	for _, m := range t.run.Marks {
		most = max(most, m.Users)
	}
	return most
}

// held returns the first hold to its end with so many users or more.
func (t *trial) held(users int) (phase.Hold, bool) {
	for _, h := range rising(t.holds) {
		if h.Users >= users && h.Full {
			return h, true
		}
	}
	return phase.Hold{}, false
}

// killedBefore reports that the first kill came before the end of the hold.
func (t *trial) killedBefore(h phase.Hold) bool {
	at, killed := phase.FirstKill(t.run)
	return killed && at <= h.End
}
