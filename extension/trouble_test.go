package extension

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/run"
)

// answering returns a fake server that answers calls by the handler, and holds
// sockets as it should.
func answering(t *testing.T, handler http.HandlerFunc) *fakeServer {
	t.Helper()
	server := newFakeServer(t)
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/ws/") {
			server.socket(w, r)
			return
		}
		handler(w, r)
	})
	return server
}

func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		fmt.Fprint(w, "<html>")
	}
}

func jsonText(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, text)
	}
}

// blanks is 256 MiB of them in some 256 KiB: many times the same packed MiB, as
// to pack them all would take longer than the test.
var blanks = sync.OnceValue(func() []byte {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(bytes.Repeat([]byte(" "), 1<<20))
	_ = w.Close()
	return bytes.Repeat(packed.Bytes(), 256)
})

func bomb(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Encoding", "gzip")
	_, _ = w.Write(blanks())
}

// endless answers one of the calls without an end, the others with little.
func endless(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/collaborate/invites/") {
		jsonText(`{"words":["rot"]}`)(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	letters := []byte(strings.Repeat("x", 1<<20))
	for {
		if _, err := w.Write(letters); err != nil {
			return
		}
	}
}

func cut(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		conn.Close()
	}
}

// hang answers nobody, but gives them the word list for which they would wait longest.
func hang(w http.ResponseWriter, r *http.Request) {
	if strings.Contains(r.URL.Path, "profanity") {
		jsonText(`{"words":["rot"]}`)(w, r)
		return
	}
	_, _ = io.Copy(io.Discard, r.Body) // only then the server notices that the client goes
	<-r.Context().Done()
}

// Whatever a target answers is counted in one class, and the user lives.
func TestTroublesOfCalls(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		answer  http.HandlerFunc
		class   trouble
		seconds float64
	}{
		{"HTML", status(200, "Content-Type", "text/html"), malformed, 1},
		{"nothing", func(http.ResponseWriter, *http.Request) {}, malformed, 1},
		{"broken JSON", jsonText(`{"session":`), malformed, 1},
		{"a gzip bomb", bomb, malformed, 1},
		{"an answer without an end", endless, oversize, 5},
		{"every call fails", status(500), serverError, 1},
		{"unavailable", status(503), serverError, 1},
		{"not found", status(404), rejected, 1},
		{"too many requests", status(429), throttled, 1},
		{"unavailable for a while", status(503, "Retry-After", "1"), throttled, 1},
		{"moved", status(301, "Location", "/elsewhere"), redirected, 1},
		{"cut", cut, unconnected, 1},
		{"no answer", hang, timedOut, 6},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			sums := visitUntil(t, has(inClass(test.class)), answering(t, test.answer), test.seconds, `{}`)
			if sums[inClass(test.class)] == 0 {
				t.Errorf("no trouble %s: %v", test.class, troublesIn(sums))
			}
			for class, n := range troublesIn(sums) {
				// On a busy machine some calls take longer than a page waits.
				if class != inClass(test.class) && class != inClass(heldBack) && class != inClass(timedOut) {
					t.Errorf("%g of %s", n, class)
				}
			}
			if sums["pixeltales_visits_failed"] != 0 {
				t.Error("the visit failed")
			}
		})
	}
}

func inClass(class trouble) string { return "pixeltales_troubles{" + string(class) + "}" }

func troublesIn(sums map[string]float64) map[string]float64 {
	found := map[string]float64{}
	for name, n := range sums {
		if strings.HasPrefix(name, "pixeltales_troubles{") {
			found[name] = n
		}
	}
	return found
}

// A target without TLS where the URL says https.
func TestTroubleWithTLS(t *testing.T) {
	t.Parallel()
	server := newFakeServer(t)
	server.URL = "https" + strings.TrimPrefix(server.URL, "http")
	sums := visitOnce(t, server, 1, `{}`)
	if sums[inClass(unencrypted)] == 0 || sums[inClass(unencrypted)] != sums["pixeltales_troubles"] {
		t.Errorf("troubles %v, want all of class tls", troublesIn(sums))
	}
}

