package collector

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/promslog"
	"go.uber.org/goleak"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/memory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a source that reads what the test says.
type fake func() (memory.Sample, error)

func (fake) Name() string                   { return "fake" }
func (f fake) Read() (memory.Sample, error) { return f() }
func (fake) Close() error                   { return nil }

func (f fake) target(name string) Target {
	return Target{Name: name, Source: "fake", Open: func() (memory.Source, error) { return f, nil }}
}

// usageOf is a source of one figure.
func usageOf(bytes uint64) fake {
	return func() (memory.Sample, error) { return memory.Sample{Usage: memory.Known(bytes)}, nil }
}

func collectorOf(t *testing.T, o Options) *Collector {
	t.Helper()
	o.Version, o.Log = "test", promslog.NewNopLogger()
	c := New(o)
	t.Cleanup(c.Close)
	return c
}

// gather scrapes once. A registry fails where series are inconsistent or twice.
func gather(t *testing.T, c *Collector) map[string]*dto.MetricFamily {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(c)
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]*dto.MetricFamily{}
	for _, f := range families {
		byName[f.GetName()] = f
	}
	return byName
}

// value returns the value of the series with these labels, as `a="1",b="2"` in
// the order of their names, and whether there is one.
func value(families map[string]*dto.MetricFamily, name, labels string) (float64, bool) {
	for _, m := range families[name].GetMetric() {
		var pairs []string
		for _, l := range m.GetLabel() {
			pairs = append(pairs, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
		}
		if strings.Join(pairs, ",") == labels {
			return m.GetGauge().GetValue() + m.GetCounter().GetValue(), true
		}
	}
	return 0, false
}

func wantValue(t *testing.T, families map[string]*dto.MetricFamily, name, labels string, want float64) {
	t.Helper()
	if got, ok := value(families, name, labels); !ok || got != want {
		t.Errorf("%s{%s} = %v, %v; want %v", name, labels, got, ok, want)
	}
}

func wantAbsent(t *testing.T, families map[string]*dto.MetricFamily, name, labels string) {
	t.Helper()
	if got, ok := value(families, name, labels); ok {
		t.Errorf("%s{%s} = %v; want no series", name, labels, got)
	}
}

// TestLint holds names, help and units to the conventions of Prometheus.
func TestLint(t *testing.T) {
	doc, err := claim.Load()
	if err != nil {
		t.Fatal(err)
	}
	runs := t.TempDir()
	storeOutcomes(t, runs)
	c := collectorOf(t, Options{
		Targets: []Target{
			Cgroup("app", "../memory/testdata/v2/plan/pixelload-1"), full().target("full"), Cgroup("dead", t.TempDir()),
		},
		Runs: runs, Claims: doc.Claims,
	})
	problems, err := testutil.CollectAndLint(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	sent := gather(t, c)
	for _, m := range metrics {
		if sent[m.name] == nil {
			t.Errorf("%s was not sent, and so not checked", m.name)
		}
	}
}

// full is a source that knows everything.
func full() fake {
	var n atomic.Uint64
	figure := func() memory.Figure { return memory.Known(n.Add(1) << 20) }
	return func() (memory.Sample, error) {
		n.Store(0)
		return memory.Sample{
			Epoch:         memory.Epoch{ID: "one", Started: time.Unix(1700000000, 500e6)},
			Unreclaimable: figure(), WorkingSet: figure(), Usage: figure(), Anon: figure(), File: figure(), Kernel: figure(),
			Sock: figure(), Shmem: figure(), Swap: figure(), Peak: figure(), Limit: figure(),
			OOMKills: memory.Known(2), Restarts: memory.Known(1), Pressure: &memory.Pressure{Some: 0.25, Full: 0.125},
		}, nil
	}
}

// TestMemorySeries: each figure goes to its own series, under its own unit.
func TestMemorySeries(t *testing.T) {
	c := collectorOf(t, Options{Targets: []Target{full().target("app")}})
	var want strings.Builder
	for i, name := range []string{
		"unreclaimable", "working_set", "usage", "anon", "file", "kernel", "sock", "shmem", "swap", "peak", "limit",
	} {
		full := "pixelload_memory_" + name + "_bytes"
		fmt.Fprintf(&want, "# HELP %s %s\n# TYPE %s gauge\n%s{source=\"fake\",target=\"app\"} %d\n", full, helpOf(full), full, full, (i+1)<<20)
	}
	fmt.Fprintf(&want, `# HELP pixelload_memory_pressure_ratio %s
# TYPE pixelload_memory_pressure_ratio gauge
pixelload_memory_pressure_ratio{kind="full",source="fake",target="app"} 0.125
pixelload_memory_pressure_ratio{kind="some",source="fake",target="app"} 0.25
# HELP pixelload_oom_kills_total %s
# TYPE pixelload_oom_kills_total counter
pixelload_oom_kills_total{source="fake",target="app"} 2
# HELP pixelload_restarts_total %s
# TYPE pixelload_restarts_total counter
pixelload_restarts_total{source="fake",target="app"} 1
# HELP pixelload_source_up %s
# TYPE pixelload_source_up gauge
pixelload_source_up{source="fake",target="app"} 1
# HELP pixelload_target_start_time_seconds %s
# TYPE pixelload_target_start_time_seconds gauge
pixelload_target_start_time_seconds{source="fake",target="app"} 1.7000000005e+09
`, helpOf("pixelload_memory_pressure_ratio"), helpOf("pixelload_oom_kills_total"), helpOf("pixelload_restarts_total"),
		helpOf("pixelload_source_up"), helpOf("pixelload_target_start_time_seconds"))
	var names []string
	for _, m := range metrics {
		if !strings.Contains(m.name, "duration") && !strings.Contains(m.name, "build_info") {
			names = append(names, m.name)
		}
	}
	if err := testutil.CollectAndCompare(c, strings.NewReader(want.String()), names...); err != nil {
		t.Error(err)
	}
}

func helpOf(name string) string {
	for _, m := range metrics {
		if m.name == name {
			return m.help
		}
	}
	return "no such metric"
}

// TestFixtures: what the kernel's files say comes out, and what they don't say
// has no series.
func TestFixtures(t *testing.T) {
	c := collectorOf(t, Options{Targets: []Target{
		Cgroup("one", "../memory/testdata/v1/plan/pixelload-1"), Cgroup("two", "../memory/testdata/v2/plan/pixelload-1"),
		Cgroup("free", "../memory/testdata/v2/old"),
	}})
	got := gather(t, c)
	wantValue(t, got, "pixelload_memory_usage_bytes", `source="cgroup2",target="two"`, 47681536)
	wantValue(t, got, "pixelload_memory_anon_bytes", `source="cgroup2",target="two"`, 26263552)
	wantValue(t, got, "pixelload_memory_working_set_bytes", `source="cgroup2",target="two"`, 47681536-9592832)
	wantValue(t, got, "pixelload_source_up", `source="cgroup1",target="one"`, 1)
	wantValue(t, got, "pixelload_source_up", `source="cgroup2",target="free"`, 1)
	wantAbsent(t, got, "pixelload_memory_limit_bytes", `source="cgroup2",target="free"`)
	wantAbsent(t, got, "pixelload_memory_pressure_ratio", `kind="some",source="cgroup1",target="one"`)
}

// TestADeadSourceBlanksOnlyItself, and is tried again: less and less often.
func TestADeadSourceBlanksOnlyItself(t *testing.T) {
	var broken atomic.Bool
	var opened atomic.Int64
	broken.Store(true)
	flaky := Target{Name: "flaky", Source: "cgroup2", Open: func() (memory.Source, error) {
		opened.Add(1)
		if broken.Load() {
			return nil, errors.New("kettle")
		}
		return usageOf(1), nil
	}}
	c := collectorOf(t, Options{Targets: []Target{flaky, usageOf(7).target("well")}})
	for range 5 {
		got := gather(t, c)
		wantValue(t, got, "pixelload_source_up", `source="cgroup2",target="flaky"`, 0)
		wantAbsent(t, got, "pixelload_memory_usage_bytes", `source="cgroup2",target="flaky"`)
		wantAbsent(t, got, "pixelload_restarts_total", `source="cgroup2",target="flaky"`)
		wantValue(t, got, "pixelload_source_up", `source="fake",target="well"`, 1)
		wantValue(t, got, "pixelload_memory_usage_bytes", `source="fake",target="well"`, 7)
	}
	if n := opened.Load(); n != 1 {
		t.Errorf("5 scrapes at once opened a dead source %d times, want once", n)
	}
	broken.Store(false)
	time.Sleep(firstPause)
	got := gather(t, c)
	wantValue(t, got, "pixelload_source_up", `source="fake",target="flaky"`, 1)
	wantValue(t, got, "pixelload_memory_usage_bytes", `source="fake",target="flaky"`, 1)
}

// TestAHangingSource holds up one scrape by the patience, later ones not at
// all, and is read again when it answers.
func TestAHangingSource(t *testing.T) {
	release := make(chan struct{})
	var reads atomic.Int64
	hangs := fake(func() (memory.Sample, error) {
		reads.Add(1)
		<-release
		return memory.Sample{Usage: memory.Known(3)}, nil
	})
	c := collectorOf(t, Options{Patience: 2 * time.Second, Targets: []Target{hangs.target("hangs"), usageOf(7).target("well")}})
	for i, longest := range []time.Duration{20 * time.Second, 1500 * time.Millisecond} {
		began := time.Now()
		got := gather(t, c)
		if took := time.Since(began); took > longest {
			t.Errorf("scrape %d took %v, want at most %v", i, took, longest)
		}
		wantValue(t, got, "pixelload_source_up", `source="fake",target="hangs"`, 0)
		wantAbsent(t, got, "pixelload_memory_usage_bytes", `source="fake",target="hangs"`)
		wantValue(t, got, "pixelload_memory_usage_bytes", `source="fake",target="well"`, 7)
	}
	if n := reads.Load(); n != 1 {
		t.Errorf("a source that hangs was read %d times at once", n)
	}
	close(release)
	deadline := time.Now().Add(5 * time.Second)
	for {
		got := gather(t, c)
		if up, _ := value(got, "pixelload_source_up", `source="fake",target="hangs"`); up == 1 {
			wantValue(t, got, "pixelload_memory_usage_bytes", `source="fake",target="hangs"`, 3)
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the source is not read again")
		}
	}
}

// TestCountersGoOnOverLives: fault 2. A new life counts from 0, the series go
// on and never fall. A container that was killed says so while it is down.
func TestCountersGoOnOverLives(t *testing.T) {
	life := func(id string, started int64, kills uint64) memory.Sample {
		return memory.Sample{Epoch: memory.Epoch{ID: id, Started: time.Unix(started, 0)}, OOMKills: memory.Known(kills)}
	}
	script := []struct {
		memory.Sample
		err                    error
		kills, restarts, start float64
	}{
		{Sample: life("a", 100, 1), kills: 1, restarts: 0, start: 100},
		{Sample: life("a", 100, 3), kills: 3, restarts: 0, start: 100},
		{Sample: life("a", 200, 0), kills: 3, restarts: 1, start: 200},
		{err: errors.New("away")},
		{err: &memory.EndedError{Name: "app", OOMKills: memory.Known(1)}, kills: 4, restarts: 1},
		{Sample: life("a", 200, 1), kills: 4, restarts: 1, start: 200},
		{Sample: life("b", 300, 0), kills: 4, restarts: 2, start: 300},
		{Sample: life("b", 300, 2), kills: 6, restarts: 2, start: 300},
	}
	at := -1
	c := collectorOf(t, Options{Targets: []Target{fake(func() (memory.Sample, error) {
		at++
		return script[at].Sample, script[at].err
	}).target("app")}})
	for _, want := range script {
		got := gather(t, c)
		const labels = `source="fake",target="app"`
		if want.err == nil {
			wantValue(t, got, "pixelload_target_start_time_seconds", labels, want.start)
		} else {
			wantValue(t, got, "pixelload_source_up", labels, 0)
			wantAbsent(t, got, "pixelload_target_start_time_seconds", labels)
		}
		if want.kills == 0 {
			wantAbsent(t, got, "pixelload_oom_kills_total", labels)
			continue
		}
		wantValue(t, got, "pixelload_oom_kills_total", labels, want.kills)
		wantValue(t, got, "pixelload_restarts_total", labels, want.restarts)
	}
}

// TestConcurrentScrapes share a reading: a source serves one goroutine.
func TestConcurrentScrapes(t *testing.T) {
	const scrapes = 50
	var begun, now, reads atomic.Int64
	c := collectorOf(t, Options{Targets: []Target{fake(func() (memory.Sample, error) {
		if now.Add(1) != 1 {
			t.Error("two readings at a time")
		}
		reads.Add(1)
		for end := time.Now().Add(4 * time.Second); begun.Load() < scrapes && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(50 * time.Millisecond) // those who have begun ask
		now.Add(-1)
		return memory.Sample{Usage: memory.Known(1)}, nil
	}).target("app")}})
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(c)
	var wg sync.WaitGroup
	for range scrapes {
		wg.Go(func() {
			begun.Add(1)
			if _, err := r.Gather(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := reads.Load(); n > scrapes/2 {
		t.Errorf("%d scrapes at once made %d readings: they share none", scrapes, n)
	}
}
