// Package guard keeps users away from everything but this machine: what loads
// a stranger's server is an attack, whoever meant it.
//
// A target is refused before a byte is sent to it. Another machine's is loaded
// only when the configuration file allows its host and port and the host itself
// confirms it; then its addresses are the only ones that may be dialled. Every
// dial is checked once more when the name has been resolved, because it may
// resolve elsewhere the second time, and an answer may redirect.
package guard

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"time"

	"golang.org/x/net/http/httpproxy"
)

// ErrRefused is in the chain of every refusal.
var ErrRefused = errors.New("refused by the guard")

// A Resolver looks up a host's addresses: a net.Resolver.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Guard decides what may be loaded. The zero value lets this machine pass, and
// nothing else.
type Guard struct {
	Allowed  []Host   // by the configuration file
	Resolver Resolver // nil: the system's
}

// resolving is how long looking up a name may take.
const resolving = 5 * time.Second

// Admit returns the leave to load the target at the address, or why it may not
// be loaded and what would have to be done. Of a host that is not this machine
// it asks, before that, one thing: whether it confirms.
func (g Guard) Admit(ctx context.Context, address string) (Pass, error) {
	u, err := parse(address)
	if err != nil {
		return Pass{}, err
	}
	addrs, err := g.resolve(ctx, u.Hostname())
	if err != nil {
		return Pass{}, err
	}
	if err := noProxy(u); err != nil {
		return Pass{}, err
	}
	stranger := slices.IndexFunc(addrs, func(a netip.Addr) bool { return !isHere(a) })
	if stranger < 0 {
		return Here(origin(u)), nil
	}
	host, err := g.allowed(u, addrs[stranger])
	if err != nil {
		return Pass{}, err
	}
	for _, addr := range addrs {
		if err := never(addr); err != nil {
			return Pass{}, refuse("", "%s: %w", u.Hostname(), err)
		}
	}
	confirmed, err := confirm(ctx, u, addrs)
	if err != nil {
		return Pass{}, err
	}
	return Pass{URL: origin(u), Caps: host.Bounded(), addrs: confirmed}, nil
}

// parse reads a target's address, which is no more than a scheme, a plain host
// and a port.
func parse(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, refuse(plainly, "it cannot be read as an address") // not quoted: it may hold a password
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, refuse(plainly, "%q does not begin with http:// or https://", u.Scheme)
	case u.User != nil:
		return nil, refuse(plainly, "the address names a user before the host")
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, refuse("write "+origin(u), "the address goes on behind the host")
	}
	if err := spelling(u.Hostname()); err != nil {
		return nil, refuse(plainly, "%w", err)
	}
	if _, err := port(u); err != nil {
		return nil, err
	}
	return u, nil
}

const plainly = "write the target as http://127.0.0.1:8000"

func origin(u *url.URL) string { return u.Scheme + "://" + u.Host }

// port is the one that is dialled.
func port(u *url.URL) (uint16, error) {
	text := u.Port()
	switch {
	case text != "" || u.Host != u.Hostname() && u.Host[len(u.Host)-1] == ':':
	case u.Scheme == "https":
		text = "443"
	default:
		text = "80"
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n == 0 || strconv.FormatUint(n, 10) != text {
		return 0, refuse(plainly, "%q is no port", text)
	}
	return uint16(n), nil
}

// resolve returns the host's addresses, one at least.
func (g Guard) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr}, nil
	}
	var resolver Resolver = net.DefaultResolver
	if g.Resolver != nil {
		resolver = g.Resolver
	}
	ctx, cancel := context.WithTimeout(ctx, resolving)
	defer cancel()
	addrs, err := resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, refuse("", "%s cannot be resolved: %w", host, err)
	}
	if len(addrs) == 0 {
		return nil, refuse("", "%s has no address", host)
	}
	for i, addr := range addrs {
		addrs[i] = addr.Unmap()
	}
	return addrs, nil
}

// allowed returns the entry of the configuration file that lets the host be
// loaded, or the steps to such a one. stranger is its address elsewhere.
func (g Guard) allowed(u *url.URL, stranger netip.Addr) (Host, error) {
	name := u.Hostname()
	port, _ := port(u) // it was checked
	what := fmt.Sprintf("%s resolves to %s, which is not a loopback address", name, stranger)
	if name == stranger.String() {
		what = name + " is not a loopback address"
	}
	if err := never(stranger); err != nil {
		return Host{}, refuse("", "%s, and %w", what, err)
	}
	for _, h := range g.Allowed {
		switch {
		case h.Name != name:
		case slices.Contains(h.Ports, port):
			return h, nil
		default:
			what += fmt.Sprintf("; the configuration allows %s on the ports %v only", name, h.Ports)
		}
	}
	return Host{}, refuse(steps(u, port), "%s", what)
}

// steps are what makes the guard let a host pass.
func steps(u *url.URL, port uint16) string {
	return fmt.Sprintf("if it is yours and nobody works on it, write `allow: [{host: %q, ports: [%d]}]` into pixelload.yaml, and %s; docs/safety.md has more", u.Hostname(), port, toConfirm(u))
}

// noProxy refuses a proxy in the environment: what it sends on goes to an
// address that nobody checked.
func noProxy(u *url.URL) error {
	proxy, err := httpproxy.FromEnvironment().ProxyFunc()(u)
	if err != nil {
		return refuse("unset HTTP_PROXY and HTTPS_PROXY", "the proxy in the environment cannot be read") // not quoted, as above
	}
	if proxy != nil {
		return refuse("unset HTTP_PROXY and HTTPS_PROXY, or add the host to NO_PROXY", "the environment sends what goes to %s through a proxy, %s", u.Hostname(), proxy.Host)
	}
	return nil
}

// refuse makes a refusal: why, and what would have to be done; "" where nothing can be.
func refuse(remedy, format string, args ...any) error {
	why := fmt.Errorf(format, args...)
	if remedy == "" {
		return fmt.Errorf("%w: %w", why, ErrRefused)
	}
	return fmt.Errorf("%w: %w: %s", why, ErrRefused, remedy)
}
