//go:build linux

package calibration_test

import (
	"flag"
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/pixeltales/pixelload/internal/calibration/calibtest"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/stats"
)

// The tests wait more than they work: they wait side by side, unless -parallel
// was given.
func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		_ = flag.Set("test.parallel", "12")
	}
	os.Exit(m.Run())
}

// allowed is how far, in MiB, a figure may be from the truth.
const allowed = 0.5

// U moves by what is touched, and comes back with it.
func TestUnreclaimableIsTrue(t *testing.T) {
	t.Parallel()
	c := calibtest.Start(t, 600<<20)
	idle := mib(t, c.Settled().Unreclaimable)
	for _, x := range []int{1, 2, 5, 10, 20, 50, 75, 100, 150, 200, 300, 400, 37, 0} {
		c.Set(fmt.Sprintf("anon=%d", x))
		near(t, fmt.Sprintf("U at %d MiB", x), mib(t, c.Settled().Unreclaimable)-idle, float64(x), allowed)
	}
}

// What children share is there once: in U and in the sum of PSS. A sum of RSS
// counts it for each of them.
func TestSharedIsCountedOnce(t *testing.T) {
	t.Parallel()
	const shared, own, children = 64, 8, 3
	c := calibtest.Start(t, 600<<20)
	tree, err := memory.OpenProcess("/proc", c.PID())
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	idle := c.Settled()
	idlePSS, idleRSS := pss(t, tree), rss(t, c.PID())

	c.Set(fmt.Sprintf("anon=%d&own=%d&children=%d", shared, own, children))
	inU := mib(t, c.Settled().Unreclaimable) - mib(t, idle.Unreclaimable)
	inPSS, inRSS := pss(t, tree)-idlePSS, rss(t, c.PID())-idleRSS
	t.Logf("%d MiB shared by %d, %d own each: U %.2f, sum of PSS %.2f, sum of RSS %.2f MiB",
		shared, children+1, own, inU, inPSS, inRSS)

	// A child copies the page tables, and some of Go's heap as it is written to;
	// it has a stack in the kernel.
	const copied = children * shared / 513.
	near(t, "U", inU, shared+children*own+copied, children*allowed)
	near(t, "sum of PSS", inPSS, (shared+children*own)*512/513., children*allowed)
	if least := float64((children+1)*shared + children*own - 1); inRSS < least {
		t.Errorf("sum of RSS moved by %.2f MiB; want %.0f or more: it counts what is shared for each", inRSS, least)
	}
	c.Set("anon=0&children=0")
	near(t, "U after the children", mib(t, c.Settled().Unreclaimable)-mib(t, idle.Unreclaimable), 0, allowed)
}

// Page cache is what the kernel can take back: usage and the working set have
// it, U does not.
func TestPageCacheIsNotU(t *testing.T) {
	t.Parallel()
	const x = 40
	c := calibtest.Start(t, 600<<20)
	c.Set("cache=1") // the program's own text is page cache too
	c.Set("cache=0")
	idle := c.Settled()
	c.Set(fmt.Sprintf("cache=%d", x))
	full := c.Settled()
	near(t, "U", moved(t, idle, full, unreclaimable), 0, allowed)
	near(t, "file", moved(t, idle, full, file), x, 2*allowed)
	near(t, "usage", moved(t, idle, full, usage), x, 2*allowed)
	near(t, "working set", moved(t, idle, full, workingSet), x, 2*allowed)
	c.Set("cache=0")
	near(t, "usage afterwards", moved(t, idle, c.Settled(), usage), 0, 2*allowed)
}

// What a peer does not read is in U, on v1 too, where usage leaves it out.
func TestSocketBuffersAreU(t *testing.T) {
	t.Parallel()
	c := calibtest.Start(t, 600<<20)
	idle := c.Settled()
	c.Set("buffers=8")
	full := c.Settled()
	held := float64(c.Holding().Buffers) / memory.MiB
	if held < 8 {
		t.Fatalf("the sockets hold %.2f MiB; 8 were written", held)
	}
	sock := mib(t, full.Sock)
	near(t, "sock", sock, held, allowed)
	near(t, "U", moved(t, idle, full, unreclaimable), held, 2*allowed)
	c.Set("buffers=0")
	near(t, "U afterwards", moved(t, idle, c.Settled(), unreclaimable), 0, allowed)
}

// A kill is seen once: in the samples, and in how the target ended.
func TestKilledOverTheLimit(t *testing.T) {
	t.Parallel()
	c := calibtest.Start(t, 100<<20)
	if _, err := c.Try(http.MethodPost, "/?anon=200"); err == nil {
		t.Error("200 MiB were held under 100")
	}
	select {
	case <-c.Done():
	case <-time.After(time.Minute):
		t.Fatal("200 MiB under 100, and it lives")
	}
	if exit := c.Stop(); !exit.Killed() || exit.OOMKills != 1 {
		t.Errorf("it ended as %+v; want killed once", exit)
	}
}

// A child is killed and its parent lives: one kill, and exit status 0.
func TestChildKilledOverTheLimit(t *testing.T) {
	t.Parallel()
	c := calibtest.Start(t, 100<<20, "anon=20")
	before := count(t, c.Read().OOMKills)
	if h := c.Set("own=200&children=1"); h.Killed != 1 || h.Children != 0 {
		t.Errorf("holding = %+v; want the child killed", h)
	}
	for range 3 {
		if kills := count(t, c.Settled().OOMKills) - before; kills != 1 {
			t.Errorf("%d kills; want 1", kills)
		}
	}
	if exit := c.Stop(); exit.Killed() || exit.OOMKills != 1 || exit.Code != 0 || exit.Signal != 0 {
		t.Errorf("it ended as %+v; want one kill and exit status 0", exit)
	}
}

