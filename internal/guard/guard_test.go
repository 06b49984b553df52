package guard

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// hosts answers for a resolver. A name that is not there does not exist.
type hosts map[string][]string

func (h hosts) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	texts, ok := h[host]
	if !ok {
		return nil, fmt.Errorf("lookup %s: no such host", host)
	}
	var addrs []netip.Addr
	for _, text := range texts {
		addrs = append(addrs, netip.MustParseAddr(text))
	}
	return addrs, nil
}

var names = hosts{
	"localhost":      {"127.0.0.1", "::1"},
	"web.test":       {"::ffff:127.0.0.1"}, // as some resolvers write it
	"mixed.test":     {"127.0.0.1", "203.0.113.7"},
	"outside.test":   {"203.0.113.7"},
	"empty.test":     {},
	"127.1":          {"127.0.0.1"}, // as a C library would
	"2130706433":     {"127.0.0.1"},
	"0x7f000001":     {"127.0.0.1"},
	"0177.0.0.1":     {"127.0.0.1"},
	"localhost.":     {"127.0.0.1"},
	"LOCALHOST":      {"127.0.0.1"},
	"locаlhost":      {"127.0.0.1"}, // with a Cyrillic letter
	"localhost.evil": {"203.0.113.7"},
}

func TestAdmit(t *testing.T) {
	for _, row := range []struct{ in, want, why string }{
		{in: "http://127.0.0.1:8000", want: "http://127.0.0.1:8000"},
		{in: "http://127.0.0.1:8000/", want: "http://127.0.0.1:8000"},
		{in: "http://127.8.9.10:8000", want: "http://127.8.9.10:8000"},
		{in: "https://[::1]:8000", want: "https://[::1]:8000"},
		{in: "http://localhost", want: "http://localhost"},
		{in: "http://web.test:81", want: "http://web.test:81"},

		{in: "http://outside.test:8000", why: "outside.test resolves to 203.0.113.7"},
		{in: "http://203.0.113.7:8000", why: "203.0.113.7 is not a loopback address"},
		{in: "http://[2001:db8::7]:8000", why: "2001:db8::7 is not a loopback"},
		{in: "http://mixed.test", why: "resolves to 203.0.113.7"},
		{in: "http://empty.test", why: "has no address"},
		{in: "http://unknown.test", why: "cannot be resolved"},
		{in: "http://localhost.evil", why: "resolves to 203.0.113.7"},
		{in: "http://0.0.0.0:8000", why: "0.0.0.0 is not a loopback"},
		{in: "http://[::]:8000", why: ":: is not a loopback"},
		{in: "http://169.254.169.254", why: "not a loopback"},
		{in: "http://[fe80::1]:8000", why: "not a loopback"},
		{in: "http://[fe80::1%25lo]:8000", why: "not a loopback"},
		{in: "http://[::1%25lo]:8000", why: "not a loopback"},
		{in: "http://192.168.1.2", why: "not a loopback"},
		{in: "http://[::ffff:127.0.0.1]:8000", why: "not a loopback"},
		{in: "http://[::ffff:7f00:1]:8000", why: "nor a plain one"},
		{in: "http://[0:0:0:0:0:0:0:1]:8000", why: "another spelling"},
		{in: "http://127.1:8000", why: "no plain host name"},
		{in: "http://2130706433", why: "no plain host name"},
		{in: "http://0x7f000001", why: "no plain host name"},
		{in: "http://0177.0.0.1", why: "no plain host name"},
		{in: "http://localhost.:8000", why: "no plain host name"},
		{in: "http://LOCALHOST:8000", why: "no plain host name"},
		{in: "http://locаlhost:8000", why: "no plain host name"},
		{in: "http://127.0.0.1@203.0.113.7", why: "names a user"},
		{in: "http://u:canary@127.0.0.1", why: "names a user"},
		{in: "http://127.0.0.1:8000/admin", why: "write http://127.0.0.1:8000"},
		{in: "http://127.0.0.1:8000?x=1", why: "goes on behind the host"},
		{in: "file:///etc/passwd", why: "does not begin with http"},
		{in: "unix:/run/web.sock", why: "does not begin with http"},
		{in: "127.0.0.1:8000", why: "cannot be read as an address"},
		{in: "localhost:8000", why: "does not begin with http"},
		{in: "http://u:canary@[", why: "cannot be read as an address"},
		{in: "http://", why: "no plain host name"},
		{in: "", why: "does not begin with http"},
	} {
		pass, err := Guard{Resolver: names}.Admit(t.Context(), row.in)
		got := pass.URL
		if row.want != "" {
			if err != nil || got != row.want {
				t.Errorf("Admit(%q) = %q, %v; want %q", row.in, got, err, row.want)
			}
			continue
		}
		if !errors.Is(err, ErrRefused) || got != "" {
			t.Errorf("Admit(%q) = %q, %v; want a refusal", row.in, got, err)
			continue
		}
		if !strings.Contains(err.Error(), row.why) {
			t.Errorf("Admit(%q): %v; want %q", row.in, err, row.why)
		}
		if strings.Contains(err.Error(), "canary") {
			t.Errorf("Admit(%q) tells the password: %v", row.in, err)
		}
	}
}

// Every address is either this machine's or elsewhere, and never both.
func TestElsewhereIsAllTheRest(t *testing.T) {
	elsewhere := Here("").Elsewhere()
	if len(elsewhere) != 8+128 {
		t.Fatalf("%d prefixes, want one for each bit of the two", len(elsewhere))
	}
	check := func(addr netip.Addr) {
		t.Helper()
		n := 0
		for _, p := range elsewhere {
			if p.Contains(addr) {
				n++
			}
		}
		if n > 1 || (n == 0) != addr.IsLoopback() {
			t.Errorf("%s is in %d of the prefixes", addr, n)
		}
	}
	for _, text := range []string{"127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0", "0.0.0.0", "255.255.255.255", "::", "::1", "::2", "fe80::1"} {
		check(netip.MustParseAddr(text))
	}
	r := rand.New(rand.NewPCG(1, 1))
	for range 1000 {
		var a [16]byte
		for i := range a {
			a[i] = byte(r.Uint32())
		}
		check(netip.AddrFrom16(a))
		check(netip.AddrFrom4([4]byte(a[:4])))
	}
}

// The dialer looks at what a name resolved to, whatever was checked before.
func TestDialRefusesRedirects(t *testing.T) {
	server := httptest.NewServer(http.RedirectHandler("http://203.0.113.7:8000/", http.StatusFound))
	defer server.Close()
	client := Here(server.URL).Client(time.Second)
	if _, err := client.Get(server.URL); !errors.Is(err, ErrRefused) {
		t.Errorf("a redirect elsewhere: %v, want a refusal", err)
	}
	if err := Here(server.URL).Dial("udp4", "127.0.0.1:53", nil); !errors.Is(err, ErrRefused) {
		t.Errorf("UDP: %v, want a refusal", err)
	}
	if err := Here(server.URL).Dial("unix", "/run/web.sock", nil); !errors.Is(err, ErrRefused) {
		t.Errorf("a local socket: %v, want a refusal", err)
	}
}

var _ Resolver = (*net.Resolver)(nil)
