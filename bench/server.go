package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// rooms are the server's sessions: what one member sends, the others get.
type rooms struct {
	mu      sync.Mutex
	members map[string]*room // by path
}

type room struct {
	mu      sync.Mutex
	members []*seat
}

// seat is one socket; frames are written by many goroutines, one at a time.
type seat struct {
	mu   sync.Mutex
	conn *websocket.Conn
}

// serve runs the server until its standard input ends; its address goes to
// standard output.
func serve() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	all := &rooms{members: map[string]*room{}}
	mux := http.NewServeMux()
	mux.HandleFunc("/ws/", all.join)
	mux.HandleFunc("/api/", page)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = server.Close()
	}()
	fmt.Fprintf(os.Stdout, "http://%s\n", listener.Addr())
	if err := server.Serve(listener); err != http.ErrServerClosed {
		return err
	}
	return nil
}

var (
	words   = []byte(`{"words":[` + strings.Repeat(`"umbrella",`, 5956) + `"boat"]}`) // 64 KiB
	answers = []byte(`{"results":[` + strings.Repeat(`{"id":1,"title":"Paper boats"},`, 64) + `{"id":2}]}`)
)

// page answers what a page asks for: the word list, or 2 KB of anything else.
func page(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	body := answers
	if strings.Contains(r.URL.Path, "/profanity/") {
		body = words
	}
	_, _ = w.Write(body)
}

// join puts a socket into the room of its path until it closes.
func (a *rooms) join(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{ReadBufferSize: 1024, WriteBufferSize: 1024}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	in, self := a.room(r.URL.Path), &seat{conn: conn}
	in.enter(self)
	defer in.leave(self)
	self.write(websocket.TextMessage, []byte(`{"type":"init"}`))
	var frame bytes.Buffer
	for {
		_, reader, err := conn.NextReader()
		if err != nil {
			return
		}
		frame.Reset()
		if _, err := frame.ReadFrom(reader); err != nil {
			return
		}
		in.send(self, frame.Bytes())
	}
}

func (a *rooms) room(path string) *room {
	a.mu.Lock()
	defer a.mu.Unlock()
	r := a.members[path]
	if r == nil {
		r = &room{}
		a.members[path] = r
	}
	return r
}

func (r *room) enter(s *seat) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.members = append(r.members[:len(r.members):len(r.members)], s)
}

func (r *room) leave(s *seat) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var rest []*seat
	for _, o := range r.members {
		if o != s {
			rest = append(rest, o)
		}
	}
	r.members = rest
}

// send writes the frame to all members but the sender.
func (r *room) send(from *seat, frame []byte) {
	r.mu.Lock()
	members := r.members
	r.mu.Unlock()
	for _, s := range members {
		if s != from {
			s.write(websocket.TextMessage, frame)
		}
	}
}

func (s *seat) write(kind int, frame []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.conn.WriteMessage(kind, frame) // a seat that is gone says so to its reader
}
