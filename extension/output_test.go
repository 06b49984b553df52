package extension

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.k6.io/k6/v2/metrics"
	"go.k6.io/k6/v2/output"

	"github.com/pixeltales/pixelload/internal/run"
)

// outputBench feeds an output by hand.
type outputBench struct {
	registry *metrics.Registry
	metrics  *metricSet
	builtin  *metrics.BuiltinMetrics
	out      *Output
	path     string
}

func newOutputBench(t *testing.T) *outputBench {
	t.Helper()
	r := metrics.NewRegistry()
	path := filepath.Join(t.TempDir(), "users.ndjson")
	out, err := NewOutput(output.Params{ConfigArgument: path})
	if err != nil {
		t.Fatal(err)
	}
	return &outputBench{r, newMetrics(r), metrics.RegisterBuiltinMetrics(r), out.(*Output), path}
}

func (b *outputBench) add(m *metrics.Metric, value float64, tags ...string) {
	set := b.registry.RootTagSet()
	for i := 0; i+1 < len(tags); i += 2 {
		set = set.With(tags[i], tags[i+1])
	}
	b.out.AddMetricSamples([]metrics.SampleContainer{metrics.Samples{
		{TimeSeries: metrics.TimeSeries{Metric: m, Tags: set}, Time: time.Now(), Value: value},
	}})
}

func (b *outputBench) phase(name string, users float64) {
	b.add(b.metrics.phase, users, "phase", name, "mark", run.MarkPhase)
}

// lines stops the output and returns what it wrote, without spans' lengths.
func (b *outputBench) lines(t *testing.T) []run.Line {
	t.Helper()
	if err := b.out.Stop(); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(b.path)
	if err != nil {
		t.Fatal(err)
	}
	lines := readLines(t, file)
	for _, line := range lines {
		if line.Users != nil {
			line.Users.Seconds = 0
		}
	}
	return lines
}

func TestOutput(t *testing.T) {
	t.Parallel()
	b := newOutputBench(t)
	if err := b.out.Start(); err != nil {
		t.Fatal(err)
	}
	m, http := b.metrics, b.builtin
	b.phase("idle", 0)
	b.add(m.users, 3, "phase", "users=3") // a user quicker than the mark
	b.phase("users=3", 3)
	b.add(m.socketsOpen, 1, "phase", "users=3")
	b.add(m.connectFailed, 0, "phase", "users=3", "status", "101")
	b.add(m.connectFailed, 1, "phase", "users=3", "status", "403")
	b.add(http.HTTPReqDuration, 12.5, "phase", "users=3", "name", "words", "status", "200", "expected_response", "true")
	b.add(m.responseBytes, 100, "phase", "users=3", "name", "words", "status", "200")
	b.add(http.HTTPReqDuration, 5000, "phase", "users=3", "name", "words", "status", "0", "expected_response", "false")
	b.add(http.HTTPReqDuration, 1, "phase", "users=3", "name", "presence", "status", "500", "expected_response", "true", "known", "true")
	b.add(m.drawsSent, 2, "phase", "users=3")
	b.add(m.expected, 3, "phase", "users=3")
	b.add(m.received, 2, "phase", "users=3")
	b.add(m.lost, 1, "phase", "users=3", "reason", "closed")
	b.add(m.deaf, 1, "phase", "users=3")
	b.add(m.troubles, 1, "phase", "users=3", "class", "timeout", "name", "words")
	b.add(m.troubles, 2, "phase", "users=3", "class", "timeout", "name", "stories")
	b.add(m.fanout, 8, "phase", "users=3")
	b.add(m.fanout, 8, "phase", "users=3")
	b.add(m.stalled, 1, "phase", "users=3")
	b.phase("drained", 0)
	b.add(m.lost, 1, "phase", "users=3")                                             // decided late
	b.add(m.responseBytes, 50, "phase", "users=3", "name", "words", "status", "200") // of a call in the line before
	b.add(m.phase, 0, "phase", "drained", "mark", run.MarkLoadEnd)

	mark := func(name, phase string, users int) run.Line {
		return run.Line{Mark: &run.Mark{Name: name, Phase: phase, Users: users}}
	}
	want := []run.Line{
		mark(run.MarkPhase, "idle", 0),
		{Users: &run.Users{Phase: "idle"}},
		mark(run.MarkPhase, "users=3", 3),
		{Users: &run.Users{
			Phase: "users=3", Active: 3,
			Requests: []run.Requests{
				{Name: "presence", Status: 500, N: 1, Known: true, Duration: run.Histogram{{1003, 1}}},
				{Name: "words", Status: 0, N: 1, Failed: true, Duration: run.Histogram{{5013503, 1}}},
				{Name: "words", Status: 200, N: 1, Bytes: 100, Duration: run.Histogram{{12543, 1}}},
			},
			Sockets:          run.Sockets{Open: 1, Opened: 1, Refused: map[string]int{"403": 1}},
			Draws:            run.Draws{Sent: 2, Expected: 3, Received: 2, Lost: 1, LostBy: map[string]int{"closed": 1}, Deaf: 1},
			Troubles:         map[string]int{"timeout": 3},
			Fanout:           run.Histogram{{8031, 2}},
			StalledReceivers: 1,
		}},
		mark(run.MarkPhase, "drained", 0),
		{Users: &run.Users{Phase: "drained", Active: 3, Sockets: run.Sockets{Open: 1}}},
		{Users: &run.Users{
			Phase: "users=3", Active: 3, Sockets: run.Sockets{Open: 1}, Draws: run.Draws{Lost: 1},
			Requests: []run.Requests{{Name: "words", Status: 200, Bytes: 50}},
		}},
		mark(run.MarkLoadEnd, "", 0),
	}
	got := b.lines(t)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines: %s", diff)
	}
}

func TestOutputIsSilentNever(t *testing.T) {
	t.Parallel()
	b := newOutputBench(t)
	if err := b.out.Start(); err != nil {
		t.Fatal(err)
	}
	b.phase("idle", 0)
	time.Sleep(2500 * time.Millisecond)
	if n := len(b.lines(t)); n != 4 {
		t.Errorf("%d lines in 2.5 s of silence, want a mark, two seconds and the rest", n)
	}
}

func TestOutputStopsTheTestWhenNobodyReads(t *testing.T) {
	t.Parallel()
	b := newOutputBench(t)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	b.out.file, b.out.flushed = write, time.Now()
	stopped := make(chan error, 1)
	b.out.SetTestRunStopCallback(func(err error) { stopped <- err })
	b.out.done.Go(b.out.loop)
	read.Close()
	b.phase("idle", 0)
	select {
	case err := <-stopped:
		if !strings.Contains(err.Error(), "output pixelload") {
			t.Errorf("stopped with %q", err)
		}
	case <-time.After(3 * time.Second):
		t.Error("the test goes on")
	}
	if err := b.out.Stop(); err == nil {
		t.Error("Stop() = nil, want the failed write")
	}
}

func TestOutputNeedsPath(t *testing.T) {
	t.Parallel()
	if _, err := NewOutput(output.Params{}); err == nil || !strings.Contains(err.Error(), "--out pixelload=PATH") {
		t.Errorf("NewOutput without a path: %v", err)
	}
}
