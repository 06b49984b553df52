package target

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/guard"
	"github.com/pixeltales/pixelload/internal/memory"
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

// TestServes: what is loaded is what is read, whoever else listens on this machine.
func TestServes(t *testing.T) {
	own := httptest.NewServer(http.NotFoundHandler())
	defer own.Close()
	six, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Fatal(err)
	}
	defer six.Close()
	other := exec.Command("python3", "-u", "-c", "import socket, time; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1]); time.sleep(600)")
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = other.Process.Kill()
		_ = other.Wait()
	}()
	var tunnel int
	if _, err := fmt.Fscan(out, &tunnel); err != nil {
		t.Fatal(err)
	}
	free, err := FreePort()
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := os.Getpid(), other.Process.Pid
	for _, row := range []struct {
		url string
		pid int
		why string
	}{
		{own.URL, ours, ""},
		{strings.Replace(own.URL, "127.0.0.1", "localhost", 1), ours, ""},
		{"http://" + six.Addr().String(), ours, ""},
		{fmt.Sprintf("http://127.0.0.1:%d", tunnel), theirs, ""},
		{fmt.Sprintf("http://127.0.0.1:%d", tunnel), ours, ""}, // it is below
		{own.URL, theirs, fmt.Sprintf("(process %d) listens there", ours)},
		{fmt.Sprintf("http://127.0.0.1:%d", free), ours, "nobody listens there"},
		{strings.Replace(own.URL, "127.0.0.1", "127.0.0.2", 1), ours, "nobody listens there"},
	} {
		a, err := Attach(t.Context(), Attachment{PID: row.pid})
		if err != nil {
			t.Fatal(err)
		}
		err = a.Serves(row.url)
		if (err != nil) != (row.why != "") || err != nil && (!errors.Is(err, guard.ErrRefused) || !strings.Contains(err.Error(), row.why)) {
			t.Errorf("%s by process %d: %v, want %q", row.url, row.pid, err, row.why)
		}
		a.Leave()
		a.Source().Close()
	}
}

// A container is known by the ports that it publishes: what listens there is
// the engine's.
func TestContainerServes(t *testing.T) {
	at := func(text string) netip.AddrPort { return netip.MustParseAddrPort(text) }
	for _, row := range []struct {
		published []netip.AddrPort
		here      bool
		url       string
		serves    bool
	}{
		{[]netip.AddrPort{at("0.0.0.0:8000")}, true, "http://127.0.0.1:8000", true},
		{[]netip.AddrPort{at("[::]:8000")}, true, "http://localhost:8000", true},
		{[]netip.AddrPort{at("127.0.0.1:80")}, true, "http://localhost", true},
		{[]netip.AddrPort{at("127.0.0.1:80")}, true, "http://127.0.0.1:80", true},
		{[]netip.AddrPort{at("127.0.0.1:8000")}, true, "http://127.0.0.2:8000", false},
		{[]netip.AddrPort{at("198.51.100.7:8000")}, true, "http://127.0.0.1:8000", false},
		{[]netip.AddrPort{at("0.0.0.0:8001")}, true, "http://127.0.0.1:8000", false},
		{[]netip.AddrPort{at("0.0.0.0:8000")}, false, "http://127.0.0.1:8000", false},
		{nil, true, "http://127.0.0.1:8000", false},
	} {
		a := &Attached{name: "container web", boxed: &memory.Container{Published: row.published, Here: row.here}, pids: func() []int { return nil }}
		if err := a.Serves(row.url); (err == nil) != row.serves || err != nil && !errors.Is(err, guard.ErrRefused) {
			t.Errorf("%+v: %v", row, err)
		}
	}
}