// Nobody is led away from the target, by no call and no handshake.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var strangers atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strangers.Add(1) }))
	defer elsewhere.Close()
	for _, code := range []int{301, 302, 303, 307, 308} {
		server := newFakeServer(t)
		server.Config.Handler = status(code, "Location", elsewhere.URL+"/api/stories/")
		sums := visitOnce(t, server, 0.5, `{}`)
		if sums[inClass(redirected)] < 5 || sums[inClass(redirected)] != sums["pixeltales_troubles"] || sums["http_req_failed"] == 0 {
			t.Errorf("%d: troubles %v, failed calls %g; want redirections counted and failed", code, troublesIn(sums), sums["http_req_failed"])
		}
	}
	if n := strangers.Load(); n != 0 {
		t.Errorf("another host was asked %d times", n)
	}
}

// A 429 with Retry-After keeps the user quiet for that time, and that is told:
// by the calls held back, and by how late they were.
func TestRetryAfterIsHeeded(t *testing.T) {
	t.Parallel()
	var calls, early atomic.Int64
	var first atomic.Int64
	server := newFakeServer(t)
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/ws/") {
			server.socket(w, r)
			return
		}
		now := time.Now().UnixNano()
		if calls.Add(1) == 1 {
			first.Store(now)
			status(429, "Retry-After", "2")(w, r)
			return
		}
		if time.Duration(now-first.Load()) < 2*time.Second-10*time.Millisecond {
			early.Add(1)
		}
		server.rest(w, r)
	})
	sums := visitOnce(t, server, 4, `{}`)
	if n := early.Load(); n != 0 {
		t.Errorf("%d calls before the target wanted them", n)
	}
	if calls.Load() < 5 || sums[inClass(throttled)] != 1 || sums[inClass(heldBack)] == 0 {
		t.Errorf("%d calls, troubles %v; want one throttled, others held back and then made", calls.Load(), troublesIn(sums))
	}
	if late := sums["pixeltales_send_lag"]; late < 1000 {
		t.Errorf("calls were late by %g ms in all, want it told", late)
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "0": 0, "-7": 0, "soon": 0, "3600": longestRetryAfter, "99999999999999": 0,
		"Fri, 02 Jan 2026 03:04:15 GMT": 10 * time.Second, "Fri, 02 Jan 2026 03:04:00 GMT": 0, "Fri, 02 Jan 2099 03:04:00 GMT": longestRetryAfter,
	} {
		if got := retryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("Retry-After %q: %v, want %v", value, got, want)
		}
	}
}

// A target that hangs must not fill the generator with waiting calls.
func TestQueueOfCallsIsBounded(t *testing.T) {
	t.Parallel()
	server := answering(t, hang)
	b := newScriptBench(t)
	set := newMetrics(b.VU.InitEnvField.Registry)
	b.enter(true)
	state := b.VU.State()
	c := newClient(server.URL, state, emitter{b.samples, state.Tags.GetCurrentValues().Tags}, set, func() string { return "users=1" })
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	for range longestQueue + 20 {
		go func() { c.do(ctx, get("stories", "/stories/")); done <- struct{}{} }()
	}
	for range 20 {
		<-done // at once
	}
	cancel()
	for range longestQueue {
		<-done
	}
}

// A storm of errors is not fed: after mostFailed of them a user makes a call now
// and then, tells of the others, and goes on once the target is well.
func TestBreaker(t *testing.T) {
	t.Parallel()
	now := time.Now()
	var b breaker
	for n := range mostFailed {
		if !b.pass(now) {
			t.Fatalf("call %d was held back", n)
		}
		for _, neither := range []trouble{timedOut, unconnected} {
			b.heed(neither, now)
		}
		b.heed(serverError, now)
	}
	if b.pass(now) || b.pass(now.Add(reloadEvery-time.Millisecond)) {
		t.Error("calls go on into the storm")
	}
	now = now.Add(reloadEvery)
	if !b.pass(now) || b.pass(now) {
		t.Error("want one call to see whether the target is well again")
	}
	b.heed(malformed, now)
	if b.pass(now) {
		t.Error("calls go on, though the target is not well")
	}
	b.heed("", now)
	if !b.pass(now) || !b.pass(now) {
		t.Error("the target is well, and calls are held back")
	}
	for n := range 2 * mostFailed {
		b.heed(serverError, now)
		if n%(mostFailed-1) == 0 {
			b.heed(rejected, now) // an answer of the application's
		}
	}
	if !b.pass(now) {
		t.Error("failures between good answers are no storm")
	}
}

