package conformance

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// Daphne's own rules.
const (
	pingAfter = 20 * time.Second // without a frame from the client
	pongLimit = 30 * time.Second
)

// TestPings: Daphne pings a socket that is quiet for 20 s, leaves one alone
// that speaks, and drops one that does not answer within 30 s.
func TestPings(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	began := time.Now()
	polite, talker, mute := s.ponger(t, 0, true), s.ponger(t, 1, true), s.ponger(t, 2, false)
	stop := make(chan struct{})
	defer close(stop)
	go talker.keepTalking(stop)

	code := mute.closed(t)
	if dropped := time.Since(began); dropped < pingAfter+pongLimit-2*time.Second || dropped > pingAfter+pongLimit+8*time.Second {
		t.Errorf("the mute socket was dropped after %v, want about %v", dropped, pingAfter+pongLimit)
	}
	if code == websocket.CloseNormalClosure {
		t.Errorf("the mute socket was closed with %d, want it dropped", code)
	}
	if first := time.Duration(mute.first.Load()); first < pingAfter-2*time.Second || first > pingAfter+4*time.Second {
		t.Errorf("the first ping came after %v, want about %v", first, pingAfter)
	}
	if n := talker.pings.Load(); n != 0 {
		t.Errorf("a socket that spoke was pinged %d times, want never", n)
	}
	if n := polite.pings.Load(); n < 2 {
		t.Errorf("a quiet socket was pinged %d times, want every %v", n, pingAfter)
	}
	polite.say(t, `{"type":"ping"}`)
	polite.must(t, "pong")
}

// ponger is a socket that notes the pings it gets.
type ponger struct {
	*socket
	pings atomic.Int64
	first atomic.Int64 // nanoseconds from the opening to the first ping
}

func (s *server) ponger(t *testing.T, user int, answers bool) *ponger {
	t.Helper()
	p := &ponger{}
	began := time.Now()
	note := func(conn *websocket.Conn) {
		answer := conn.PingHandler()
		conn.SetPingHandler(func(data string) error {
			p.pings.Add(1)
			p.first.CompareAndSwap(0, int64(time.Since(began)))
			if !answers {
				return nil
			}
			return answer(data)
		})
	}
	k, refused, err := s.dial("/ws/notifications/?token="+s.people[user].access, nil, note)
	if err != nil || refused != 0 {
		t.Fatalf("status %d, error %v", refused, err)
	}
	t.Cleanup(func() { k.conn.Close() })
	p.socket = k
	return p
}

// keepTalking sends the SPA's ping more often than Daphne would.
func (p *ponger) keepTalking(stop <-chan struct{}) {
	every := time.NewTicker(pingAfter / 4)
	defer every.Stop()
	for {
		select {
		case <-stop:
			return
		case <-every.C:
			if p.conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"ping"}`)) != nil {
				return
			}
		}
	}
}
