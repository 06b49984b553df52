package extension

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// loopBench is sockets that a server serves with the function, and a loop.
type loopBench struct {
	loop readiness
	url  string
}

func newLoopBench(t *testing.T, serve func(conn *websocket.Conn)) *loopBench {
	t.Helper()
	upgrader := websocket.Upgrader{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer conn.Close()
		serve(conn)
	}))
	t.Cleanup(server.Close)
	return &loopBench{url: "ws" + strings.TrimPrefix(server.URL, "http")}
}

func (b *loopBench) dial(t *testing.T) (*websocket.Conn, *handover) {
	t.Helper()
	dialer := websocket.Dialer{NetDialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		return &handover{Conn: conn}, err
	}}
	conn, _, err := dialer.Dial(b.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn, conn.NetConn().(*handover)
}

// read reads all messages until the socket ends.
func (b *loopBench) read(t *testing.T) (messages []string, err error) {
	t.Helper()
	conn, h := b.dial(t)
	var mu sync.Mutex
	ended, ok := b.loop.add(h, func(_ int, m []byte) error {
		mu.Lock()
		defer mu.Unlock()
		messages = append(messages, string(m))
		return nil
	}, control(conn))
	if !ok {
		t.Fatal("the loop takes no socket, though this is Linux")
	}
	select {
	case err = <-ended:
		answerClose(conn, err)
	case <-time.After(10 * time.Second):
		t.Fatal("the socket does not end")
	}
	mu.Lock()
	defer mu.Unlock()
	return messages, err
}

func TestLoopReads(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("long ", 100_000)
	answered := make(chan error, 1)
	b := newLoopBench(t, func(conn *websocket.Conn) {
		_ = conn.WriteMessage(websocket.TextMessage, []byte("at once")) // perhaps along with the handshake
		_ = conn.WriteMessage(websocket.TextMessage, []byte(long))
		_ = conn.WriteControl(websocket.PingMessage, []byte("7"), time.Now().Add(time.Second))
		pong := ""
		conn.SetPongHandler(func(text string) error {
			pong = text
			return conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(time.Second))
		})
		_, _, err := conn.ReadMessage() // until the close is answered
		if !websocket.IsCloseError(err, 1000) || pong != "7" {
			err = fmt.Errorf("pong %q, then %w; want 7, and the close answered", pong, err)
		} else {
			err = nil
		}
		answered <- err
	})
	messages, err := b.read(t)
	if len(messages) != 2 || messages[0] != "at once" || messages[1] != long {
		t.Errorf("%d messages %.60q, want 2", len(messages), messages)
	}
	if !websocket.IsCloseError(err, 1000) {
		t.Errorf("ended with %v, want the close", err)
	}
	if err := <-answered; err != nil {
		t.Error(err)
	}
}

func TestLoopEnds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		serve func(conn *websocket.Conn)
		want  error
	}{
		{"the server vanishes", func(conn *websocket.Conn) { conn.NetConn().Close() }, io.ErrUnexpectedEOF},
		{"a bad frame", func(conn *websocket.Conn) {
			_, _ = conn.NetConn().Write([]byte{0xff, 0})
			_, _, _ = conn.ReadMessage()
		}, errBadFrame},
	}
	for _, test := range tests {
		b := newLoopBench(t, test.serve)
		if _, err := b.read(t); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
}

