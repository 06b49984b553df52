package guard_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/guard"
	"github.com/pixeltales/pixelload/internal/guard/guardtest"
)

const (
	staging   = "http://" + guardtest.StagingName + ":8000"
	elsewhere = "http://" + guardtest.Stranger + ":8000"
)

// ours allows what stands in the network as staging.
var ours = guard.Guard{Allowed: []guard.Host{
	{Name: guardtest.StagingName, Ports: []uint16{8000, 8001}},
	{Name: "turns.example", Ports: []uint16{8000}},
	{Name: "inward.example", Ports: []uint16{8000}},
	{Name: "metadata.example", Ports: []uint16{80}},
	{Name: guardtest.Staging, Ports: []uint16{8000}},
}}

// says is a host that confirms as the name.
func says(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == guard.WellKnown {
			fmt.Fprintln(w, guard.Token(name))
			return
		}
		fmt.Fprintln(w, "loaded")
	})
}

// TestRefusedBeforeAByteIsSent: each in a network where everything would arrive.
func TestRefusedBeforeAByteIsSent(t *testing.T) {
	n := guardtest.Enter(t)
	if n == nil {
		return
	}
	n.Name("other.example", guardtest.Stranger)
	n.Name("inward.example", "127.0.0.1")
	n.Name("metadata.example", guardtest.Metadata)
	n.Name("sтaging.example", guardtest.Staging)
	n.Name("xn--saging-pyf.example", guardtest.Stranger)
	for _, address := range []string{":8000", "[::]:80"} {
		n.Serve(address, says(guardtest.StagingName))
	}
	for _, row := range []struct{ name, address, why string }{
		{"another host", "http://other.example:8000", "other.example resolves to 203.0.113.7"},
		{"its IP", elsewhere, "203.0.113.7 is not a loopback address"},
		{"IPv6", "http://[2001:db8::7]:8000", "2001:db8::7 is not a loopback address"},
		{"IPv4 within IPv6", "http://[::ffff:203.0.113.7]:8000", "not a loopback address"},
		{"the allowed host's IP", "http://198.51.100.8:8000", "198.51.100.8 is not a loopback"},
		{"userinfo before the host", "http://" + guardtest.StagingName + ":8000@203.0.113.7:8000", "names a user"},
		{"userinfo with a password", "http://u:canary@" + guardtest.StagingName + ":8000", "names a user"},
		{"look-alike", "http://staging.exarnple:8000", "cannot be resolved"},
		{"look-alike in front", "http://" + guardtest.StagingName + ".other.example:8000", "cannot be resolved"},
		{"IDN", "http://sтaging.example:8000", "no plain host name"},
		{"IDN in ASCII", "http://xn--saging-pyf.example:8000", "resolves to 203.0.113.7"},
		{"full-width letters", "http://ｓtaging.example:8000", "no plain host name"},
		{"trailing dot", "http://" + guardtest.StagingName + ".:8000", "no plain host name"},
		{"upper case", "http://STAGING.example:8000", "no plain host name"},
		{"decimal", "http://3405803783:8000", "no plain host name"},
		{"octal", "http://0313.0.0161.07:8000", "no plain host name"},
		{"hexadecimal", "http://0xcb007107:8000", "no plain host name"},
		{"few parts", "http://203.28935:8000", "no plain host name"},
		{"0.0.0.0", "http://0.0.0.0:8000", "cannot be allowed"},
		{"::", "http://[::]:8000", "cannot be allowed"},
		{"0", "http://0:8000", "no plain host name"},
		{"link-local", "http://[fe80::7]:8000", "cannot be allowed"},
		{"link-local with its interface", "http://[fe80::7%25lo]:8000", "not a loopback"},
		{"metadata", "http://169.254.169.254", "cannot be allowed"},
		{"metadata under an allowed name", "http://metadata.example", "cannot be allowed"},
		{"metadata of others", "http://[fd00:ec2::254]", "cannot be allowed"},
		{"metadata through a translator", "http://[64:ff9b::a9fe:a9fe]", "cannot be allowed"},
		{"broadcast", "http://255.255.255.255:8000", "cannot be allowed"},
		{"file:", "file:///etc/passwd", "does not begin with http"},
		{"unix:", "unix:///run/web.sock", "does not begin with http"},
		{"no scheme", guardtest.StagingName + ":8000", "does not begin with http"},
		{"backslash", `http://` + guardtest.StagingName + `\@203.0.113.7:8000`, "cannot be read"},
		{"a port not allowed", "http://" + guardtest.StagingName + ":8002", "on the ports [8000 8001] only"},
		{"the scheme's port", "http://" + guardtest.StagingName, "on the ports [8000 8001] only"},
		{"no such port", "http://" + guardtest.StagingName + ":08000", "is no port"},
		{"a port too high", "http://" + guardtest.StagingName + ":99999", "is no port"},
	} {
		t.Run(row.name, func(t *testing.T) {
			n.Unsent(t, func() {
				pass, err := ours.Admit(t.Context(), row.address)
				if !errors.Is(err, guard.ErrRefused) || !strings.Contains(err.Error(), row.why) || strings.Contains(err.Error(), "canary") {
					t.Errorf("Admit(%q) = %v, %v; want a refusal: %s", row.address, pass, err, row.why)
				}
			})
		})
	}
	t.Run("a proxy in the environment", func(t *testing.T) {
		for _, variable := range []string{"HTTP_PROXY", "http_proxy"} {
			t.Setenv(variable, "http://u:canary@127.0.0.1:3128")
			n.Unsent(t, func() {
				if _, err := ours.Admit(t.Context(), staging); !errors.Is(err, guard.ErrRefused) || !strings.Contains(err.Error(), "proxy, 127.0.0.1:3128") || strings.Contains(err.Error(), "canary") {
					t.Errorf("%s: %v", variable, err)
				}
			})
		}
		t.Setenv("NO_PROXY", guardtest.StagingName)
		if _, err := ours.Admit(t.Context(), staging); err != nil {
			t.Errorf("with NO_PROXY: %v", err)
		}
	})
}

