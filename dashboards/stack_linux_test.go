package dashboards

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/needed"
)

// prom is a Prometheus of this test's own, with the committed configuration.
type prom struct{ address string }

// startProm starts it. It scrapes the collector's address each second, so that
// short phases have data; all else of the configuration is as committed.
func startProm(t *testing.T, collector string) prom {
	t.Helper()
	path, err := exec.LookPath("prometheus")
	if err != nil {
		needed.Skip(t, "prometheus is missing: install the package prometheus")
	}
	dir := t.TempDir()
	config, err := os.ReadFile("prometheus/prometheus.yml")
	if err != nil {
		t.Fatal(err)
	}
	rules, err := os.ReadFile("prometheus/rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, pair := range [][2]string{
		{"scrape_interval: 5s", "scrape_interval: 1s"}, {"evaluation_interval: 15s", "evaluation_interval: 1s"},
		{"scrape_interval: 2m", "scrape_interval: 1s"}, {"scrape_timeout: 30s", "scrape_timeout: 1s"}, {"127.0.0.1:9787", collector},
	} {
		if !bytes.Contains(config, []byte(pair[0])) {
			t.Fatalf("prometheus.yml has no %q any more", pair[0])
		}
		config = bytes.ReplaceAll(config, []byte(pair[0]), []byte(pair[1]))
	}
	for name, content := range map[string][]byte{"prometheus.yml": config, "rules.yml": rules} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p := prom{address: freeAddress(t)}
	start(t, exec.Command(path, "--config.file="+filepath.Join(dir, "prometheus.yml"),
		"--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+p.address,
		"--web.enable-remote-write-receiver"))
	await(t, "Prometheus", func() bool {
		answer, err := http.Get("http://" + p.address + "/-/ready")
		if err == nil {
			answer.Body.Close()
		}
		return err == nil && answer.StatusCode == http.StatusOK
	})
	return p
}

// series is one series of an answer; an instant query gives one value of each.
type series struct {
	labels map[string]string
	times  []float64 // Unix seconds
	values []float64
}

// ask evaluates a query at a moment.
func (p prom) ask(query string, at time.Time) ([]series, error) {
	return p.get("query", url.Values{"query": {query}, "time": {unix(at)}})
}

// askOver evaluates a query over a stretch: each second, or a thousand times.
func (p prom) askOver(query string, from, to time.Time) ([]series, error) {
	step := strconv.FormatFloat(stepOver(from, to).Seconds(), 'f', 0, 64)
	return p.get("query_range", url.Values{"query": {query}, "start": {unix(from)}, "end": {unix(to)}, "step": {step}})
}

// stepOver is a second, or the thousandth part of a longer stretch.
func stepOver(from, to time.Time) time.Duration {
	return max(time.Second, (to.Sub(from) / 1000).Truncate(time.Second))
}

func unix(t time.Time) string { return strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', 3, 64) }

func (p prom) get(endpoint string, form url.Values) ([]series, error) {
	answer, err := http.PostForm("http://"+p.address+"/api/v1/"+endpoint, form)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var body struct {
		Status, Error string
		Data          struct {
			ResultType string
			Result     json.RawMessage
		}
	}
	if err := json.NewDecoder(answer.Body).Decode(&body); err != nil {
		return nil, err
	}
	if body.Status != "success" {
		return nil, fmt.Errorf("%s: %s", body.Error, form.Get("query"))
	}
	if body.Data.ResultType == "scalar" {
		return nil, fmt.Errorf("a number, not a series: %s", form.Get("query"))
	}
	var found []struct {
		Metric map[string]string
		Value  json.RawMessage
		Values []json.RawMessage
	}
	if err := json.Unmarshal(body.Data.Result, &found); err != nil {
		return nil, err
	}
	var all []series
	for _, f := range found {
		s := series{labels: f.Metric}
		if f.Value != nil {
			f.Values = append(f.Values, f.Value)
		}
		for _, pair := range f.Values {
			var at float64
			var text string
			if err := json.Unmarshal(pair, &[]any{&at, &text}); err != nil {
				return nil, err
			}
			value, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return nil, err
			}
			s.times, s.values = append(s.times, at), append(s.values, value)
		}
		all = append(all, s)
	}
	return all, nil
}

// bin is a program that `make build` made.
func bin(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs("../bin/" + name)
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		t.Fatalf("this test needs bin/%s: run `make build`: %v", name, err)
	}
	return path
}

// start starts a program that ends with the test; what it says is shown when
// the test fails.
func start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		_ = cmd.Wait()                          // a signal ended it
		if t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(cmd.Path), tail(said.String(), 20))
		}
	})
}

func tail(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// freeAddress is one of this machine that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	var config net.ListenConfig
	l, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// await waits up to a minute.
func await(t *testing.T, what string, there func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !there(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not come", what)
		}
	}
}

// cgroupOf is the memory cgroup that the pixelload with this pid made for its
// target; "" as long as there is none.
func cgroupOf(pid int) (found string) {
	prefix := fmt.Sprintf("pixelload-%d-", pid)
	_ = filepath.WalkDir("/sys/fs/cgroup", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && strings.HasPrefix(d.Name(), prefix) && hasMemory(path) {
			found = path
			return fs.SkipAll
		}
		return nil
	})
	return found
}

// hasMemory tells the memory hierarchy of cgroup v1 from the others.
func hasMemory(dir string) bool {
	for _, name := range []string{"memory.current", "memory.usage_in_bytes"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}

// server is the pid of the server in a cgroup; "" as long as there is none: the
// shell that becomes it has children of its own before.
func server(cgroup string) string {
	pids, _ := os.ReadFile(filepath.Join(cgroup, "cgroup.procs")) // not there yet
	for pid := range strings.FieldsSeq(string(pids)) {
		args, _ := os.ReadFile(filepath.Join("/proc", pid, "cmdline")) // it ended meanwhile
		if strings.Contains(string(args), "daphne") {
			return pid
		}
	}
	return ""
}
