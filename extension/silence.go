package extension

import (
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

const (
	// pingSilence is how long a socket's peer may be silent before it is pinged.
	pingSilence = 30 * time.Second
	// longestSilence is when a peer that answers no ping is taken for gone: the
	// connection is half open. A target that is merely slow is far quicker.
	longestSilence = 2 * time.Minute
)

// silence watches for peers that went without a goodbye: nothing ever comes
// from them, and nothing says so. A browser would sit there for hours.
type silence struct {
	heard  atomic.Int64 // Unix nanoseconds of the last sign of life
	pinged atomic.Bool  // since then
	gone   atomic.Bool
}

// listen makes the connection's control frames signs of life.
func (s *silence) listen(conn *websocket.Conn) {
	s.gone.Store(false)
	s.alive(time.Now())
	answer := conn.PingHandler()
	conn.SetPingHandler(func(data string) error {
		s.alive(time.Now())
		return answer(data)
	})
	conn.SetPongHandler(func(string) error {
		s.alive(time.Now())
		return nil
	})
}

func (s *silence) alive(now time.Time) {
	s.heard.Store(now.UnixNano())
	s.pinged.Store(false)
}

// check pings a silent peer, and cuts the connection to one that is gone.
func (s *silence) check(conn *websocket.Conn, now time.Time) {
	switch quiet := now.Sub(time.Unix(0, s.heard.Load())); {
	case quiet >= longestSilence:
		s.gone.Store(true)
		_ = conn.Close() // its reader says so
	case quiet >= pingSilence && s.pinged.CompareAndSwap(false, true):
		_ = conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeTimeout)) // silence is the answer
	}
}
