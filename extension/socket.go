package extension

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"go.k6.io/k6/v2/metrics"
)

const (
	handshakeTimeout = 10 * time.Second
	writeTimeout     = 5 * time.Second
	// frameLimit bounds one frame: far above what the application sends.
	frameLimit = 16 << 20
	// closeTime is what a server has to answer a close frame.
	closeTime = time.Second
)

var (
	errNotOpen = errors.New("the socket is not open")
	errNotText = errors.New("a frame's text is not UTF-8")
	// writeBuffers are shared, so that a quiet socket holds none.
	writeBuffers sync.Pool
)

// socket is one WebSocket that a user holds: it is opened again, with the
// SPA's pauses, when the server closes it.
type socket struct {
	name, path string
	pauses     []time.Duration                // before each attempt to open again
	final      []int                          // codes of the server's close after which the SPA stays away
	opened     func()                         // the handshake is done
	frame      func(kind string, data []byte) // must not wait: other sockets are read next
	closed     func()                         // it was open and is not any more

	pace  pace         // at which it is read
	quiet *stopReading // nil: reads on
	deaf  func()       // it stopped reading, and has declared that

	conn    atomic.Pointer[websocket.Conn] // nil: not open
	writing sync.Mutex                     // one writer at a time
	frames  atomic.Int64                   // read and worked off
	stuck   stall
	silence silence

	sent, received atomic.Int64 // messages not yet reported
	pinged         atomic.Int64 // Unix nanoseconds of the ping under way; 0: none is
}

// hold keeps the socket open until the visit ends.
func (v *visit) hold(s *socket) { v.wire().hold(s) }

// keep adds the socket to those the visit reports on.
func (v *visit) keep(s *socket) *socket {
	s.pace, s.quiet = v.pace(), v.options.StopReading
	if s.pace != 0 { // a slow reader says so, and counts as no stalled one
		s.quiet = s.pace.quiet()
	}
	v.reports.keep(s)
	return s
}

func (v *visit) wire() *wire {
	return &wire{
		who: fmt.Sprintf("user %d", v.index), world: v.world, state: v.state, metrics: v.metrics, emit: v.emit,
		agent: v.http.agent, phase: v.phase, active: v.active, whole: v.whole, closed: !v.options.Habits.Sockets, limit: v.options.target.limit,
		address: func(path string) string {
			return "ws" + strings.TrimPrefix(v.http.base, "http") + path + "?token=" + url.QueryEscape(v.http.credentials.access())
		},
	}
}

// hold keeps the socket open, opened anew after its pauses, until whole ends.
func (w *wire) hold(s *socket) {
	if w.closed {
		<-w.whole.Done()
		return
	}
	failures := 0
	for w.active.Err() == nil {
		if conn := w.dial(s); conn != nil {
			failures = 0
			if w.serve(s, conn) {
				return
			}
		}
		if failures >= len(s.pauses) || !wait(w.active, s.pauses[failures]) {
			return
		}
		failures++
	}
}

// dial opens the socket once; nil when it was refused.
func (w *wire) dial(s *socket) *websocket.Conn {
	dialer := websocket.Dialer{
		HandshakeTimeout: handshakeTimeout,
		NetDialContext:   w.state.Dialer.DialContext, // and no proxy: what it sends on goes where nobody looks
		ReadBufferSize:   1024, WriteBufferSize: 1024, WriteBufferPool: &writeBuffers,
	}
	if w.state.TLSConfig != nil {
		dialer.TLSClientConfig = w.state.TLSConfig.Clone()
		dialer.TLSClientConfig.NextProtos = []string{"http/1.1"}
	}
	if _, ok := w.limit.pass(w.whole); !ok || w.whole.Err() != nil {
		return nil
	}
	address := w.address(s.path)
	if s.quiet == nil && strings.HasPrefix(address, "ws:") {
		dialer.NetDialContext = w.dialReady
	}
	phase, began := w.phase(), time.Now()
	conn, response, err := dialer.DialContext(w.whole, address, http.Header{"User-Agent": {w.agent}}) //nolint:bodyclose // a failed handshake's answer is in memory
	if err != nil && w.whole.Err() != nil {
		return nil // the user has left meanwhile
	}
	status := dialStatus(response, err)
	labels := []string{"name", s.name, "url", s.name, "status", status}
	builtin := w.state.BuiltinMetrics
	w.emit.push(builtin.WSSessions, phase, 1, labels...)
	w.emit.push(builtin.WSConnecting, phase, metrics.D(time.Since(began)), labels...)
	failed := 0.0
	if err != nil {
		failed = 1
	}
	w.emit.push(w.metrics.connectFailed, phase, failed, "name", s.name, "status", status)
	if err != nil {
		refusal(response, err).count(w.emit, w.metrics, phase, s.name)
		return nil
	}
	conn.SetReadLimit(frameLimit)
	s.silence.listen(conn)
	return conn
}

// dialStatus is the HTTP status of the handshake, or the class of its error.
func dialStatus(response *http.Response, err error) string {
	if response != nil {
		return strconv.Itoa(response.StatusCode)
	}
	return string(troubleWith(err))
}

// refusal classifies a handshake that failed.
func refusal(response *http.Response, err error) trouble {
	if response == nil {
		return troubleWith(err)
	}
	return cmp.Or(troubleOf(response.StatusCode, response.Header), rejected)
}

// serve reads the open socket until it closes. It returns true when it is not
// to be opened again: the user left, or the server said so.
func (w *wire) serve(s *socket, conn *websocket.Conn) (done bool) {
	began := time.Now()
	s.conn.Store(conn)
	w.world.sockets.change(1, func(now float64) { w.emit.push(w.metrics.socketsOpen, w.phase(), now) })
	stopClosing := context.AfterFunc(w.whole, func() { farewell(conn) })
	if s.opened != nil {
		s.opened()
	}

	err := w.read(s, conn)

	stopClosing()
	s.conn.Store(nil)
	_ = conn.Close()
	if s.closed != nil {
		s.closed()
	}
	phase := w.phase()
	w.world.sockets.change(-1, func(now float64) { w.emit.push(w.metrics.socketsOpen, phase, now) })
	w.emit.push(w.state.BuiltinMetrics.WSSessionDuration, phase, metrics.D(time.Since(began)), "name", s.name, "url", s.name)
	if w.whole.Err() != nil {
		return true
	}
	w.emit.push(w.metrics.socketsLost, phase, 1, "name", s.name)
	s.troubleReading(err).count(w.emit, w.metrics, phase, s.name)
	return websocket.IsCloseError(err, s.final...)
}

// farewell closes the socket as a browser does that leaves the page.
func farewell(conn *websocket.Conn) {
	deadline := time.Now().Add(closeTime)
	_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), deadline)
	_ = conn.SetReadDeadline(deadline)
}

// write sends a text frame, or fails when the socket is not open. After a
// failed write nothing more can be sent: the socket is closed, and opened anew.
func (s *socket) write(frame []byte) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	conn := s.conn.Load()
	if conn == nil {
		return errNotOpen
	}
	_ = conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	if err := conn.WriteMessage(websocket.TextMessage, frame); err != nil {
		if !errors.Is(err, websocket.ErrCloseSent) {
			_ = conn.Close()
		}
		return err
	}
	s.sent.Add(1)
	return nil
}

func (s *socket) isOpen() bool { return s.conn.Load() != nil }
