package verdict

import (
	"github.com/pixeltales/pixelload/internal/capacity"
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
	var found []capacity.Found
	for _, t := range trials {
		holds, fails := t.room()
		found = append(found, capacity.Found{Holds: holds, Fails: fails})
	}
	c.Memory = bounds(capacity.Bounds(found))
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

func bounds(holds, fails int) Bounds {
	var b Bounds
	if holds > 0 {
		b.Holds = &holds
	}
	if fails > 0 {
		b.Fails = &fails
	}
	return b
}

// Held returns what one trial shows of how many users fit into its limit: the
// most that it held to the end of a hold, and the fewest at which it was killed,
// or its load ended before that; 0 for none. A trial that cannot tell has neither.
func Held(r *run.Run) (holds, fails int) { return newTrial(r).room() }

func (t *trial) room() (holds, fails int) {
	plan := claim.Plan{MemoryBytes: t.run.Header.LimitBytes}
	for _, users := range crowdsOf([]*trial{t}) {
		switch f := t.fate(users, plan); {
		case users == 0 || !f.tested || f.why != "":
		case f.killed || f.full:
			if fails == 0 {
				fails = users
			}
		default:
			holds = users
		}
	}
	return holds, fails
}
