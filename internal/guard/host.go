package guard

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
)

// Host is one that may be loaded although it is not this machine, once it
// confirms that itself.
type Host struct {
	Name  string   // as it stands in the address: a plain name, or an IP address
	Ports []uint16 // one at least
	Caps  Caps
}

// Caps bound what is done to a host that is not this machine. A zero is the
// usual cap of its kind.
type Caps struct {
	Users   int     // at a time
	Rate    float64 // requests and handshakes a second, of all users together
	Minutes float64 // length of a run
}

// Usual are the caps of a host that is given none, and Most the highest that a
// host can be given.
var (
	Usual = Caps{Users: 20, Rate: 20, Minutes: 30}
	Most  = Caps{Users: 200, Rate: 500, Minutes: 240}
)

// fullAt is the share of its memory at which a target that others may use is
// loaded no more: the next large answer could get it killed.
const fullAt = 0.95

// StopAt is the use of memory at which the load of such a target ends, in bytes.
func StopAt(limit int64) int64 { return int64(fullAt * float64(limit)) }

// Validate says what is wrong with the host.
func (h Host) Validate() error {
	switch {
	case h.Name == "":
		return errors.New("host is missing")
	case len(h.Ports) == 0:
		return fmt.Errorf("%s: ports is missing: write those that may be loaded, as [443]", h.Name)
	case slices.Contains(h.Ports, 0):
		return fmt.Errorf("%s: 0 is no port", h.Name)
	}
	if err := spelling(h.Name); err != nil {
		return err
	}
	if addr, err := netip.ParseAddr(h.Name); err == nil {
		if err := never(addr); err != nil {
			return err
		}
	}
	return h.Caps.validate()
}

func (c Caps) validate() error {
	switch {
	case c.Users < 0 || c.Users > Most.Users:
		return fmt.Errorf("users: %d: write a number from 1 to %d", c.Users, Most.Users)
	case !(c.Rate >= 0 && c.Rate <= Most.Rate):
		return fmt.Errorf("rate: %g: write requests a second up to %g", c.Rate, Most.Rate)
	case !(c.Minutes >= 0 && c.Minutes <= Most.Minutes):
		return fmt.Errorf("minutes: %g: write a length up to %g", c.Minutes, Most.Minutes)
	}
	return nil
}

// Bounded are the host's caps, with the usual ones for those it was not given.
func (h Host) Bounded() Caps {
	return Caps{
		Users:   cmp.Or(h.Caps.Users, Usual.Users),
		Rate:    cmp.Or(h.Caps.Rate, Usual.Rate),
		Minutes: cmp.Or(h.Caps.Minutes, Usual.Minutes),
	}
}
