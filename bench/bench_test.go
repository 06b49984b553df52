package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func TestRowIsMedians(t *testing.T) {
	t.Parallel()
	l := load{sockets: 10, rate: 1, length: 10 * time.Second} // 900 messages are offered
	if got := l.offered(); got != 900 {
		t.Errorf("offered() = %g, want 900", got)
	}
	run := func(cpu time.Duration, received, p99 float64) result {
		return result{report: report{Sent: 100, Received: received, P99: p99}, cpu: cpu, peak: int64(p99) << 20}
	}
	got := l.row("x", []result{run(time.Second, 900, 3), run(3*time.Second, 450, 9), run(2*time.Second, 900, 1)})
	if got.cpu != 2000 || got.delivered != 1 || got.p99 != 3 || got.peak != 3<<20 {
		t.Errorf("row = %+v, want 2000 ms, all delivered, 3 ms and 3 MiB", got)
	}
	if got := median([]result{run(0, 2, 0), run(0, 4, 0)}, func(r result) float64 { return r.report.Received }); got != 3 {
		t.Errorf("median of 2 and 4 = %g", got)
	}
}

// What a client leaves out, or what fails, must not make it look cheap.
func TestWorkIsDone(t *testing.T) {
	t.Parallel()
	pages, messages := load{work: 10}, load{sockets: 10}
	for _, test := range []struct {
		load   load
		report report
		want   string // empty: done
	}{
		{pages, report{Sent: 50}, ""},
		{pages, report{Sent: 40}, "it made 40 requests"},
		{pages, report{Sent: 60}, "it made 60 requests"},
		{pages, report{Sent: 50, Failed: 50}, "50 of which failed"},
		{messages, report{Sent: 1}, ""},
		{messages, report{}, "it sent nothing"},
	} {
		err := test.load.done(test.report)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v, want %q", test.report, err, test.want)
		}
	}
}

// A small child's peak is its parent's: no figure of the child.
func TestPeakIsTheChilds(t *testing.T) {
	t.Parallel()
	small := exec.Command("true")
	if err := small.Run(); err != nil {
		t.Fatal(err)
	}
	if n, err := peak(small.ProcessState); err == nil {
		t.Errorf("peak of a child smaller than this process: %d, want an error", n)
	}
}

func TestOnlyKnownLoads(t *testing.T) {
	t.Parallel()
	doc := filepath.Join(t.TempDir(), "doc.md")
	err := command([]string{"-only", "bussy", "-k6", os.Args[0], "-doc", doc})
	if err == nil || !strings.Contains(err.Error(), `no load is called "bussy"`) {
		t.Errorf("error %v, want the load named", err)
	}
}

func TestTableComparesWithTheFirst(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	table{load: load{title: "a load"}, rows: []row{
		{client: "stock", cpu: 80, peak: 400 << 20, delivered: 0.9, p50: 1, p99: 100},
		{client: "ours", cpu: 20, peak: 50 << 20, delivered: 1, p50: 1, p99: 10},
	}}.write(&b)
	for _, want := range []string{"### A load\n", "| stock | 80.0 | 1.00 | 400 | 1.00 | 90.00 % | 1.0 | 100.0 |", "| ours | 20.0 | 0.25 | 50 | 0.12 | 100.00 % | 1.0 | 10.0 |"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no line %q in\n%s", want, b.String())
		}
	}
}

func TestPublishNeedsItsMarks(t *testing.T) {
	t.Parallel()
	doc := filepath.Join(t.TempDir(), "doc.md")
	if err := os.WriteFile(doc, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := publish(doc, "true", 1, nil); err == nil || !strings.Contains(err.Error(), beginMark) {
		t.Errorf("publish: %v, want the missing line named", err)
	}
}

func TestPublishKeepsTheRest(t *testing.T) {
	t.Parallel()
	doc := filepath.Join(t.TempDir(), "doc.md")
	if err := os.WriteFile(doc, []byte("above\n"+beginMark+"\nold\n"+endMark+"\nbelow\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := publish(doc, "echo", 3, []table{{load: load{title: "a load", length: 15 * time.Second}}}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(doc)
	if err != nil {
		t.Fatal(err)
	}
	got := string(text)
	if !strings.HasPrefix(got, "above\n") || !strings.HasSuffix(got, endMark+"\nbelow\n") ||
		!strings.Contains(got, "### A load") || !strings.Contains(got, "Medians of 3 runs in turn, each sending for 15s") || strings.Contains(got, "old") {
		t.Errorf("document:\n%s", got)
	}
}

// What one of a room sends, the others get, and who is in another room does not.
func TestServerFansOut(t *testing.T) {
	t.Parallel()
	all := &rooms{members: map[string]*room{}}
	server := httptest.NewServer(http.HandlerFunc(all.join))
	t.Cleanup(server.Close)
	dial := func(path string) *websocket.Conn {
		conn, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(server.URL, "http")+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		if _, m, err := conn.ReadMessage(); err != nil || string(m) != `{"type":"init"}` {
			t.Fatalf("first message %s, %v", m, err)
		}
		return conn
	}
	a, b, other := dial("/ws/1/"), dial("/ws/1/"), dial("/ws/2/")
	for _, conn := range []*websocket.Conn{a, other, b} {
		if err := conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"draw"}`)); err != nil {
			t.Fatal(err)
		}
	}
	for _, conn := range []*websocket.Conn{a, b} {
		if _, m, err := conn.ReadMessage(); err != nil || string(m) != `{"type":"draw"}` {
			t.Errorf("got %s, %v", m, err)
		}
	}
	_ = other.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if _, m, err := other.ReadMessage(); err == nil {
		t.Errorf("another room got %s", m)
	}
}
