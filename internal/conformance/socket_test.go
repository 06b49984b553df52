package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// event is what a socket got: a message, or the server's close.
type event struct {
	dir  string // recv, close, refused, as in a recording
	data any    // of recv
	code int    // of close, or the HTTP status of a refusal
}

// socket is an open socket and what came over it and was not yet taken.
type socket struct {
	conn *websocket.Conn

	mu   sync.Mutex
	came []event
	more chan struct{} // something came
}

// dial opens a socket; a refusal's HTTP status comes in place of it. prepare
// is called before the first read.
func (s *server) dial(path string, header http.Header, prepare ...func(*websocket.Conn)) (_ *socket, refused int, err error) {
	dialer := websocket.Dialer{HandshakeTimeout: patience}
	conn, response, err := dialer.Dial("ws"+strings.TrimPrefix(s.url, "http")+path, header)
	if errors.Is(err, websocket.ErrBadHandshake) {
		return nil, response.StatusCode, nil
	}
	if err != nil {
		return nil, 0, err
	}
	for _, p := range prepare {
		p(conn)
	}
	k := &socket{conn: conn, more: make(chan struct{}, 1)}
	go k.read()
	return k, 0, nil
}

// open opens a socket as the person; the test ends with it.
func (s *server) open(t *testing.T, as person, path string) *socket {
	t.Helper()
	k, refused, err := s.dial(path+"?token="+as.access, nil)
	if err != nil || refused != 0 {
		t.Fatalf("opening %s: status %d, error %v", path, refused, err)
	}
	t.Cleanup(func() { k.conn.Close() })
	return k
}

func (k *socket) read() {
	for {
		kind, text, err := k.conn.ReadMessage()
		e := event{dir: "recv"}
		var closed *websocket.CloseError
		switch {
		case errors.As(err, &closed):
			e = event{dir: "close", code: closed.Code}
		case err != nil:
			e = event{dir: "close", code: websocket.CloseAbnormalClosure}
		case kind == websocket.TextMessage:
			e.data, err = decodeJSON(text)
		}
		k.mu.Lock()
		k.came = append(k.came, e)
		k.mu.Unlock()
		select {
		case k.more <- struct{}{}:
		default:
		}
		if err != nil {
			k.conn.Close()
			return
		}
	}
}

func (k *socket) count() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.came)
}

// take returns what came since the last take.
func (k *socket) take() []event {
	k.mu.Lock()
	defer k.mu.Unlock()
	came := k.came
	k.came = nil
	return came
}

// next waits for the next event and takes it; the test fails when none comes.
func (k *socket) next(t *testing.T, what string) event {
	t.Helper()
	timeout := time.After(patience)
	for {
		if e, ok := k.first(); ok {
			return e
		}
		select {
		case <-k.more:
		case <-timeout:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func (k *socket) first() (e event, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.came) == 0 {
		return e, false
	}
	e, k.came = k.came[0], k.came[1:]
	return e, true
}

// before returns the types of the messages up to the one that is the end.
func (k *socket) before(t *testing.T, isEnd func(message map[string]any) bool) string {
	t.Helper()
	var kinds []string
	for {
		message, _ := k.next(t, fmt.Sprintf("the message after %q", kinds)).data.(map[string]any)
		if isEnd(message) {
			return strings.Join(kinds, " ")
		}
		kinds = append(kinds, fmt.Sprint(message["type"]))
	}
}

// must skips to the message of the type and returns it.
func (k *socket) must(t *testing.T, kind string) (found map[string]any) {
	t.Helper()
	k.before(t, func(m map[string]any) bool {
		found = m
		return m["type"] == kind
	})
	return found
}

// closed skips to the server's close and returns its code, or 1006.
func (k *socket) closed(t *testing.T) int {
	t.Helper()
	for {
		if e := k.next(t, "the close"); e.dir == "close" {
			return e.code
		}
	}
}

// say sends JSON text.
func (k *socket) say(t *testing.T, text string) {
	t.Helper()
	if err := k.conn.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

// goodbye closes the socket as a browser does.
func (k *socket) goodbye(code int) error {
	err := k.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(patience))
	if errors.Is(err, websocket.ErrCloseSent) {
		return nil
	}
	return err
}

// room is a session of the first person with a socket for each of the others.
type room struct {
	id      string
	sockets []*socket
}

// openRoom makes a session and brings the first n people into it.
func (s *server) openRoom(t *testing.T, n int) *room {
	t.Helper()
	var made struct {
		Session struct {
			ID string `json:"session_id"`
		}
	}
	s.mustCall(t, s.people[0], "POST", "/collaborate/create/", map[string]any{"max_participants": 5}, &made)
	r := &room{id: made.Session.ID}
	for i := range n {
		k := s.open(t, s.people[i], "/ws/collaborate/"+r.id+"/")
		k.must(t, "init")
		for _, earlier := range r.sockets {
			earlier.must(t, "user_joined")
		}
		r.sockets = append(r.sockets, k)
	}
	return r
}

// number is the id as JSON decodes it here.
func (p person) number() json.Number { return json.Number(strconv.Itoa(p.ID)) }