// TestConfirmation: what the host answers decides, and nothing else is asked.
func TestConfirmation(t *testing.T) {
	n := guardtest.Enter(t)
	if n == nil {
		return
	}
	var asked []string
	var answer http.HandlerFunc
	n.Serve(guardtest.Staging+":8000", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = append(asked, fmt.Sprintf("%s %s %s %d %q", r.Method, r.Host, r.URL, len(body), r.Header["Authorization"]))
		answer(w, r)
	}))
	var led atomic.Int64
	n.Serve(guardtest.Stranger+":8000", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { led.Add(1) }))
	for _, row := range []struct {
		name string
		do   http.HandlerFunc
		why  string // "" when it confirms
	}{
		{"confirms", says(guardtest.StagingName).ServeHTTP, ""},
		{"among other lines", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, "# who may\n%s\r\n%s\n", guard.Token("other.example"), guard.Token(guardtest.StagingName))
		}, ""},
		{"not there", http.NotFound, "answers with status 404"},
		{"another's", says("production.example").ServeHTTP, "has no such line"},
		{"a page for everything", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, "<p>%s</p>", guard.Token(guardtest.StagingName))
		}, "has no such line"},
		{"too far down", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, "%s\n%s\n", strings.Repeat("x\n", 4<<10), guard.Token(guardtest.StagingName))
		}, "has no such line"},
		{"leads elsewhere", http.RedirectHandler(elsewhere+guard.WellKnown, http.StatusFound).ServeHTTP, "answers with status 302"},
	} {
		asked, answer = nil, row.do
		before := n.Attempts()
		pass, err := ours.Admit(t.Context(), staging)
		want := []string{fmt.Sprintf("GET %s %s 0 []", strings.TrimPrefix(staging, "http://"), guard.WellKnown)}
		if len(asked) != 1 || asked[0] != want[0] || n.Attempts()-before != 1 {
			t.Errorf("%s: asked %q in %d connections, want %q in one", row.name, asked, n.Attempts()-before, want)
		}
		switch {
		case row.why == "" && (err != nil || pass.URL != staging || !pass.Remote()):
			t.Errorf("%s: %+v, %v", row.name, pass, err)
		case row.why != "" && (!errors.Is(err, guard.ErrRefused) || !strings.Contains(err.Error(), row.why) ||
			!strings.Contains(err.Error(), staging+guard.WellKnown) || !strings.Contains(err.Error(), guard.Token(guardtest.StagingName))):
			t.Errorf("%s: %v; want %s, and what would confirm", row.name, err, row.why)
		}
	}
	if led.Load() != 0 {
		t.Errorf("%d requests were led elsewhere", led.Load())
	}
}

