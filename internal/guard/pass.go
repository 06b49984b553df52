package guard

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Pass is the leave to load one target. Everything that goes to the target is
// dialled through it, so that nothing goes elsewhere. The zero value has no
// target, and lets nothing but this machine be dialled.
type Pass struct {
	URL  string // of the target, without a trailing slash
	Caps Caps   // on what is done to it; zero on this machine, which has none

	addrs []netip.AddrPort // that have confirmed; nil: this machine's
}

// Here is the leave to load a target on this machine, as everybody has it. The
// URL is not looked at: what it leads to is when it is dialled.
func Here(url string) Pass { return Pass{URL: url} }

// Remote says that the target is not on this machine.
func (p Pass) Remote() bool { return p.addrs != nil }

// Bear refuses a load above the caps.
func (p Pass) Bear(users int, length time.Duration) error {
	switch {
	case !p.Remote():
		return nil
	case users > p.Caps.Users:
		return refuse("use fewer, or raise the host's `users` in pixelload.yaml", "%d users are more than the %d that %s may be loaded with", users, p.Caps.Users, p.URL)
	case length.Minutes() > p.Caps.Minutes:
		return refuse("hold for less, or raise the host's `minutes` in pixelload.yaml", "%.1f minutes are more than the %g that %s may be loaded for", length.Minutes(), p.Caps.Minutes, p.URL)
	}
	return nil
}

// Dial refuses, when a name has been resolved and before a byte is sent, every
// address that is not the target's. It is the Control function of a net.Dialer.
func (p Pass) Dial(network, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	switch {
	case err != nil || !strings.HasPrefix(network, "tcp"):
		return refuse("", "%s %s is no TCP address", network, address)
	case p.Remote() && !slices.Contains(p.addrs, netip.AddrPortFrom(at.Addr().Unmap(), at.Port())):
		return refuse("", "%s is none of the addresses of %s that have confirmed", at, p.URL)
	case !p.Remote() && !isHere(at.Addr()):
		return refuse("", "%s is not a loopback address", at.Addr())
	}
	return nil
}

// Dialer returns a dialer that reaches the target only.
func (p Pass) Dialer() *net.Dialer { return &net.Dialer{Control: p.Dial} }

// Client returns an HTTP client that reaches the target only: through no proxy,
// and following no answer that leads elsewhere.
func (p Pass) Client(timeout time.Duration) *http.Client {
	return &http.Client{
		Transport: &http.Transport{DialContext: p.Dialer().DialContext},
		Timeout:   timeout,
		CheckRedirect: func(next *http.Request, via []*http.Request) error {
			if origin(next.URL) != origin(via[0].URL) {
				return refuse("", "the target redirects to %s, and may lead nobody elsewhere", next.URL.Host)
			}
			if len(via) > 3 {
				return fmt.Errorf("the target redirects in circles, to %s", next.URL.Path)
			}
			return nil
		},
	}
}

// Elsewhere lists all addresses that may not be dialled, for k6's own guard.
func (p Pass) Elsewhere() []netip.Prefix {
	own := loopback
	if p.Remote() {
		own = nil
		for _, at := range p.addrs {
			own = append(own, netip.PrefixFrom(at.Addr(), at.Addr().BitLen()))
		}
	}
	return append(besides(netip.MustParsePrefix("0.0.0.0/0"), own), besides(netip.MustParsePrefix("::/0"), own)...)
}

// only is a dial function that goes to one address, whatever is asked for.
func only(at netip.AddrPort) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return Pass{addrs: []netip.AddrPort{at}}.Dialer().DialContext(ctx, network, at.String())
	}
}
