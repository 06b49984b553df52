package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/config"
	"github.com/pixeltales/pixelload/internal/guard"
	"github.com/pixeltales/pixelload/internal/guard/guardtest"
)

// allowing is a configuration file that allows staging with the caps.
func allowing(t *testing.T, caps string) string {
	t.Helper()
	return file(t, config.Name, "allow:\n  - host: "+guardtest.StagingName+"\n    ports: [8000]\n"+caps+"  - {host: turns.example, ports: [8000]}\n", 0o644)
}

// staging is another machine in the test's network: what comes there goes on to
// app, and is counted. It confirms as the name.
type staging struct {
	mu       sync.Mutex
	requests map[string]int // by path; the sockets' without what follows /ws/
	seconds  map[int64]int  // how many in each
}

func (s *staging) handler(name, app string) http.Handler {
	u, _ := url.Parse(app)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(u) }}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path
		if strings.HasPrefix(path, "/ws/") {
			path = "/ws/"
		}
		s.mu.Lock()
		s.requests[path]++
		s.seconds[time.Now().Unix()]++
		s.mu.Unlock()
		switch {
		case path == guard.WellKnown:
			fmt.Fprintln(w, guard.Token(name))
		case app == "" && path == "/ws/":
			http.Redirect(w, r, "http://"+guardtest.Stranger+":8000/ws/", http.StatusFound)
		case app == "":
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintln(w, `{}`)
		default:
			proxy.ServeHTTP(w, r)
		}
	})
}

func newStaging() *staging { return &staging{requests: map[string]int{}, seconds: map[int64]int{}} }

// users starts the k6 with the extension on scenarios/check.js, without
// pixelload, for a moment.
func users(t *testing.T, target, configuration string, env ...string) (code int, said string) {
	t.Helper()
	c := exec.Command(k6(t), "run", "--quiet", "--no-usage-report", "--address", "", "../../scenarios/check.js")
	c.Env = append([]string{
		"HOME=" + t.TempDir(), "K6_AUTO_EXTENSION_RESOLUTION=false", config.Variable + "=" + configuration, "PIXELTALES_URL=" + target, "PIXELTALES_SECRET_KEY=canary",
		`PIXELTALES_PHASES=[{"name":"a","users":2,"warmup_seconds":0,"hold_seconds":4}]`, "PIXELTALES_ACCOUNTS=" + threeAccounts(t),
	}, env...)
	out, _ := c.CombinedOutput()
	return c.ProcessState.ExitCode(), string(out)
}

func threeAccounts(t *testing.T) string {
	t.Helper()
	return file(t, "accounts.json", `{"users":[{"id":1},{"id":2},{"id":3}]}`, 0o600)
}

// TestProgramsRefuse: pixelload and plain k6 both, with exit code 4, the reason
// and the steps, and before a byte is sent.
func TestProgramsRefuse(t *testing.T) {
	long(t)
	n := guardtest.Enter(t)
	if n == nil {
		return
	}
	n.Name("other.example", guardtest.Stranger)
	n.Serve(":8000", newStaging().handler(guardtest.StagingName, ""))
	n.Serve(guardtest.Metadata+":80", newStaging().handler(guardtest.Metadata, ""))
	allowed := allowing(t, "")
	for _, row := range []struct{ name, target, env, says string }{
		{"another host", "http://other.example:8000", "", "allow: [{host: "},
		{"its IP", "http://203.0.113.7:8000", "", "203.0.113.7 is not a loopback address"},
		{"IPv6", "http://[2001:db8::7]:8000", "", "2001:db8::7 is not a loopback address"},
		{"the allowed host's IP", "http://198.51.100.7:8000", "", "198.51.100.7 is not a loopback address"},
		{"userinfo", "http://" + guardtest.StagingName + ":canary@203.0.113.7:8000", "", "names a user"},
		{"IDN", "http://sтaging.example:8000", "", "no plain host name"},
		{"look-alike", "http://staging.exarnple:8000", "", "cannot be resolved"},
		{"trailing dot", "http://staging.example.:8000", "", "no plain host name"},
		{"upper case", "http://Staging.example:8000", "", "no plain host name"},
		{"decimal", "http://3405803783:8000", "", "no plain host name"},
		{"octal", "http://0313.0.0161.07:8000", "", "no plain host name"},
		{"0.0.0.0", "http://0.0.0.0:8000", "", "cannot be allowed"},
		{"link-local", "http://[fe80::7]:8000", "", "cannot be allowed"},
		{"metadata", "http://169.254.169.254", "", "cannot be allowed"},
		{"file", "file:///etc/passwd", "", "does not begin with http"},
		{"unix", "unix:///run/web.sock", "", "does not begin with http"},
		{"a port not allowed", "http://staging.example:8001", "", "on the ports [8000] only"},
		{"a proxy", "http://staging.example:8000", "HTTP_PROXY=http://me:canary@127.0.0.1:8000", "proxy, 127.0.0.1:8000"},
	} {
		t.Run(row.name, func(t *testing.T) {
			refused := func(who string, code int, said string) {
				t.Helper()
				if code != exitRefused || !strings.Contains(strings.ReplaceAll(said, `\"`, `"`), row.says) || strings.Contains(said, "canary") {
					t.Errorf("%s: exit code %d, want %d and %q; it said %s", who, code, exitRefused, row.says, said)
				}
			}
			n.Unsent(t, func() {
				p := pixelload(t, "check", "--quick", "--config", allowed, "--url", row.target, "--pid", strconv.Itoa(os.Getpid()), "--budget", "400MiB", "--accounts", threeAccounts(t), "--users", "2", "--out", t.TempDir())
				p.Env = append(p.Env, row.env)
				p.begin(t)
				refused("pixelload", p.exit(t), p.stderr.String())
			})
			n.Unsent(t, func() {
				code, said := users(t, row.target, allowed, row.env)
				refused("k6", code, said)
			})
		})
	}
}