// A writer whose word list fails asks for it at each keystroke, as the app does.
// When all else fails too, that ends.
func TestStormIsBounded(t *testing.T) {
	t.Parallel()
	var failed atomic.Int64
	server := newFakeServer(t)
	server.wrong = func(r *http.Request) (int, string) {
		if strings.HasPrefix(r.URL.Path, "/ws/") || strings.HasPrefix(r.URL.Path, "/api/collaborate/create/") {
			return 0, ""
		}
		failed.Add(1)
		return 500, "<html>"
	}
	sums := visitOnce(t, server, 20, `{personas: 'writer'}`)
	n := failed.Load()
	if most := int64(mostFailed + connections + 20/5 + 1); n < mostFailed || n > most {
		t.Errorf("%d calls failed, want %d to %d", n, mostFailed, most)
	}
	if float64(n) != sums[inClass(serverError)] || sums[inClass(heldBack)] == 0 || len(troublesIn(sums)) != 2 {
		t.Errorf("%d calls failed, troubles %v; want them counted, and those held back", n, troublesIn(sums))
	}
	if sums["pixeltales_visits_failed"] != 0 {
		t.Error("the visit failed")
	}
}

// A slow reader gives long lists up, which is no trouble. That nobody answers is.
func TestSlowReadersTroubles(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   trouble
	}{
		"too long": {jsonText(`{"results":[{"id":7,"title":"` + strings.Repeat("x", 1<<20) + `"}]}`), ""},
		"cut":      {cut, unconnected},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newFakeServer(t)
			server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case strings.HasPrefix(r.URL.Path, "/ws/"):
					server.socket(w, r)
				case strings.Contains(r.URL.RawQuery, "public=true"):
					test.answer(w, r)
				default:
					server.rest(w, r)
				}
			})
			sums := visitOnce(t, server, 8, `{personas: 'slow-reader'}`)
			if sums["pixeltales_list_requests"] == 0 {
				t.Error("nobody asked for the list")
			}
			if n := sums["pixeltales_troubles"]; n != sums[inClass(test.want)] || (n == 0) != (test.want == "") {
				t.Errorf("troubles %v, want class %q alone", troublesIn(sums), test.want)
			}
		})
	}
}

func TestTroubleWith(t *testing.T) {
	t.Parallel()
	for want, err := range map[trouble]error{
		oversize:    fmt.Errorf("reading: %w", errTooLong),
		timedOut:    fmt.Errorf("calling: %w", context.DeadlineExceeded),
		unconnected: errors.New("refused"),
	} {
		if got := troubleWith(err); got != want {
			t.Errorf("%v: %s, want %s", err, got, want)
		}
	}
}

// A real k6 with users against a target that sends all it can: its memory
// stays small.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{"a gzip bomb": bomb, "answers without an end": endless} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newFakeServer(t)
			server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, "/ws/") {
					hugeFrame(w, r)
					return
				}
				answer(w, r)
			})
			got := runK6(t, checkScript(t), "PIXELTALES_URL="+server.URL, "PIXELTALES_ACCOUNTS="+writeManifest(t, 3),
				"PIXELTALES_SECRET_KEY=fake", phasesJSON(t, run.Phase{Name: "users=3", Users: 3, HoldSeconds: 4}))
			if got.code != 0 && got.code != 99 { // its thresholds may be crossed
				t.Errorf("exit code %d: %s", got.code, got.stderr)
			}
			// The kernel's figure begins with what the test itself had when it
			// started k6; the answers are gigabytes.
			if got.rss > 512<<20 {
				t.Errorf("k6 took %d MiB, want it below 512", got.rss>>20)
			}
			t.Logf("k6 took %d MiB at most", got.rss>>20)
		})
	}
}
