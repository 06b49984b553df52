package extension

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"runtime"
	"testing"
	"time"

	"go.k6.io/k6/v2/metrics"
	"golang.org/x/sys/unix"

	"github.com/pixeltales/pixelload/internal/needed"
)

// network is a network namespace with nothing but its own loopback. It ends
// with the thread that made it.
type network struct{ calls chan func() }

func newNetwork(t *testing.T) *network {
	t.Helper()
	n, made := &network{make(chan func())}, make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with this goroutine
		made <- unix.Unshare(unix.CLONE_NEWNET)
		for call := range n.calls {
			call()
		}
	}()
	err := <-made
	t.Cleanup(func() { close(n.calls) })
	if err == nil {
		err = n.turn("up")
	}
	if err != nil {
		needed.Skip(t, "no network namespace to drop packets in: %v: run as root, with ip installed", err)
	}
	return n
}

// do calls f inside the namespace.
func (n *network) do(f func()) {
	done := make(chan struct{})
	n.calls <- func() { defer close(done); f() }
	<-done
}

// turn the network up or down. While it is down each packet is dropped, and
// nobody is told.
func (n *network) turn(direction string) (err error) {
	n.do(func() { err = exec.Command("ip", "link", "set", "lo", direction).Run() })
	return err
}

// DialContext dials inside the namespace.
func (n *network) DialContext(ctx context.Context, network, address string) (conn net.Conn, err error) {
	n.do(func() { conn, err = new(net.Dialer).DialContext(ctx, network, address) })
	return conn, err
}

// A peer whose packets are dropped says nothing ever again, not even goodbye. It
// is given up after longestSilence, not before, and that is told.
func TestHalfOpen(t *testing.T) {
	t.Parallel()
	space, server := newNetwork(t), newFakeServer(t)
	space.do(func() {
		listener, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Error(err)
			return
		}
		lost := httptest.NewUnstartedServer(http.HandlerFunc(server.socket))
		lost.Listener.Close()
		lost.Listener = listener
		lost.Start()
		server.URL = lost.URL
		t.Cleanup(lost.Close)
		t.Cleanup(func() { // no goodbye reaches them
			server.mu.Lock()
			defer server.mu.Unlock()
			for _, m := range server.rooms["/ws/collaborate/room/"] {
				m.conn.Close()
			}
		})
	})
	b := newScriptBench(t)
	set := newMetrics(b.VU.InitEnvField.Registry)
	b.enter(true)
	state := b.VU.State()
	state.Dialer = space
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	w := &wire{
		who: "user 0", world: &world{}, state: state, metrics: set, emit: emitter{b.samples, state.Tags.GetCurrentValues().Tags},
		phase: func() string { return "a" }, active: ctx, whole: ctx,
		address: func(path string) string { return "ws" + server.URL[len("http"):] + path },
	}
	arrived := make(chan struct{}, 1)
	s := &socket{name: "collaborate", path: "/ws/collaborate/room/", frame: func(string, []byte) { nudge(arrived) }}
	var reports reporter
	reports.keep(s)
	ended := make(chan struct{})
	go func() { w.hold(s); close(ended) }()
	<-arrived // the init

	drop(t, space)
	now := time.Unix(0, s.silence.heard.Load())
	reports.checkReaders(w, now.Add(pingSilence+time.Second)) // its ping is dropped
	stays(t, ended, s)
	if !s.silence.pinged.Load() {
		t.Error("a silent peer was not pinged")
	}
	if err := space.turn("up"); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); s.silence.pinged.Load(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the network is well again, and the pong does not come")
		}
	}

	drop(t, space)
	now = time.Unix(0, s.silence.heard.Load())
	reports.checkReaders(w, now.Add(pingSilence+time.Second))
	reports.checkReaders(w, now.Add(longestSilence-time.Second))
	stays(t, ended, s)
	reports.checkReaders(w, now.Add(longestSilence+time.Second))
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Fatal("the user waits for a peer that is gone")
	}
	sums := map[string]float64{}
	for _, c := range metrics.GetBufferedSamples(b.samples) {
		for _, sample := range c.GetSamples() {
			class, _ := sample.Tags.Get("class")
			sums[sample.Metric.Name+class] += sample.Value
		}
	}
	if sums[nameSocketsLost] != 1 || sums[nameTroubles+string(silent)] != 1 {
		t.Errorf("%v; want a socket lost, for silence", sums)
	}
}

// drop lets no packet through from now on.
func drop(t *testing.T, space *network) {
	t.Helper()
	if err := space.turn("down"); err != nil {
		t.Fatal(err)
	}
}

// stays checks that nobody noticed: what the user writes goes nowhere.
func stays(t *testing.T, ended <-chan struct{}, s *socket) {
	t.Helper()
	if err := s.write([]byte(`{"type":"ping"}`)); err != nil {
		t.Errorf("writing to a peer that is gone: %v, want it to go unnoticed", err)
	}
	select {
	case <-ended:
		t.Fatal("the socket ended by itself: the connection was not half open")
	case <-time.After(200 * time.Millisecond):
	}
}