// TestUsersAreLedNowhere: a host that confirms, and then sends its users
// elsewhere: by a redirect, by a handshake's, by its name.
func TestUsersAreLedNowhere(t *testing.T) {
	long(t)
	n := guardtest.Enter(t)
	if n == nil {
		return
	}
	stranger, own := newStaging(), newStaging()
	n.Serve(guardtest.Stranger+":8000", stranger.handler("turns.example", ""))
	n.Serve("127.0.0.1:8000", own.handler("turns.example", ""))
	asked := newStaging()
	answers := asked.handler(guardtest.StagingName, "")
	n.Serve(guardtest.Staging+":8000", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Host == "turns.example:8000":
			fmt.Fprintln(w, guard.Token("turns.example"))
		case strings.HasPrefix(r.URL.Path, "/api/stories"):
			asked.mu.Lock()
			asked.requests["led"]++
			asked.mu.Unlock()
			http.Redirect(w, r, "http://"+guardtest.Stranger+":8000"+r.URL.Path, http.StatusFound)
		default:
			answers.ServeHTTP(w, r)
		}
	}))
	allowed := allowing(t, "")
	if code, said := users(t, "http://"+guardtest.StagingName+":8000", allowed); code == exitRefused {
		t.Errorf("exit code %d: %s", code, said)
	}
	if asked.requests["led"] == 0 || asked.requests["/ws/"] == 0 {
		t.Errorf("%v: want redirects and handshakes to have been tried", asked.requests)
	}
	for _, address := range []string{guardtest.Stranger, "127.0.0.1"} {
		n.Name("turns.example", guardtest.Staging, address)
		if code, said := users(t, "http://turns.example:8000", allowed); code == 0 || code == exitRefused {
			t.Errorf("exit code %d: %s", code, said)
		}
	}
	if len(stranger.requests)+len(own.requests) != 0 {
		t.Errorf("requests came where nobody was to go: %v, %v", stranger.requests, own.requests)
	}
	p := pixelload(t, quick(t.TempDir(), "--config", allowed, "--url", "http://"+guardtest.StagingName+":8000", "--pid", strconv.Itoa(os.Getpid()), "--budget", "400MiB", "--accounts", threeAccounts(t))...)
	p.Env = append(p.Env, secretVariable+"=canary")
	p.expect(t, exitRefused)
	if !strings.Contains(p.stderr.String(), "redirects to 203.0.113.7:8000") {
		t.Errorf("pixelload says %s", &p.stderr)
	}
}