// TestRebinding: a name that resolves elsewhere the second time is dialled at
// the address that confirmed, or not at all.
func TestRebinding(t *testing.T) {
	n := guardtest.Enter(t)
	if n == nil {
		return
	}
	n.Serve(guardtest.Staging+":8000", says("turns.example"))
	for _, address := range []string{guardtest.Stranger, "127.0.0.1"} {
		n.Serve(address+":8000", says("turns.example")) // would confirm too
		n.Name("turns.example", guardtest.Staging, address)
		pass, err := ours.Admit(t.Context(), "http://turns.example:8000")
		if err != nil {
			t.Fatal(err)
		}
		n.Unsent(t, func() {
			if _, err := pass.Client(time.Second).Get(pass.URL); !errors.Is(err, guard.ErrRefused) {
				t.Errorf("it resolves to %s now: %v, want a refusal", address, err)
			}
		})
	}
	n.Name("inward.example", "127.0.0.1", guardtest.Stranger)
	pass, err := ours.Admit(t.Context(), "http://inward.example:8000")
	if err != nil || pass.Remote() {
		t.Errorf("a name of this machine: %+v, %v", pass, err)
	}
	n.Unsent(t, func() {
		if _, err := pass.Client(time.Second).Get(pass.URL); !errors.Is(err, guard.ErrRefused) {
			t.Errorf("it is another machine's now: %v, want a refusal", err)
		}
	})
}

// TestLeadingElsewhere: an answer that redirects, and a dial of whatever else.
func TestLeadingElsewhere(t *testing.T) {
	n := guardtest.Enter(t)
	if n == nil {
		return
	}
	var location string
	n.Serve(guardtest.Staging+":8000", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.Redirect(w, r, location, http.StatusFound)
			return
		}
		says(guardtest.StagingName).ServeHTTP(w, r)
	}))
	pass, err := ours.Admit(t.Context(), staging)
	if err != nil {
		t.Fatal(err)
	}
	client := pass.Client(time.Second)
	get := func(to string) error {
		location = to
		r, err := client.Get(staging)
		if err == nil {
			_, err = io.Copy(io.Discard, r.Body)
			r.Body.Close()
		}
		return err
	}
	if err := get("/there"); err != nil {
		t.Errorf("a redirect within the target: %v", err)
	}
	for _, to := range []string{elsewhere, "http://127.0.0.1:8000", "http://" + guardtest.StagingName + ":8001", "https://" + guardtest.StagingName + ":8000", "http://198.51.100.7:8000", "//203.0.113.7"} {
		n.Unsent(t, func() {
			if err := get(to); !errors.Is(err, guard.ErrRefused) {
				t.Errorf("a redirect to %s: %v, want a refusal", to, err)
			}
		})
	}
	n.Unsent(t, func() {
		for _, at := range []string{"203.0.113.7:8000", "198.51.100.7:8001", "127.0.0.1:8000", "[::1]:8000", "[2001:db8::7]:8000"} {
			if _, err := pass.Dialer().DialContext(t.Context(), "tcp", at); !errors.Is(err, guard.ErrRefused) {
				t.Errorf("dialling %s: %v, want a refusal", at, err)
			}
		}
	})
}

// FuzzAdmit: whatever is admitted without a question is what net/url and the
// dialer too take for this machine, whoever spells it how.
func FuzzAdmit(f *testing.F) {
	for _, seed := range []string{
		"http://127.0.0.1:8000", "https://[::1]", "http://localhost", "http://127.0.0.1@203.0.113.7", "http://127.0.0.1#@203.0.113.7", `http://127.0.0.1\@203.0.113.7`,
		"http://0177.0.0.1", "http://[::ffff:127.0.0.1]", "http://127.0.0.1:", "http://127.0.0.1:80:80", "http://localhost%2eexample", "http://a/", "http://①②⑦.0.0.1", "HTTP://127.0.0.1",
	} {
		f.Add(seed)
	}
	here := here{}
	f.Fuzz(func(t *testing.T, address string) {
		pass, err := guard.Guard{Resolver: here}.Admit(t.Context(), address)
		if err != nil {
			if !errors.Is(err, guard.ErrRefused) || pass.URL != "" {
				t.Errorf("Admit(%q) = %+v, %v", address, pass, err)
			}
			return
		}
		for _, text := range []string{address, pass.URL, pass.URL + "/api/words/", "ws" + strings.TrimPrefix(pass.URL, "http") + "/ws/?token=x"} {
			u, err := url.Parse(text)
			if err != nil || u.User != nil {
				t.Fatalf("Admit(%q) lets pass what net/url reads as %v, %v", address, u, err)
			}
			host := u.Hostname()
			ip := net.ParseIP(host)
			if host != "localhost" && (ip == nil || !ip.IsLoopback()) {
				t.Errorf("Admit(%q) lets pass the host %q", address, host)
			}
			port := u.Port()
			if _, err := net.LookupPort("tcp", port); port != "" && err != nil {
				t.Errorf("Admit(%q) lets pass the port %q", address, port)
			}
		}
	})
}

// here knows this machine and nobody else.
type here struct{}

func (here) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	if host != "localhost" {
		return nil, errors.New("no such host")
	}
	return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
}
