package memory

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/pixeltales/pixelload/internal/needed"
)

// exposition is a text that an exporter answers with, changed by the test.
type exposition struct {
	mu   sync.Mutex
	text string
}

func (e *exposition) set(text string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.text = text
}

func (e *exposition) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.text == "" {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	fmt.Fprint(w, e.text)
}

// realPrometheus starts Debian's Prometheus, which scrapes the returned text
// each second, and returns its URL.
func realPrometheus(t *testing.T) (string, *exposition) {
	t.Helper()
	program, err := exec.LookPath("prometheus")
	if err != nil {
		needed.Skip(t, "no Prometheus to test with: %v", err)
	}
	text := &exposition{}
	exporter := httptest.NewServer(text)
	t.Cleanup(exporter.Close)
	dir := t.TempDir()
	write(t, dir, "prometheus.yml", fmt.Sprintf(`
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
- job_name: test
  static_configs: [{targets: [%q]}]
`, exporter.Listener.Addr()))
	address := freeAddress(t)
	var log bytes.Buffer
	cmd := exec.Command(program, "--config.file="+filepath.Join(dir, "prometheus.yml"),
		"--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+address)
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	eventually(t, "answer of Prometheus", func() bool {
		resp, err := http.Get("http://" + address + "/-/ready")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	return "http://" + address, text
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

const ofCollector = `
pixelload_memory_unreclaimable_bytes{target="app",source="cgroup2"} 4.2e+07
pixelload_memory_working_set_bytes{target="app",source="cgroup2"} 4.5e+07
pixelload_memory_usage_bytes{target="app",source="cgroup2"} 5e+07
pixelload_memory_limit_bytes{target="app",source="cgroup2"} 5.36870912e+08
pixelload_memory_pressure_ratio{target="app",source="cgroup2",kind="some"} 0.25
pixelload_memory_pressure_ratio{target="app",source="cgroup2",kind="full"} 0.125
pixelload_oom_kills_total{target="app",source="cgroup2"} 2
pixelload_restarts_total{target="app",source="cgroup2"} 1
pixelload_target_start_time_seconds{target="app",source="cgroup2"} 1.7954e+09
`

const ofCAdvisor = `
container_memory_working_set_bytes{id="/docker/ab",image="x",name="web"} 4.5e+07
container_memory_usage_bytes{id="/docker/ab",image="x",name="web"} 5e+07
container_memory_rss{id="/docker/ab",image="x",name="web"} 3e+07
container_memory_cache{id="/docker/ab",image="x",name="web"} 1e+07
container_memory_kernel_usage{id="/docker/ab",image="x",name="web"} 2e+06
container_spec_memory_limit_bytes{id="/docker/ab",image="x",name="web"} 0
container_oom_events_total{id="/docker/ab",image="x",name="web"} 5
container_start_time_seconds{id="/docker/ab",image="x",name="web"} 1.7954e+09
`

func TestPrometheus(t *testing.T) {
	url, text := realPrometheus(t)
	text.set(ofCollector + ofCAdvisor)
	sources := map[string]Source{}
	for _, name := range []string{"app", "web"} {
		eventually(t, "series of "+name, func() bool {
			src, err := OpenPrometheus(PrometheusOptions{URL: url, Container: name})
			sources[name] = src
			return err == nil
		})
	}
	started := time.Unix(1795400000, 0).UTC()
	check := func(name string, want Sample) {
		t.Helper()
		got := readOnce(t, sources[name])
		if diff := cmp.Diff(want, got, figures, cmpopts.IgnoreFields(Sample{}, "Time")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	check("app", Sample{
		Epoch: Epoch{Started: started}, Unreclaimable: Known(42e6), WorkingSet: Known(45e6), Usage: Known(50e6),
		Limit: Known(512 * MiB), Pressure: &Pressure{Some: 0.25, Full: 0.125}, OOMKills: Known(2), Restarts: Known(1),
	})
	cadvisor := Sample{ // no U: nothing says what of the cache is shared memory
		Epoch: Epoch{ID: "/docker/ab", Started: started}, WorkingSet: Known(45e6), Usage: Known(50e6), Anon: Known(30e6),
		File: Known(10e6), Kernel: Known(2e6), OOMKills: Known(5),
	}
	check("web", cadvisor)

	first := readOnce(t, sources["app"])
	eventually(t, "second scrape", func() bool { return readOnce(t, sources["app"]).Time.Sub(first.Time) > 500*time.Millisecond })

	t.Log("the target is down and the collector's counters go on: no old figure is taken for a new one")
	down := time.Now()
	_, counters, _ := strings.Cut(ofCollector, "kind=\"full\"} 0.125\n")
	text.set(counters + ofCAdvisor)
	eventually(t, "error of a target that is down", func() bool {
		s, err := sources["app"].Read()
		if s.Time.After(down) {
			t.Fatalf("a figure of %v, when the target was down from %v on: %+v", s.Time, down, s)
		}
		return err != nil && strings.Contains(err.Error(), "its memory is no longer told")
	})

	t.Log("another container takes the name: its counter goes on from the one before")
	text.set(strings.NewReplacer("/docker/ab", "/docker/cd", "} 5\n", "} 1\n").Replace(ofCAdvisor))
	eventually(t, "new epoch", func() bool {
		s, err := sources["web"].Read()
		return err == nil && s.Epoch.ID == "/docker/cd"
	})
	cadvisor.Epoch.ID, cadvisor.OOMKills = "/docker/cd", Known(6)
	check("web", cadvisor)

	t.Log("two containers of one name are not summed and not chosen from")
	text.set(ofCAdvisor + strings.ReplaceAll(ofCAdvisor, "/docker/ab", "/docker/cd"))
	eventually(t, "error that names both", func() bool {
		_, err := sources["web"].Read()
		return err != nil && strings.Contains(err.Error(), "2 targets fit") &&
			strings.Contains(err.Error(), `id="/docker/ab"`) && strings.Contains(err.Error(), `id="/docker/cd"`)
	})
	if _, err := OpenPrometheus(PrometheusOptions{URL: url, Container: `{name="web",id="/docker/cd"}`}); err != nil {
		t.Errorf("a selector that fits one: %v", err)
	}

	t.Log("the exporter ends")
	text.set("")
	eventually(t, "error of old age", func() bool {
		s, err := sources["app"].Read()
		return err != nil && s == (Sample{}) && strings.Contains(err.Error(), "it is no longer scraped")
	})
	if _, err := OpenPrometheus(PrometheusOptions{URL: url, Container: "none"}); !errors.Is(err, errNoSeries) {
		t.Errorf("a name that no series has: %v", err)
	}
}