// TestMemoryOfAnother: what is loaded is what is read. On this machine who
// listens tells; on another, that it is busy when it is asked.
func TestMemoryOfAnother(t *testing.T) {
	long(t)
	n := guardtest.Enter(t)
	if n == nil {
		return
	}
	a := runningApp(t, 512<<20)
	n.Serve(guardtest.Staging+":8000", newStaging().handler(guardtest.StagingName, a.URL()))
	idle := exec.Command("sleep", "600")
	if err := idle.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = idle.Process.Kill()
		_ = idle.Wait()
	}()
	for url, says := range map[string]string{
		a.URL(): "is not served by process",
		"http://" + guardtest.StagingName + ":8000": "its memory is another's",
	} {
		p := pixelload(t, quick(t.TempDir(), "--url", url, "--pid", strconv.Itoa(idle.Process.Pid), "--budget", "400MiB", "--accounts", a.accounts, "--config", allowing(t, ""))...)
		p.Env = append(p.Env, secretVariable+"="+theirSecret)
		p.expect(t, exitRefused)
		if !strings.Contains(p.stderr.String(), says) {
			t.Errorf("%s: %s", url, &p.stderr)
		}
	}
}

// TestAllowedHostIsLoaded, once it confirms, and not above its caps.
func TestAllowedHostIsLoaded(t *testing.T) {
	long(t)
	n := guardtest.Enter(t)
	if n == nil {
		return
	}
	a := runningApp(t, 512<<20)
	target, s := "http://"+guardtest.StagingName+":8000", newStaging()
	n.Serve(guardtest.Staging+":8000", s.handler(guardtest.StagingName, a.URL()))
	check := func(caps string, more ...string) *program {
		p := pixelload(t, a.check(t.TempDir(), append(more, "--url", target, "--config", allowing(t, caps))...)...)
		p.Env = append(p.Env, secretVariable+"="+theirSecret)
		return p
	}
	const rate = 20
	caps := fmt.Sprintf("    users: 3\n    rate: %d\n    minutes: 1\n", rate)

	for _, row := range []struct {
		args []string
		says string
	}{
		{[]string{"--users", "0,4"}, "4 users are more than the 3"},
		{[]string{"--hold", "50s"}, "minutes are more than the 1"},
	} {
		p := check(caps, row.args...)
		p.expect(t, exitRefused)
		if !strings.Contains(p.stderr.String(), row.says) || len(s.requests) != 1 {
			t.Errorf("%v: %s; it was asked for %v", row.args, &p.stderr, s.requests)
		}
	}
	clear(s.requests)
	p := check(caps, "--hold", "12s")
	p.expect(t, 0)
	if !strings.Contains(p.stdout.String(), "PASS") || s.requests["/api/stories/"] < 3 || s.requests["/ws/"] < 6 {
		t.Errorf("%v; the table:\n%s", s.requests, &p.stdout)
	}
	if s.requests[guard.WellKnown] != 2 {
		t.Errorf("pixelload and its users asked %d times whether they may", s.requests[guard.WellKnown])
	}
	told(t, p, t.TempDir(), theirSecret, a.manifest.Password)
	for second, n := range s.seconds {
		if n > 2*rate { // what was saved up for a second, and that second's own
			t.Errorf("%d requests in second %d, and %d are allowed", n, second, rate)
		}
	}
}

// TestLoadEndsBeforeTheKernelWould where others may work: at 5 % of headroom.
func TestLoadEndsBeforeTheKernelWould(t *testing.T) {
	long(t)
	n := guardtest.Enter(t)
	if n == nil {
		return
	}
	a := runningApp(t, 512<<20)
	n.Serve(guardtest.Staging+":8000", newStaging().handler(guardtest.StagingName, a.URL()))
	dir := t.TempDir()
	// By its process nobody knows a limit: the budget is what the headroom is of.
	p := pixelload(t, quick(dir, "--url", "http://"+guardtest.StagingName+":8000", "--pid", strconv.Itoa(a.PID()), "--budget", "96MiB", "--accounts", a.accounts,
		"--config", allowing(t, "    rate: 100\n"), "--hold", "40s", "--users", "0,10")...)
	p.Env = append(p.Env, secretVariable+"="+theirSecret)
	p.expectNot(t, 0) // it came to the budget or near it: fail, or cannot tell
	r := readRun(t, dir)
	if r.End.Outcome != "stopped" || !strings.Contains(strings.Join(r.End.Reasons, " "), "U came to 91 MiB") {
		t.Errorf("end = %+v, want the load ended before the kernel ended the target", r.End)
	}
	if !bytes.Contains([]byte(p.stdout.String()), []byte("91 MiB")) {
		t.Errorf("the table does not say why:\n%s", &p.stdout)
	}
	select {
	case <-a.Done():
		t.Error("the target was killed")
	default:
	}
}