// A leak is seen at its rate. The program says what it has leaked by then, for
// on a busy machine it may fall behind for a while.
func TestLeakIsSeenAtItsRate(t *testing.T) {
	t.Parallel()
	for _, rate := range []float64{1, 8} { // MiB/s
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			t.Parallel()
			c := calibtest.Start(t, 600<<20, fmt.Sprintf("leak=%v", rate))
			var ts, seen, asked, leaked []float64
			first := c.Settled().Time
			for range 10 { // not often: a request takes some KiB of Go's heap
				s := c.Read()
				ts, seen = append(ts, s.Time.Sub(first).Seconds()), append(seen, mib(t, s.Unreclaimable))
				asked = append(asked, time.Since(first).Seconds())
				leaked = append(leaked, float64(c.Holding().Leaked)/memory.MiB)
				time.Sleep(2 * time.Second)
			}
			truth := slope(t, asked, leaked)
			t.Logf("it leaked %.3f MiB/s of %v", truth, rate)
			near(t, fmt.Sprintf("slope at %v MiB/s", rate), slope(t, ts, seen), truth, 0.02*truth)
		})
	}
}

func slope(t *testing.T, ts, xs []float64) float64 {
	t.Helper()
	v, err := stats.Slope(ts, xs)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Garbage grows with the pages, until a collection.
func TestSawtooth(t *testing.T) {
	t.Parallel()
	c := calibtest.Start(t, 600<<20, "garbage=10", "every=4")
	idle := c.Settled()
	for page, want := range []float64{10, 20, 30, 0, 10} {
		c.Page()
		near(t, fmt.Sprintf("U after %d pages", page+1), moved(t, idle, c.Settled(), unreclaimable), want, allowed)
	}
	c.Set("every=0")
	for range 6 {
		c.Page()
	}
	near(t, "U when nothing collects", moved(t, idle, c.Settled(), unreclaimable), 70, allowed)
	c.Collect()
	near(t, "U after a forced collection", moved(t, idle, c.Settled(), unreclaimable), 0, allowed)
}

// Every open socket has its memory, and takes it along.
func TestMemoryForEachSocket(t *testing.T) {
	t.Parallel()
	const users, each = 20, 2.5
	c := calibtest.Start(t, 600<<20, fmt.Sprintf("socket=%v", each))
	idle := c.Settled()
	var open []*websocket.Conn
	for range users {
		conn, response, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(c.URL(), "http")+"/ws/any/", nil)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		open = append(open, conn)
	}
	untilOpen(t, c, users)
	// Go's and the kernel's own share of a connection is some 30 KiB.
	near(t, "U with users", moved(t, idle, c.Settled(), unreclaimable), users*each, 2*allowed)
	for _, conn := range open {
		conn.Close()
	}
	untilOpen(t, c, 0)
	near(t, "U without them", moved(t, idle, c.Settled(), unreclaimable), 0, 2*allowed)
}

// untilOpen waits until the program has seen who came and who left.
func untilOpen(t *testing.T, c *calibtest.Target, want int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); c.Holding().Open != want; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("holding = %+v; want %d sockets open", c.Holding(), want)
		}
	}
}

// near fails the test when got is farther from want than it may be, and notes
// how far it is.
func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	t.Logf("%s: %.3f, the truth is %.3f (%+.3f)", what, got, want, got-want)
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s: %.3f; want %.3f within %.3f", what, got, want, within)
	}
}

func unreclaimable(s memory.Sample) memory.Figure { return s.Unreclaimable }
func usage(s memory.Sample) memory.Figure         { return s.Usage }
func workingSet(s memory.Sample) memory.Figure    { return s.WorkingSet }
func file(s memory.Sample) memory.Figure          { return s.File }

// moved is by how many MiB a figure differs.
func moved(t *testing.T, from, to memory.Sample, of func(memory.Sample) memory.Figure) float64 {
	t.Helper()
	return mib(t, of(to)) - mib(t, of(from))
}

func mib(t *testing.T, f memory.Figure) float64 {
	t.Helper()
	return float64(count(t, f)) / memory.MiB
}

func count(t *testing.T, f memory.Figure) int64 {
	t.Helper()
	v, ok := f.Get()
	if !ok {
		t.Fatal("a figure is unknown")
	}
	return int64(v)
}

// pss is the sum of anonymous and shared PSS over the tree.
func pss(t *testing.T, tree memory.Source) float64 {
	t.Helper()
	s, err := tree.Read()
	if err != nil {
		t.Fatal(err)
	}
	return mib(t, s.Unreclaimable)
}

// rss sums the RSS of a process and its children, in MiB.
func rss(t *testing.T, pid int) float64 {
	t.Helper()
	sum := rssOf(t, strconv.Itoa(pid))
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		children, err := os.ReadFile(task)
		if err != nil {
			t.Fatal(err)
		}
		for _, child := range strings.Fields(string(children)) {
			sum += rssOf(t, child)
		}
	}
	return sum
}

func rssOf(t *testing.T, pid string) float64 {
	t.Helper()
	status, err := os.ReadFile("/proc/" + pid + "/status")
	if err != nil {
		t.Fatal(err)
	}
	var kib float64
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		t.Fatalf("process %s has no VmRSS: %v", pid, err)
	}
	return kib / 1024
}
