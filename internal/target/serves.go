package target

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/pixeltales/pixelload/internal/guard"
	"github.com/pixeltales/pixelload/internal/memory"
)

// Serves refuses to load a target on this machine that is not what listens at
// the URL: one program would be loaded and another one's memory judged. Nor is
// what listens on loopback always on this machine: it may be a tunnel to one where
// others work.
func (t *Attached) Serves(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return fmt.Errorf("reading the target's address: %w", err)
	}
	at := func(bound netip.AddrPort) bool { return receives(bound, u) }
	if t.boxed != nil {
		if t.boxed.Here && slices.ContainsFunc(t.boxed.Published, at) {
			return nil
		}
		if len(t.pids()) == 0 {
			return t.notThere(address, "it publishes no such port on this machine")
		}
	}
	sockets, err := listeners(at)
	switch pids := t.pids(); {
	case err != nil:
		return err
	case len(sockets) == 0:
		return t.notThere(address, "nobody listens there, or another network's ports are sent on from it")
	case len(pids) == 0:
		return nil // beside a container its processes cannot be seen
	default:
		for _, socket := range sockets {
			if !owns(pids, socket) {
				return t.notThere(address, holder(socket)+" listens there, which may lead to another machine")
			}
		}
	}
	return nil
}

func (t *Attached) notThere(address, why string) error {
	return fmt.Errorf("%s is not served by %s, whose memory would be read: %s: %w: name what listens there with --container, --cgroup or --pid, or give the URL at which it listens itself",
		address, t.name, why, guard.ErrRefused)
}

// receives says whether what is sent to the URL, on loopback, comes to a socket
// that is bound to the address.
func receives(bound netip.AddrPort, u *url.URL) bool {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	addr, err := netip.ParseAddr(u.Hostname())
	named := err != nil && bound.Addr().IsLoopback()
	return strconv.Itoa(int(bound.Port())) == port && (bound.Addr().IsUnspecified() || named || bound.Addr() == addr)
}

// Spent returns the processor time that the target's processes took so far;
// false when none of them can be seen from here.
func (t *Attached) Spent() (spent time.Duration, seen bool) {
	for _, pid := range t.pids() {
		if stat, err := memory.ReadProcess(proc, pid); err == nil {
			spent, seen = spent+stat.CPU, true
		}
	}
	return spent, seen
}
