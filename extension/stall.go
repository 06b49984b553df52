package extension

import (
	"crypto/tls"
	"net"
	"syscall"
	"time"

	"go.k6.io/k6/v2/lib/netext"
)

// stallTime is how long bytes may wait in the kernel for a reader that works
// nothing off before the reader counts as stalled.
const stallTime = 2 * time.Second

// stopReading makes a user's sockets go deaf: they stay open and are not read.
type stopReading struct {
	// After is how many seconds after its opening a socket is last read.
	After float64 `json:"after"`
	// Declared says that this is wanted: nothing is expected to arrive, and
	// the receiver does not count as stalled.
	Declared bool `json:"declared"`
}

func (q *stopReading) after() time.Duration {
	if q == nil {
		return 0
	}
	return time.Duration(q.After * float64(time.Second))
}

// stall finds a reader that stands still. It says that the generator, and not
// the target, is why deliveries are missing.
type stall struct {
	since  time.Time // first seen with bytes waiting and nothing worked off since
	frames int64
	phase  string // in which it was last counted
}

// check looks at the socket's reader and returns true when it is stalled and
// was not yet counted in the phase. It is called about twice a second.
func (t *stall) check(s *socket, now time.Time, phase string) bool {
	frames := s.frames.Load()
	if frames != t.frames || s.waiting() == 0 {
		t.since, t.frames = time.Time{}, frames
		return false
	}
	if t.since.IsZero() {
		t.since = now
	}
	if now.Sub(t.since) < stallTime || t.phase == phase {
		return false
	}
	t.phase = phase
	return true
}

// waiting returns how many bytes the kernel holds for the reader; 0 when the
// socket is closed or the kernel does not say.
func (s *socket) waiting() int {
	conn := s.conn.Load()
	if conn == nil {
		return 0
	}
	raw, ok := unwrap(conn.NetConn()).(syscall.Conn)
	if !ok {
		return 0
	}
	control, err := raw.SyscallConn()
	if err != nil {
		return 0
	}
	n := 0
	_ = control.Control(func(fd uintptr) { n = unread(fd) })
	return n
}

// unwrap returns the system's connection inside TLS and k6's byte counter.
func unwrap(conn net.Conn) net.Conn {
	for {
		switch c := conn.(type) {
		case *tls.Conn:
			conn = c.NetConn()
		case *handover:
			conn = c.Conn
		case *netext.Conn:
			conn = c.Conn
		default:
			return conn
		}
	}
}
