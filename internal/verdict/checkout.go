package verdict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pixeltales/pixelload/internal/phase"
	"github.com/pixeltales/pixelload/internal/run"
)

// Checkout is what the trials say of somebody's checkout: how it was run, what
// users did without, and whom it tried to reach.
type Checkout struct {
	run.Checkout
	// Dials are the hosts and ports elsewhere that the app tried to reach.
	Dials []string `json:"dials"`
}

// checkoutOf joins what all trials say; nil where none is of a checkout.
func checkoutOf(trials []*trial) *Checkout {
	var c *Checkout
	for _, t := range trials {
		about := t.run.Header.Checkout
		if about == nil {
			continue
		}
		if c == nil {
			c = &Checkout{Checkout: *about, Dials: []string{}}
			c.Capabilities = []run.Capability{}
		}
		c.Add(about.Capabilities...)
		c.hear(t.run)
	}
	return c
}

// hear adds what happened in a trial.
func (c *Checkout) hear(r *run.Run) {
	for _, e := range r.Events {
		switch e.Kind {
		case run.EventDial:
			if !slices.Contains(c.Dials, e.Text) {
				c.Dials = append(c.Dials, e.Text)
			}
		case run.EventOpen:
			c.NotIsolated = e.Text
		case run.EventUntouched:
			if r.Header.NoSockets && strings.HasPrefix(e.Text, "socket_") {
				continue // the variant's own lack
			}
			c.Add(run.Capability{What: e.Text, Why: "it did not answer as expected when it was touched", Costs: "idle was measured without it"})
		}
	}
	for _, name := range skipped(r, "") {
		c.Add(run.Capability{What: name, Why: "the target has no such endpoint", Costs: "users skip it"})
	}
}

// skipped are the calls that users left out in the phase, because nothing was
// there; of "", in the whole trial.
func skipped(r *run.Run, phase string) (names []string) {
	for _, u := range r.Users {
		if phase != "" && u.Phase != phase {
			continue
		}
		for name := range u.Skipped {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// lacks is what the trial's users did without, by the names of the calls.
func (t *trial) lacks() []string {
	names := skipped(t.run, "")
	if t.lacksSockets() {
		names = append(names, "sockets")
	}
	return names
}

// lacksSockets reports that users would have opened sockets, and the checkout's
// application has none.
func (t *trial) lacksSockets() bool {
	c := t.run.Header.Checkout
	return c != nil && c.NoSockets && !t.without("sockets")
}

// lackFlaws say that users did without what most of the load is made of: the
// level is another app's. Where visits are counted it is their count that
// matters, and whoever compares looks at what both sides lack.
func (t *trial) lackFlaws(h phase.Hold) (flaws []flaw) {
	add := func(format string, args ...any) {
		f := voids(format, args...)
		if h.Visits > 0 {
			f.weight = finding
		}
		flaws = append(flaws, f)
	}
	for _, name := range skipped(t.run, h.Name) {
		if name == phase.ListRequest || name == "login" {
			add("the users did without %s, as a page and no API answered 404: what memory is with it is not known", name)
		}
	}
	if t.lacksSockets() {
		add("the users did without sockets, as the application has none: --variant no-websockets measures it on a server without")
	}
	return flaws
}

// refusal is why the checkout cannot be the variant; "" where it can.
func (c *Checkout) refusal(variant string) string {
	if c == nil {
		return ""
	}
	for _, capability := range c.Capabilities {
		if capability.What == "variant "+variant {
			return fmt.Sprintf("the checkout cannot be it: %s", capability.Why)
		}
	}
	return ""
}
