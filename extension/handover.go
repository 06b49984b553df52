package extension

import (
	"net"
	"sync/atomic"
)

// headEnd ends the head of an HTTP answer.
const headEnd = "\r\n\r\n"

// handover is a connection on which gorilla makes the handshake and another
// reads the frames. A server may send its first frames along with the answer
// to the handshake; gorilla would read them into its own buffer, from where
// there is no way back. So a Read ends where a head ends, and rest keeps what
// came after it.
type handover struct {
	net.Conn
	rest    []byte
	matched int                    // bytes of headEnd that were read last
	done    bool                   // the handshake is over: reads pass through
	closing atomic.Pointer[func()] // called before the connection closes; nil: nobody is to be told
}

func (h *handover) Read(p []byte) (n int, err error) {
	if len(h.rest) > 0 {
		n = copy(p, h.rest)
		h.rest = h.rest[n:]
	} else if n, err = h.Conn.Read(p); err != nil {
		return n, err
	}
	if h.done {
		return n, nil
	}
	for i, b := range p[:n] {
		switch {
		case b == headEnd[h.matched]:
			h.matched++
		case b == headEnd[0]:
			h.matched = 1
		default:
			h.matched = 0
		}
		if h.matched == len(headEnd) {
			h.matched = 0
			h.rest = append(append([]byte(nil), p[i+1:n]...), h.rest...)
			return i + 1, nil
		}
	}
	return n, nil
}

// Close closes the connection. Who waits for its frames is told first: of a
// descriptor that is closed, readiness says nothing any more.
func (h *handover) Close() error {
	if closing := h.closing.Load(); closing != nil {
		(*closing)()
	}
	return h.Conn.Close()
}
