package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/pixeltales/pixelload/internal/account"
)

const (
	socketPatience = 10 * time.Second
	// quiet is how long nothing comes when a message has been worked off, and
	// hearing how long that is waited for.
	quiet   = 120 * time.Millisecond
	hearing = 5 * time.Second
	// smallWindow is what the kernel keeps for a reader that does not read.
	smallWindow = 4 << 10
)

// listener is an open socket.
type listener struct {
	conn  *websocket.Conn
	heard *atomic.Int64 // when the last message came, as UnixNano
	bytes *atomic.Int64 // of all messages
	lost  chan struct{} // closed when nothing will come any more
}

// open opens a socket for the user. One that reads is read until it is closed.
func (p *prober) open(ctx context.Context, path string, who account.User, reads bool) (*listener, error) {
	token, err := p.Token(who)
	if err != nil {
		return nil, err
	}
	dial := p.Pass.Dialer().DialContext
	dialer := websocket.Dialer{HandshakeTimeout: socketPatience, NetDialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if tcp, ok := conn.(*net.TCPConn); ok && !reads {
			_ = tcp.SetReadBuffer(smallWindow) // a larger one hides some of the queue, no more
		}
		return conn, err
	}}
	conn, response, err := dialer.DialContext(ctx, strings.Replace(p.Pass.URL, "http", "ws", 1)+path+"?token="+token, nil)
	if response != nil {
		response.Body.Close()
	}
	if err != nil {
		if response != nil {
			return nil, fmt.Errorf("opening the socket: status %d", response.StatusCode)
		}
		return nil, errors.New("opening the socket: the target does not answer") // the error names the token
	}
	l := &listener{conn: conn, heard: new(atomic.Int64), bytes: new(atomic.Int64), lost: make(chan struct{})}
	if reads {
		go l.read()
	}
	return l, nil
}

func (l *listener) read() {
	defer close(l.lost)
	for {
		_, data, err := l.conn.ReadMessage()
		if err != nil {
			return
		}
		l.bytes.Add(int64(len(data)))
		l.heard.Store(time.Now().UnixNano())
	}
}

// silent waits until nothing more comes on any of the sockets.
func silent(ctx context.Context, sockets ...*listener) {
	began := time.Now()
	for last := began; ctx.Err() == nil && time.Since(last) < quiet && time.Since(began) < hearing; pause(ctx, quiet/8) {
		for _, l := range sockets {
			if heard := time.Unix(0, l.heard.Load()); heard.After(last) {
				last = heard
			}
		}
	}
}

func (l *listener) write(text string) error {
	_ = l.conn.SetWriteDeadline(time.Now().Add(socketPatience))
	return l.conn.WriteMessage(websocket.TextMessage, []byte(text))
}

// close says goodbye and hangs up.
func (l *listener) close() {
	goodbye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	_ = l.conn.WriteControl(websocket.CloseMessage, goodbye, time.Now().Add(time.Second))
	_ = l.conn.Close()
}

// pair is one who sends and one who receives.
type pair struct{ sender, receiver *listener }

func (p *prober) openPair(ctx context.Context, path string) (*pair, error) {
	if word := unknown.FindString(path); word != "" {
		return nil, fmt.Errorf("no earlier answer told %s", word)
	}
	sender, err := p.open(ctx, path, p.Users[0], true)
	if err != nil {
		return nil, err
	}
	receiver, err := p.open(ctx, path, p.Users[1], true)
	if err != nil {
		sender.close()
		return nil, err
	}
	both := &pair{sender, receiver}
	both.answered(ctx)
	return both, nil
}

// say sends a message.
func (b *pair) say(text string) error {
	select {
	case <-b.sender.lost:
		return errClosed
	default:
	}
	if err := b.sender.write(text); err != nil {
		return errClosed
	}
	return nil
}

var errClosed = errors.New("the target has closed the socket")

// answered waits until what was sent has been worked off: until neither side
// hears more of it. It returns the bytes that both were sent.
func (b *pair) answered(ctx context.Context) int64 {
	silent(ctx, b.sender, b.receiver)
	return b.sender.bytes.Swap(0) + b.receiver.bytes.Swap(0)
}

func (b *pair) close() {
	b.sender.close()
	b.receiver.close()
}
