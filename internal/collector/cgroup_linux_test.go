package collector

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/common/promslog"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/needed"
)

// makeCgroup makes a memory cgroup and skips the test where that is not
// allowed, unless it is required.
func makeCgroup(t testing.TB, name string) (dir string) {
	t.Helper()
	dir = filepath.Join(memoryRoot(), fmt.Sprintf("pixelload-collector-%d-%s", os.Getpid(), name))
	err := os.Mkdir(dir, 0o755)
	if err == nil {
		t.Cleanup(func() { removeCgroup(t, dir) })
		_, err = os.Stat(filepath.Join(dir, "memory.stat")) // v2 may not hand memory down
	}
	if err != nil {
		needed.Skip(t, "no memory cgroup can be made: %v", err)
	}
	return dir
}

// removeCgroup waits until the processes in it are gone.
func removeCgroup(t testing.TB, dir string) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if err = os.Remove(dir); err == nil || errors.Is(err, fs.ErrNotExist) {
			return
		}
	}
	t.Error(err)
}

// startIn starts a process in the cgroup that sleeps, with some memory of its own.
func startIn(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	// The shell moves itself, so that what it touches is charged to the cgroup.
	cmd := exec.Command("sh", "-c", `echo $$ > "$1/cgroup.procs" && exec sleep 60`, "sh", dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(cmd) })
	path := filepath.Join(dir, "cgroup.procs")
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(data) > 0 {
			return cmd
		}
		if time.Now().After(deadline) {
			t.Fatal("the process is not in its cgroup")
		}
	}
}

func stop(cmd *exec.Cmd) {
	_ = cmd.Process.Kill() // it may have been stopped already
	_ = cmd.Wait()
}

// TestRealCgroup: fault 5. The cgroup of a real process is removed and made
// again while it is scraped.
func TestRealCgroup(t *testing.T) {
	dir := makeCgroup(t, "app")
	cmd := startIn(t, dir)
	c := collectorOf(t, Options{Targets: []Target{Cgroup("app", dir), Process("sleep", cmd.Process.Pid), usageOf(7).target("well")}})
	labels := fmt.Sprintf(`source=%q,target="app"`, cgroupSource())

	got := gather(t, c)
	wantValue(t, got, "pixelload_source_up", labels, 1)
	wantValue(t, got, "pixelload_restarts_total", labels, 0)
	wantValue(t, got, "pixelload_oom_kills_total", labels, 0)
	// What the kernel says at the same time is about the same: it counts in batches.
	src, err := memory.OpenCgroup(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	s, err := src.Read()
	if err != nil {
		t.Fatal(err)
	}
	direct, _ := s.Usage.Get()
	usage, ok := value(got, "pixelload_memory_usage_bytes", labels)
	if diff := usage - float64(direct); !ok || direct == 0 || diff > 1<<20 || diff < -1<<20 {
		t.Errorf("usage %v, %v; the cgroup says %d", usage, ok, direct)
	}
	if pss, ok := value(got, "pixelload_memory_usage_bytes", `source="proc",target="sleep"`); !ok || pss <= 0 {
		t.Errorf("the process has %v, %v bytes", pss, ok)
	}

	stop(cmd)
	removeCgroup(t, dir)
	got = gather(t, c)
	wantValue(t, got, "pixelload_source_up", labels, 0)
	wantAbsent(t, got, "pixelload_memory_usage_bytes", labels)
	wantValue(t, got, "pixelload_source_up", `source="proc",target="sleep"`, 0)
	wantValue(t, got, "pixelload_source_up", `source="fake",target="well"`, 1)

	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	startIn(t, dir)
	got = gather(t, c)
	wantValue(t, got, "pixelload_source_up", labels, 1)
	wantValue(t, got, "pixelload_restarts_total", labels, 1)
}

// TestCgroupOfContainer: an engine that is away is not needed for an id.
func TestCgroupOfContainer(t *testing.T) {
	const id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	for _, below := range []string{"docker/" + id, "system.slice/docker-" + id + ".scope", "a/b/libpod-" + id + ".scope"} {
		root := t.TempDir()
		if err := os.MkdirAll(filepath.Join(root, below, "init"), 0o755); err != nil {
			t.Fatal(err)
		}
		for _, asked := range []string{id, id[:12]} {
			if got, err := cgroupOfContainer(root, asked); err != nil || got != filepath.Join(root, below) {
				t.Errorf("%s: %q, %v", below, got, err)
			}
		}
		if got, err := cgroupOfContainer(root, "fedcba987654"); err == nil {
			t.Errorf("another id: %q", got)
		}
	}
	dir := makeCgroup(t, id)
	t.Setenv("DOCKER_HOST", "unix://"+filepath.Join(t.TempDir(), "none"))
	c := collectorOf(t, Options{Targets: []Target{Container("byid", id[:12]), Container("byname", "kettle")}})
	got := gather(t, c)
	wantValue(t, got, "pixelload_source_up", fmt.Sprintf(`source=%q,target="byid"`, cgroupSource()), 1)
	wantValue(t, got, "pixelload_source_up", fmt.Sprintf(`source=%q,target="byname"`, cgroupSource()), 0)
	removeCgroup(t, dir)
}

// BenchmarkScrape asks for the metrics of 100 real cgroups as Prometheus does.
// What it costs is the processor time: others may be using this machine too.
func BenchmarkScrape(b *testing.B) {
	const cgroups = 100
	var targets []Target
	for i := range cgroups {
		targets = append(targets, Cgroup(strconv.Itoa(i), makeCgroup(b, strconv.Itoa(i))))
	}
	c := New(Options{Targets: targets, Version: "test", Log: promslog.NewNopLogger()})
	b.Cleanup(c.Close)
	h, err := Handler(c, "/metrics")
	if err != nil {
		b.Fatal(err)
	}
	before := processorTime(b)
	for b.Loop() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		if n := strings.Count(w.Body.String(), `pixelload_source_up{`); n != cgroups {
			b.Fatalf("%d of %d targets", n, cgroups)
		}
	}
	b.ReportMetric((processorTime(b)-before).Seconds()*1e3/float64(b.N), "cpu-ms/op")
}

// processorTime is what this process has used.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
