package guard

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
)

// plain is a host name in its one spelling. Other spellings of an address or a
// name, which some programs read one way and some another, are refused.
var plain = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)

// number is a last label that makes some programs read the whole name as an
// address: 127.1, 0x7f.1, 2130706433.
var number = regexp.MustCompile(`(^|\.)(0x[0-9a-f]*|[0-9]+)$`)

// spelling says what is wrong with how a host is written.
func spelling(host string) error {
	addr, err := netip.ParseAddr(host)
	switch {
	case err != nil && (!plain.MatchString(host) || number.MatchString(host)):
		return fmt.Errorf("%q is no plain host name in lower case, such as localhost", host)
	case err != nil:
		return nil
	case addr.Zone() != "" || addr.Is4In6():
		return fmt.Errorf("%q is not a loopback address, nor a plain one", host)
	case addr.String() != host:
		return fmt.Errorf("%q is another spelling of %s", host, addr)
	}
	return nil
}

func prefixes(texts ...string) []netip.Prefix {
	var all []netip.Prefix
	for _, text := range texts {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}

// loopback is this machine, which may always be loaded.
var loopback = prefixes("127.0.0.0/8", "::1/128")

func isHere(addr netip.Addr) bool { return isIn(loopback, addr) }

func isIn(all []netip.Prefix, addr netip.Addr) bool {
	return slices.ContainsFunc(all, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// nobodys are addresses that may not be allowed either: what answers there is
// no application. Behind some of them clouds tell secrets to whoever asks.
var nobodys = prefixes(
	"0.0.0.0/8", "::/128", // no address at all, which some systems take for their own
	"169.254.0.0/16", "fe80::/10", // link-local, with the metadata of most clouds
	"fd00:ec2::254/128", "100.100.100.200/32", "192.0.0.192/32", "168.63.129.16/32", // metadata of the others
	"224.0.0.0/4", "240.0.0.0/4", "ff00::/8", // groups, and what is reserved
	"64:ff9b::/96", "2002::/16", "::ffff:0:0/96", // other addresses in disguise
)

// never says why an address may not even be allowed.
func never(addr netip.Addr) error {
	switch {
	case isHere(addr):
		return fmt.Errorf("%s is this machine, which needs no leave, under the name of another", addr)
	case isIn(nobodys, addr) || addr.Zone() != "":
		return fmt.Errorf("%s is of a kind that cannot be allowed: link-local, metadata, unspecified, multicast or reserved", addr)
	}
	return nil
}

// besides lists what is left of within without the prefixes: halves of it that
// have none of them, and so on.
func besides(within netip.Prefix, without []netip.Prefix) []netip.Prefix {
	overlap := false
	for _, p := range without {
		if p.Overlaps(within) {
			if p.Bits() <= within.Bits() {
				return nil
			}
			overlap = true
		}
	}
	if !overlap {
		return []netip.Prefix{within}
	}
	upper := within.Addr().AsSlice()
	upper[within.Bits()/8] |= 0x80 >> (within.Bits() % 8)
	addr, _ := netip.AddrFromSlice(upper) // it has the length of an address
	return append(besides(netip.PrefixFrom(within.Addr(), within.Bits()+1), without),
		besides(netip.PrefixFrom(addr, within.Bits()+1), without)...)
}
