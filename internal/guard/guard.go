// Package guard keeps users away from everything but this machine: what loads
// a stranger's server is an attack, whoever meant it.
//
// A target is refused before a byte is sent to it, and every later dial is
// checked again, because a name may resolve elsewhere the second time and an
// answer may redirect.
package guard

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// ErrRefused is in the chain of every refusal.
var ErrRefused = errors.New("refused: only this machine's own loopback addresses may be loaded, such as http://127.0.0.1:8000")

// A Resolver looks up a host's addresses: a net.Resolver.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// plain is a host name in its one spelling. Other spellings of an address or a
// name, which some programs read one way and some another, are refused.
var plain = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)

// number is a last label that makes some programs read the whole name as an
// address: 127.1, 0x7f.1, 2130706433.
var number = regexp.MustCompile(`(^|\.)(0x[0-9a-f]*|[0-9]+)$`)

// Check returns the target's address without a trailing slash, or why it may
// not be loaded.
func Check(ctx context.Context, resolver Resolver, address string) (string, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return "", refuse("it cannot be read as an address") // not quoted: it may hold a password
	case u.Scheme != "http" && u.Scheme != "https":
		return "", refuse("%q does not begin with http:// or https://", u.Scheme)
	case u.User != nil:
		return "", refuse("the address names a user before the host")
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
		return "", refuse("the address goes on behind the host: write %s://%s", u.Scheme, u.Host)
	}
	if err := checkHost(ctx, resolver, u.Hostname()); err != nil {
		return "", err
	}
	return u.Scheme + "://" + u.Host, nil
}

func checkHost(ctx context.Context, resolver Resolver, host string) error {
	if addr, err := netip.ParseAddr(host); err == nil {
		if addr.String() != host {
			return refuse("%q is another spelling of %s", host, addr)
		}
		return checkAddr(host, addr)
	}
	if !plain.MatchString(host) || number.MatchString(host) {
		return refuse("%q is no plain host name in lower case, such as localhost", host)
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	addrs, err := resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return refuse("%s cannot be resolved: %v", host, err)
	}
	if len(addrs) == 0 {
		return refuse("%s has no address", host)
	}
	for _, addr := range addrs {
		if err := checkAddr(host, addr.Unmap()); err != nil {
			return err
		}
	}
	return nil
}

func checkAddr(host string, addr netip.Addr) error {
	for _, own := range loopback {
		if own.Contains(addr) {
			return nil
		}
	}
	if host == addr.String() {
		return refuse("%s is not a loopback address", addr)
	}
	return refuse("%s resolves to %s, which is not a loopback address", host, addr)
}

func refuse(format string, args ...any) error {
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), ErrRefused)
}

// loopback is all that may be loaded.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// Dial is a net.Dialer's Control function: it refuses, when the name has been
// resolved and before a byte is sent, every address that may not be loaded.
func Dial(network, address string, _ syscall.RawConn) error {
	addr, err := netip.ParseAddrPort(address)
	if err != nil || !strings.HasPrefix(network, "tcp") {
		return refuse("%s %s is no TCP address", network, address)
	}
	return checkAddr(addr.Addr().String(), addr.Addr())
}

// Dialer returns a dialer that reaches this machine only.
func Dialer() *net.Dialer { return &net.Dialer{Control: Dial} }

// Elsewhere lists all addresses that may not be loaded, for k6's own guard.
func Elsewhere() []netip.Prefix {
	var all []netip.Prefix
	for _, own := range loopback {
		all = append(all, besides(own)...)
	}
	return all
}

// besides lists the prefixes that make up everything but p: for each of its
// bits, what has the same bits before it and the other one there.
func besides(p netip.Prefix) []netip.Prefix {
	var others []netip.Prefix
	for bit := range p.Bits() {
		bytes := p.Addr().AsSlice()
		bytes[bit/8] ^= 0x80 >> (bit % 8)
		addr, _ := netip.AddrFromSlice(bytes) // it has the length of an address
		others = append(others, netip.PrefixFrom(addr, bit+1).Masked())
	}
	return others
}
