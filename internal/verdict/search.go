package verdict

import (
	"github.com/pixeltales/pixelload/internal/claim"
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
