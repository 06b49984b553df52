package target

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A container that was removed has ended, though the engine knows no such
// container any more; one whose engine fails may live on.
func TestAttachedContainerRemoved(t *testing.T) {
	var broken, removed atomic.Bool
	id := strings.Repeat("ab", 32)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", "1.41")
		w.Header().Set("Content-Type", "application/json")
		path := strings.TrimPrefix(r.URL.Path, "/v1.41")
		switch {
		case broken.Load():
			http.Error(w, `{"message":"kettle"}`, http.StatusInternalServerError)
		case path == "/_ping":
		case path == "/events":
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		case path == "/containers/json":
			fmt.Fprint(w, `[]`)
		case removed.Load():
			http.Error(w, `{"message":"No such container"}`, http.StatusNotFound)
		case strings.HasSuffix(path, "/json"):
			fmt.Fprintf(w, `{"Id":%q,"Name":"/app","State":{"Pid":1,"StartedAt":"2026-11-23T12:00:00.5Z"}}`, id)
		default:
			fmt.Fprint(w, `{"read":"2026-11-23T12:00:00Z","memory_stats":{"usage":1048576,"stats":{"anon":524288,"file":0,"shmem":0}}}`)
		}
	}))
	defer server.Close()
	t.Setenv("DOCKER_HOST", strings.Replace(server.URL, "http", "tcp", 1))
	a, err := Attach(t.Context(), Attachment{Container: "app"})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Source().Close()
	defer a.Leave()

	broken.Store(true)
	select {
	case <-a.Done():
		t.Fatal("it has ended because its engine failed")
	case <-time.After(3 * attachedPoll):
	}
	removed.Store(true)
	broken.Store(false)
	select {
	case <-a.Done():
	case <-time.After(time.Minute):
		t.Fatal("it was removed and has not ended")
	}
}
