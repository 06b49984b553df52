package collector

import (
	"archive/tar"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/pixeltales/pixelload/internal/needed"
)

// TestDocker: faults 1 and 2 on a real engine. A container is found by its name
// and by its label, says what is killed in it, and what it was when it is gone.
func TestDocker(t *testing.T) {
	importHog(t)
	name := fmt.Sprintf("pixelload-collector-%d", os.Getpid())
	cmd := exec.Command("docker", "run", "--interactive", "--name", name, "--label", "pixelload-test="+name, "--network", "none",
		"--memory", "64m", "--memory-swap", "64m", name, "touch", "8", "stdin", "child", "128", "stdin", "exit", "0")
	goOn, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		docker(t, nil, "rm", "--force", "--volumes", name)
		_ = cmd.Wait() // it was told to end
	})
	c := collectorOf(t, Options{Targets: []Target{Container("app", name)}, Discover: []Discovery{Labelled("pixelload-test=" + name)}})
	source := cgroupSource()
	named, labelled := fmt.Sprintf(`source=%q,target="app"`, source), fmt.Sprintf(`source=%q,target=%q`, source, name)

	got := scrapeUntil(t, c, "pixelload_memory_unreclaimable_bytes", named, func(u float64) bool { return u > 8<<20 })
	if _, ok := value(got, "pixelload_source_up", labelled); !ok {
		got = scrapeUntil(t, c, "pixelload_source_up", labelled, func(up float64) bool { return up == 1 })
	}
	for _, labels := range []string{named, labelled} {
		wantValue(t, got, "pixelload_source_up", labels, 1)
		wantValue(t, got, "pixelload_memory_limit_bytes", labels, 64<<20)
		wantValue(t, got, "pixelload_oom_kills_total", labels, 0)
		wantValue(t, got, "pixelload_restarts_total", labels, 0)
	}
	wantValue(t, got, "pixelload_source_up", fmt.Sprintf(`source="docker",target="label pixelload-test=%s"`, name), 1)

	fmt.Fprintln(goOn)
	for _, labels := range []string{named, labelled} {
		got = scrapeUntil(t, c, "pixelload_oom_kills_total", labels, func(kills float64) bool { return kills > 0 })
		wantValue(t, got, "pixelload_oom_kills_total", labels, 1)
		wantValue(t, got, "pixelload_source_up", labels, 1)
	}

	fmt.Fprintln(goOn)
	scrapeUntil(t, c, "pixelload_source_up", named, func(up float64) bool { return up == 0 })
	// Its cgroup may go before the engine tells of the end.
	got = scrapeUntil(t, c, "pixelload_oom_kills_total", named, func(kills float64) bool { return kills == 1 })
	wantValue(t, got, "pixelload_source_up", named, 0)
	wantAbsent(t, got, "pixelload_memory_unreclaimable_bytes", named)

	docker(t, nil, "start", name)
	got = scrapeUntil(t, c, "pixelload_source_up", named, func(up float64) bool { return up == 1 })
	wantValue(t, got, "pixelload_restarts_total", named, 1)
	wantValue(t, got, "pixelload_oom_kills_total", named, 1)
}

// importHog makes an image, named as the test's container, that holds the
// program of internal/memory's tests and nothing else. The test is skipped where
// no engine answers.
func importHog(t *testing.T) {
	t.Helper()
	if out, err := exec.Command("docker", "info").CombinedOutput(); err != nil {
		needed.Skip(t, "no Docker engine answers: %v: %s", err, out)
	}
	path := filepath.Join(t.TempDir(), "hog")
	build := exec.Command("go", "build", "-o", path, "../memory/testdata/hog")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	program, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	if err := w.WriteHeader(&tar.Header{Name: "hog", Mode: 0o755, Size: int64(len(program))}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(program); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("pixelload-collector-%d", os.Getpid())
	docker(t, layer.Bytes(), "import", "--change", `ENTRYPOINT ["/hog"]`, "-", name)
	t.Cleanup(func() { docker(t, nil, "rmi", name) })
}

func docker(t *testing.T, in []byte, args ...string) {
	t.Helper()
	cmd := exec.Command("docker", args...)
	cmd.Stdin = bytes.NewReader(in)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("docker %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// scrapeUntil scrapes until the series is there and as wanted, which an engine
// brings about in its own time.
func scrapeUntil(t *testing.T, c *Collector, name, labels string, want func(float64) bool) map[string]*dto.MetricFamily {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		got := gather(t, c)
		v, ok := value(got, name, labels)
		if ok && want(v) {
			return got
		}
		if time.Now().After(end) {
			t.Fatalf("after a minute %s{%s} = %v, %v", name, labels, v, ok)
		}
	}
}
