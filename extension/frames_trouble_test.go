package extension

import (
	"bufio"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// upgraded answers a handshake and returns the bare connection.
func upgraded(w http.ResponseWriter, r *http.Request) (net.Conn, bool) {
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return nil, false
	}
	return conn.NetConn(), true
}

// hugeFrame announces a frame of 4 GiB.
func hugeFrame(w http.ResponseWriter, r *http.Request) {
	if conn, ok := upgraded(w, r); ok {
		_, _ = conn.Write([]byte("\x81\x7f\x00\x00\x00\x01\x00\x00\x00\x00{"))
		drainUntilClosed(conn)
	}
}

// drainUntilClosed reads until the peer goes.
func drainUntilClosed(conn net.Conn) {
	defer conn.Close()
	_, _ = bufio.NewReader(conn).WriteTo(discard{})
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// Whatever comes over a socket is counted in one class, and the user lives and
// opens the socket anew.
func TestTroublesOfFrames(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, bytes string
		class       trouble
		goesOn      bool // the socket stays open
	}{
		{"reserved bits", "\xc1\x02{}", protocol, false},
		{"an unknown opcode", "\x83\x02{}", protocol, false},
		{"a mask", "\x81\x82\x00\x00\x00\x00{}", protocol, false},
		{"a control frame that is too long", "\x89\x7e\x01\x00" + strings.Repeat("x", 256), protocol, false},
		{"a control frame in pieces", "\x09\x00", protocol, false},
		{"a piece of nothing", "\x80\x02{}", protocol, false},
		{"text that is not UTF-8", "\x81\x02\xff\xfe", protocol, false},
		{"a frame of 4 GiB", "\x81\x7f\x00\x00\x00\x01\x00\x00\x00\x00{", oversize, false},
		{"a frame of 2^63 bytes", "\x81\x7f\x80\x00\x00\x00\x00\x00\x00\x00{", oversize, false},
		{"no JSON", "\x81\x01{", malformed, true},
		{"no object", "\x81\x02[]", malformed, true},
		{"no type", "\x81\x02{}", malformed, true},
		{"a type that is no text", "\x81\x0a{\"type\":1}", malformed, true},
		{"nothing", "\x81\x00", malformed, true},
		{"bytes", "\x82\x02\xff\xfe", malformed, true},
		{"nesting", "\x81\x7e\x10\x00" + strings.Repeat("[", 4096), malformed, true},
		{"a goodbye", "\x88\x02\x03\xe9", "", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := newFakeServer(t)
			server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !strings.HasPrefix(r.URL.Path, "/ws/") {
					server.rest(w, r)
				} else if conn, ok := upgraded(w, r); ok {
					_, _ = conn.Write([]byte(test.bytes))
					drainUntilClosed(conn)
				}
			})
			enough := has(inClass(test.class))
			if test.class == "" {
				enough = has(nameSocketsLost)
			}
			sums := visitUntil(t, enough, server, 1, `{}`)
			found := troublesIn(sums)
			if test.class != "" && found[inClass(test.class)] == 0 || len(found) > 1 || test.class == "" && len(found) > 0 {
				t.Errorf("troubles %v, want %q alone", found, test.class)
			}
			if lost := sums["pixeltales_sockets_lost"]; (lost == 0) != test.goesOn {
				t.Errorf("%g sockets lost, want them to stay: %v", lost, test.goesOn)
			}
			if sums["pixeltales_visits_failed"] != 0 {
				t.Error("the visit failed")
			}
		})
	}
}

// A connection that is cut in the middle of a frame.
func TestTroubleOfACutFrame(t *testing.T) {
	t.Parallel()
	server := newFakeServer(t)
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/ws/") {
			server.rest(w, r)
		} else if conn, ok := upgraded(w, r); ok {
			_, _ = conn.Write([]byte("\x81\x7d{"))
			conn.Close()
		}
	})
	sums := visitUntil(t, has(inClass(unconnected)), server, 1, `{}`)
	if n := sums[inClass(unconnected)]; n == 0 || n != sums["pixeltales_troubles"] {
		t.Errorf("troubles %v, want all of class connection", troublesIn(sums))
	}
}

func TestTroublesOfHandshakes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer http.HandlerFunc
		class  trouble
		status string
	}{
		{"forbidden", status(403), rejected, "403"},
		{"unauthorized", status(401), unauthorized, "401"},
		{"a page", status(200), rejected, "200"},
		{"an error", status(500), serverError, "500"},
		{"too many", status(429), throttled, "429"},
		{"elsewhere", status(302, "Location", "/ws/elsewhere/"), redirected, "302"},
		{"cut", cut, unconnected, "connection"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := newFakeServer(t)
			server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, "/ws/") {
					test.answer(w, r)
					return
				}
				server.rest(w, r)
			})
			sums := visitUntil(t, has(inClass(test.class)), server, 1, `{}`)
			if n := sums[inClass(test.class)]; n == 0 || n != sums["pixeltales_troubles"] || n != sums["pixeltales_ws_connect_failed"] {
				t.Errorf("troubles %v, %g failed handshakes; want all of class %s", troublesIn(sums), sums["pixeltales_ws_connect_failed"], test.class)
			}
		})
	}
}

// A peer that is gone answers no ping; one that is merely quiet does.
func TestSilence(t *testing.T) {
	t.Parallel()
	for _, answers := range []bool{true, false} {
		server := newFakeServer(t)
		server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if conn, ok := upgraded(w, r); ok && answers {
				echoPings(conn)
			} else if ok {
				drainUntilClosed(conn)
			}
		})
		conn, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(server.URL, "http"), nil)
		if err != nil {
			t.Fatal(err)
		}
		var s silence
		s.listen(conn)
		ended := make(chan error, 1)
		go func() {
			_, _, err := conn.ReadMessage()
			ended <- err
		}()
		now := time.Now()
		s.check(conn, now.Add(pingSilence-time.Second)) // too early
		if s.pinged.Load() {
			t.Error("pinged too early")
		}
		s.check(conn, now.Add(pingSilence+time.Second))
		for deadline := time.Now().Add(5 * time.Second); answers && s.pinged.Load() && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond) // the pong is a sign of life
		}
		if s.pinged.Load() == answers {
			t.Errorf("answers %v: waits for a pong: %v", answers, s.pinged.Load())
		}
		if !answers {
			s.check(conn, now.Add(longestSilence+time.Second))
			if err := <-ended; err == nil || !s.gone.Load() {
				t.Errorf("the connection was not cut: %v", err)
			}
			var socket socket
			socket.silence.gone.Store(true)
			if got := socket.troubleReading(net.ErrClosed); got != silent {
				t.Errorf("trouble %q, want silent", got)
			}
		}
		conn.Close()
		if answers {
			<-ended
		}
	}
}

// echoPings answers pings as a server does.
func echoPings(conn net.Conn) {
	defer conn.Close()
	head := make([]byte, 6) // of an empty frame with a mask
	for {
		if _, err := conn.Read(head); err != nil {
			return
		}
		if head[0] == 0x89 {
			_, _ = conn.Write([]byte("\x8a\x00"))
		}
	}
}