// Closing a socket from elsewhere ends its reading, and a panic in a handler
// ends that socket alone.
func TestLoopOutlives(t *testing.T) {
	t.Parallel()
	b := newLoopBench(t, func(conn *websocket.Conn) {
		for {
			kind, m, err := conn.ReadMessage()
			if err != nil || conn.WriteMessage(kind, m) != nil {
				return
			}
		}
	})
	got := make(chan string, 10)
	open := func(message func(int, []byte) error) (*websocket.Conn, <-chan error) {
		conn, h := b.dial(t)
		ended, ok := b.loop.add(h, message, control(conn))
		if !ok {
			t.Fatal("the loop takes no socket, though this is Linux")
		}
		return conn, ended
	}
	healthy, _ := open(func(_ int, m []byte) error { got <- string(m); return nil })
	closed, closedEnd := open(func(int, []byte) error { return nil })
	broken, brokenEnd := open(func(int, []byte) error { panic("nonsense") })

	_ = broken.WriteMessage(websocket.TextMessage, []byte("x"))
	if err := <-brokenEnd; err == nil || !strings.Contains(err.Error(), "nonsense") {
		t.Errorf("a panic ended its socket with %v", err)
	}
	_ = closed.Close()
	if err := <-closedEnd; !errors.Is(err, net.ErrClosed) {
		t.Errorf("closing ended the socket with %v", err)
	}
	_ = healthy.WriteMessage(websocket.TextMessage, []byte("still here"))
	select {
	case m := <-got:
		if m != "still here" {
			t.Errorf("got %q", m)
		}
	case <-time.After(5 * time.Second):
		t.Error("the third socket is not read any more")
	}
}

// A socket may be closed at any moment, also before it is in the loop: its
// reader is told, once, and the loop ends with the last one.
func TestLoopWhileClosing(t *testing.T) {
	t.Parallel()
	b := newLoopBench(t, func(conn *websocket.Conn) { _, _, _ = conn.ReadMessage() })
	for n := range 200 {
		conn, h := b.dial(t)
		var closing sync.WaitGroup
		closing.Go(func() {
			time.Sleep(time.Duration(n%20) * time.Microsecond)
			_ = conn.Close()
		})
		if ended, ok := b.loop.add(h, func(int, []byte) error { return nil }, control(conn)); ok {
			select {
			case <-ended:
			case <-time.After(5 * time.Second):
				t.Fatalf("socket %d: its end is not told", n)
			}
		}
		closing.Wait()
	}
	b.loop.mu.Lock()
	defer b.loop.mu.Unlock()
	if b.loop.poll != nil {
		t.Error("the loop goes on without a socket")
	}
}

// Whoever has closed a socket is not called any more: what its messages would
// set in motion may be gone.
func TestLoopIsSilentAfterClose(t *testing.T) {
	t.Parallel()
	b := newLoopBench(t, func(conn *websocket.Conn) {
		for conn.WriteMessage(websocket.TextMessage, []byte("more")) == nil {
		}
	})
	for range 20 {
		conn, h := b.dial(t)
		var closed atomic.Bool
		started, late := make(chan struct{}, 1), make(chan struct{}, 1)
		_, ok := b.loop.add(h, func(int, []byte) error {
			nudge(started)
			time.Sleep(time.Millisecond)
			if closed.Load() {
				nudge(late)
			}
			return nil
		}, control(conn))
		if !ok {
			t.Fatal("the loop takes no socket, though this is Linux")
		}
		<-started
		_ = conn.Close()
		closed.Store(true)
		select {
		case <-late:
			t.Fatal("a message was worked off after the close")
		case <-time.After(3 * time.Millisecond):
		}
	}
}

// Whatever the sizes of the reads, gorilla gets the head and no byte more.
func TestHandover(t *testing.T) {
	t.Parallel()
	const head, frames = "HTTP/1.1 101 X\r\nA: b\r\n\r\n", "frames\r\n\r\nand more"
	for size := 1; size < len(head)+4; size++ {
		here, there := net.Pipe()
		go func() {
			for rest := head + frames; rest != ""; {
				n := min(size, len(rest))
				_, _ = there.Write([]byte(rest[:n]))
				rest = rest[n:]
			}
			there.Close()
		}()
		h := &handover{Conn: here}
		var got []byte
		buffer := make([]byte, 100)
		for !strings.HasSuffix(string(got), headEnd) {
			n, err := h.Read(buffer)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, buffer[:n]...)
		}
		h.done = true
		rest, _ := io.ReadAll(h)
		if string(got) != head || string(rest) != frames {
			t.Errorf("in pieces of %d: handshake %q, then %q", size, got, rest)
		}
		here.Close()
	}
}
