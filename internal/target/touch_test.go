package target

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"

	"github.com/pixeltales/pixelload/internal/guard"
)

// app answers like a PixelTales that is just good enough to be touched.
type app struct {
	mu   sync.Mutex
	seen []string
}

func (a *app) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.seen = append(a.seen, r.Method+" "+r.URL.Path)
	a.mu.Unlock()
	if strings.HasPrefix(r.URL.Path, "/ws/") {
		if r.URL.Query().Get("token") != "tok" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		conn, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer conn.Close()
		conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"connection"}`))
		conn.ReadMessage()
		return
	}
	switch {
	case r.Header.Get("Authorization") != "Bearer tok":
		w.WriteHeader(http.StatusUnauthorized)
	case r.URL.Path == "/api/stories/create/":
		w.WriteHeader(http.StatusCreated)
		w.Write([]byte(`{"success":true,"story":{"id":7}}`))
	case r.URL.Path == "/api/collaborate/create/":
		w.WriteHeader(http.StatusCreated)
		w.Write([]byte(`{"success":true,"session":{"session_id":"0b6e-1","join_code":"K7QX2"}}`))
	case r.URL.Path == "/api/friends/":
		w.WriteHeader(http.StatusInternalServerError)
	}
}

func TestTouch(t *testing.T) {
	a := &app{}
	server := httptest.NewServer(a)
	defer server.Close()
	var observed []string
	untouched, err := Touch(t.Context(), guard.Here(server.URL), "tok", func(name string) { observed = append(observed, name) })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"friends"}, untouched); diff != "" {
		t.Errorf("untouched (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"words"}, observed); diff != "" {
		t.Errorf("observed (-want +got):\n%s", diff)
	}
	if len(a.seen) != len(steps) {
		t.Errorf("%d requests; want one for each of %d steps", len(a.seen), len(steps))
	}
	for _, want := range []string{"PATCH /api/stories/7/update/", "GET /api/collaborate/0b6e-1/draft/", "GET /ws/collaborate/0b6e-1/"} {
		if !slices.Contains(a.seen, want) {
			t.Errorf("no request %q in %q", want, a.seen)
		}
	}
}

// Without an id there is nothing to ask for.
func TestTouchRefused(t *testing.T) {
	a := &app{}
	server := httptest.NewServer(a)
	defer server.Close()
	untouched, err := Touch(t.Context(), guard.Here(server.URL), "bad", func(string) {})
	if err != nil || len(untouched) != len(steps) {
		t.Errorf("untouched = %q, %v; want all", untouched, err)
	}
	for _, seen := range a.seen {
		if strings.Contains(seen, "{") {
			t.Errorf("asked for %s", seen)
		}
	}
}

// A target that is gone is an error and not a list.
func TestTouchDeadTarget(t *testing.T) {
	server := httptest.NewServer(&app{})
	server.Close()
	if _, err := Touch(t.Context(), guard.Here(server.URL), "tok", func(string) {}); err == nil || !strings.HasPrefix(err.Error(), "touching words: ") {
		t.Errorf("Touch() = %v; want an error at the first step", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Touch(ctx, guard.Here(server.URL), "tok", func(string) {}); err == nil {
		t.Error("Touch() with a context that is over succeeds")
	}
}
