package extension

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/pixeltales/pixelload/internal/account"
)

// fakeServer answers what the default user asks for and fans draws out. It
// holds no rules of the application: those are the reference app's to test.
type fakeServer struct {
	*httptest.Server
	drop  func(n int) bool // whether to lose the n-th delivery of a draw
	wrong func(r *http.Request) (status int, body string)

	mu       sync.Mutex
	calls    map[string]int // by method and path
	rooms    map[string][]*fakeMember
	bodies   map[string][]byte   // the last of each method and path
	acts     map[int][]string    // of each user, in the order of their arrival
	pagers   map[int]*fakeMember // notification sockets, by user
	draws    int
	votes    int
	sessions int
	closes   map[int]int // close codes of clients
}

type fakeMember struct {
	user int
	mu   sync.Mutex
	conn *websocket.Conn
}

func (m *fakeMember) send(v any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_ = m.conn.SetWriteDeadline(time.Now().Add(5 * time.Second))
	_ = m.conn.WriteJSON(v)
}

func newFakeServer(t *testing.T) *fakeServer {
	t.Helper()
	f := &fakeServer{
		calls: map[string]int{}, rooms: map[string][]*fakeMember{},
		bodies: map[string][]byte{}, closes: map[int]int{}, acts: map[int][]string{}, pagers: map[int]*fakeMember{},
	}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f
}

func (f *fakeServer) serve(w http.ResponseWriter, r *http.Request) {
	if f.wrong != nil {
		if status, body := f.wrong(r); status != 0 {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
			fmt.Fprint(w, body)
			return
		}
	}
	if strings.HasPrefix(r.URL.Path, "/ws/") {
		f.socket(w, r)
		return
	}
	f.rest(w, r)
}

func (f *fakeServer) rest(w http.ResponseWriter, r *http.Request) {
	var body json.RawMessage
	_ = json.NewDecoder(r.Body).Decode(&body)
	key := r.Method + " " + strings.TrimPrefix(r.URL.RequestURI(), "/api")
	f.mu.Lock()
	f.calls[key]++
	f.bodies[key] = body
	user := tokenUser(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	f.acts[user] = append(f.acts[user], key+" "+string(body[:min(len(body), 1000)])) // a story is hundreds of kilobytes
	if strings.HasSuffix(key, "/create/") {
		f.sessions++
	}
	n := f.sessions
	f.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch {
	case key == "POST /auth/login/":
		fmt.Fprintf(w, `{"access":%q}`, fakeToken(body))
	case key == "POST /collaborate/create/":
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"success":true,"session":{"session_id":"room-%d","join_code":"C%d"}}`, n, n)
	case strings.HasPrefix(key, "GET /profanity/"):
		fmt.Fprint(w, `{"success":true,"words":["rot"],"count":1}`)
	case strings.Contains(key, "public=true"):
		fmt.Fprint(w, `{"count":2,"results":[{"id":7,"title":"a","canvas_data":"[{\"id\":99}]"},{"id": 8,"title":"b"}]}`)
	case key == "POST /stories/create/":
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"success":true,"message":"made","story":{"id":21,"title":"a"}}`)
	default:
		fmt.Fprint(w, f.tale(key, user, body))
	}
}

// fakeToken is a token of the user whose e-mail is in a login.
func fakeToken(body []byte) string {
	var login struct{ Email string }
	_ = json.Unmarshal(body, &login)
	var id int
	_, _ = fmt.Sscanf(login.Email, "user%d@", &id)
	token, _ := account.Mint("fake", id, time.Now())
	return token
}

func (f *fakeServer) socket(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	m := &fakeMember{user: tokenUser(r.URL.Query().Get("token")), conn: conn}
	conn.SetCloseHandler(func(code int, _ string) error {
		f.mu.Lock()
		f.closes[code]++
		f.mu.Unlock()
		return conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(time.Second))
	})
	room := r.URL.Path
	if strings.Contains(room, "collaborate") {
		f.mu.Lock()
		f.rooms[room] = append(f.rooms[room], m)
		f.mu.Unlock()
		defer f.part(room, m)
		m.send(map[string]any{"type": "init"})
	} else {
		f.mu.Lock()
		f.pagers[m.user] = m
		f.mu.Unlock()
	}
	for {
		_, text, err := conn.ReadMessage()
		var frame map[string]any
		if err != nil || json.Unmarshal(text, &frame) != nil {
			return
		}
		f.mu.Lock()
		f.acts[m.user] = append(f.acts[m.user], "frame "+string(text))
		f.mu.Unlock()
		switch frame["type"] {
		case "ping":
			m.send(map[string]any{"type": "pong"})
		case "draw", "cursor", "text_edit", "presence_update":
			f.fanOut(room, m, frame)
		case "finalize_collaborative_story":
			f.tellAll(room, `{"type":"session_ended"}`)
		}
	}
}

func (f *fakeServer) part(room string, m *fakeMember) {
	f.mu.Lock()
	defer f.mu.Unlock()
	rest := f.rooms[room][:0:0]
	for _, o := range f.rooms[room] {
		if o != m {
			rest = append(rest, o)
		}
	}
	f.rooms[room] = rest
}

func (f *fakeServer) fanOut(room string, from *fakeMember, frame map[string]any) {
	frame["user_id"] = from.user
	f.mu.Lock()
	members := f.rooms[room]
	f.mu.Unlock()
	for _, m := range members {
		if m == from {
			continue
		}
		if frame["type"] == "draw" {
			f.mu.Lock()
			f.draws++
			n := f.draws
			f.mu.Unlock()
			if f.drop != nil && f.drop(n) {
				continue
			}
		}
		m.send(frame)
	}
}

func (f *fakeServer) called(key string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[key]
}

func tokenUser(token string) int {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return 0
	}
	payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
	var claims struct {
		User int `json:"user_id"`
	}
	_ = json.Unmarshal(payload, &claims)
	return claims.User
}

// writeManifest writes the accounts of n users and returns the path.
func writeManifest(t *testing.T, n int) string {
	t.Helper()
	m := account.Manifest{Password: "paper"}
	for i := 1; i <= n; i++ {
		name := fmt.Sprintf("user%d", i)
		m.Users = append(m.Users, account.User{ID: i, Username: name, Email: name + "@load.test"})
	}
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "accounts.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
