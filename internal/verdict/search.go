package verdict

import (
	"fmt"
	"slices"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/phase"
	"github.com/pixeltales/pixelload/internal/run"
)

// Capacity is what a search found: how many users fit into the limit, and with
// how many the service is kept.
type Capacity struct {
	Variant    string  `json:"variant"`
	Data       string  `json:"data"`
	LimitBytes int64   `json:"limit_bytes"`
	CPUs       float64 `json:"cpus,omitempty"` // 0: unthrottled
	// N is the number of fresh starts.
	N       int    `json:"n"`
	Memory  Bounds `json:"memory_users"`
	Service Bounds `json:"service_users"`
}

// searched returns what a search found; nil where nothing was searched for.
func searched(trials []*trial) *Capacity {
	if len(trials) == 0 || !trials[0].run.Header.Search {
		return nil
	}
	h := trials[0].run.Header
	c := &Capacity{Variant: h.Variant, Data: h.Data.Name, LimitBytes: h.LimitBytes, CPUs: h.CPUs, N: len(trials)}
	c.Memory = roomOf(claim.Plan{MemoryBytes: h.LimitBytes}, trials)
	for _, users := range crowdsOf(trials) {
		switch s := servedAt(users, trials); {
		case users == 0:
		case s.bad > 0 && c.Service.Fails == nil:
			c.Service.Fails = &users
		case s.kept() && c.Service.Fails == nil:
			c.Service.Holds = &users
		}
	}
	return c
}

// roomOf is how many users fit into the plan's memory, as far as each trial
// shows: what one of them failed at does not fit.
func roomOf(plan claim.Plan, trials []*trial) Bounds {
	var all Bounds
	for _, t := range trials {
		if b := t.room(plan); b.Fails != nil && (all.Fails == nil || *b.Fails < *all.Fails) {
			all.Fails = b.Fails
		}
	}
	for _, t := range trials {
		b := t.room(plan)
		if b.Holds != nil && (all.Holds == nil || *b.Holds > *all.Holds) && (all.Fails == nil || *b.Holds < *all.Fails) {
			all.Holds = b.Holds
		}
	}
	return all
}

// room is the most users that t held to the end of a hold, and the fewest at
// which it was killed, or its load ended before that. A trial that cannot tell
// has neither.
func (t *trial) room(plan claim.Plan) (b Bounds) {
	for _, users := range crowdsOf([]*trial{t}) {
		switch f := t.fate(users, plan); {
		case !f.tested || f.why != "":
		case !f.killed && !f.full:
			b.Holds = &users
		case b.Fails == nil:
			b.Fails = &users
		}
	}
	return b
}

// Held returns what one trial shows of how many users fit into its own limit:
// the most that do, and the fewest that don't, 0 for none.
func Held(r *run.Run) (holds, fails int) {
	b := newTrial(r).room(claim.Plan{MemoryBytes: r.Header.LimitBytes})
	if b.Holds != nil {
		holds = *b.Holds
	}
	if b.Fails != nil {
		fails = *b.Fails
	}
	return holds, fails
}

// Shown is what one trial shows of a number of users in the memory of a plan.
type Shown struct {
	Users int
	// Fits says that they were held to the end of their hold. Else the kernel
	// killed the target, or the load was ended before it would have, or under more
	// memory than the plan's the target took as much as that.
	Fits, Killed bool
	// Why says why the trial cannot tell; then neither of them means anything.
	Why string
	// LargestBytes is the largest U until then, Lists how many requests of the
	// public list were answered while they were there; of users who were held.
	LargestBytes int64
	Lists        int
	// Kept and Lost are of the service; neither where nobody could see it.
	Kept, Lost bool
	// How says how the service was lost.
	How string
}

// Shows returns what a trial shows of each number of users that it was to come
// to, ascending. Under a share of the processor it is part of the question that
// the users wait and lose: there the memory is told all the same, as long as the
// answers that fill it were given.
func Shows(r *run.Run, plan claim.Plan) []Shown {
	t := newTrial(r)
	lenient := *t
	if r.Header.CPUs > 0 {
		lenient.flaws = slices.DeleteFunc(slices.Clone(t.flaws), func(f flaw) bool { return f.service })
	}
	var all []Shown
	for _, users := range crowdsOf([]*trial{t}) {
		if users == 0 {
			continue
		}
		at := lenient.fate(users, plan)
		s := Shown{Users: users, Why: at.why, Killed: at.killed}
		if at.over {
			s.Why = ""
		}
		s.Fits = s.Why == "" && !at.killed && !at.full && !at.over
		if h, held := t.held(users); held && s.Fits {
			s.LargestBytes, s.Lists = whole(at.peak), phase.ListsAnswered(r, h.Begin-h.WarmupSeconds, h.End)
			if r.Header.CPUs > 0 && !r.Header.Quick && s.Lists < phase.LeastListRequests {
				s.Fits, s.Why = false, fmt.Sprintf("%s: %d requests of the public list were answered, and %d tell whether memory fits", Crowd(users), s.Lists, phase.LeastListRequests)
			}
		}
		if service := servedAt(users, []*trial{t}); service.n > 0 {
			s.Kept, s.Lost, s.How = service.bad == 0, service.bad > 0, service.how
		}
		all = append(all, s)
	}
	return all
}
