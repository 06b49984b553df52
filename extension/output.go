package extension

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"go.k6.io/k6/v2/metrics"
	"go.k6.io/k6/v2/output"

	"github.com/pixeltales/pixelload/internal/run"
)

// flushInterval is the length of a span, and how often lines are written.
const flushInterval = time.Second

// Output sums k6's samples up: a line a second and phase, and a line when a
// phase begins. Samples of the phase before are written before that line.
// A failing write stops the test: nobody is there any more to read.
type Output struct {
	path string
	file *os.File
	stop func(error)

	samples output.SampleBuffer
	wake    chan struct{} // a phase began: do not wait for the tick
	quit    chan struct{}
	done    sync.WaitGroup
	failed  error

	phase   string            // that it is; empty before the first and after the last
	gauges  map[string]gauges // by phase
	spans   map[string]*span
	flushed time.Time
}

// gauges keep their value from span to span. A new phase inherits them from
// the one before; what comes late belongs to the phase that it is tagged with.
type gauges struct{ users, sockets int }

var (
	_ output.Output          = (*Output)(nil)
	_ output.WithTestRunStop = (*Output)(nil)
)

// NewOutput makes the output; its argument is the path to write to, which may
// be an open descriptor such as /dev/fd/3.
func NewOutput(p output.Params) (output.Output, error) {
	if p.ConfigArgument == "" {
		return nil, errors.New("output pixelload: give the path to write to: --out pixelload=PATH")
	}
	return &Output{
		path: p.ConfigArgument, stop: func(error) {},
		wake: make(chan struct{}, 1), quit: make(chan struct{}),
		gauges: map[string]gauges{}, spans: map[string]*span{},
	}, nil
}

// Description is what k6 prints.
func (o *Output) Description() string { return "pixelload (" + o.path + ")" }

// SetTestRunStopCallback takes k6's way to stop the test.
func (o *Output) SetTestRunStopCallback(stop func(error)) { o.stop = stop }

// Start opens the path and begins to write.
func (o *Output) Start() error {
	file, err := os.OpenFile(o.path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("output pixelload: %w", err)
	}
	o.file, o.flushed = file, time.Now()
	o.done.Go(o.loop)
	return nil
}

// Stop writes what is left and closes the path.
func (o *Output) Stop() error {
	close(o.quit)
	o.done.Wait()
	return errors.Join(o.failed, o.file.Close())
}

// AddMetricSamples keeps the samples for the next line.
func (o *Output) AddMetricSamples(containers []metrics.SampleContainer) {
	o.samples.AddMetricSamples(containers)
	for _, c := range containers {
		if batch, ok := c.(metrics.Samples); ok && len(batch) > 0 && batch[0].Metric.Name == namePhase {
			select {
			case o.wake <- struct{}{}:
			default:
			}
		}
	}
}

func (o *Output) loop() {
	defer func() {
		if p := recover(); p != nil {
			o.failed = fmt.Errorf("output pixelload: %v", p)
			o.stop(o.failed)
		}
	}()
	tick := time.NewTicker(flushInterval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			o.collect()
			o.flush(time.Now())
		case <-o.wake:
			o.collect()
		case <-o.quit:
			o.collect()
			o.flush(time.Now())
			return
		}
	}
}

// collect adds the waiting samples to their spans, in the order they came.
func (o *Output) collect() {
	for _, container := range o.samples.GetBufferedSamples() {
		if d, ok := container.(*deliveries); ok { // its samples are thinned, the tally is not
			o.span(d.phase).deliver(d)
			continue
		}
		for _, sample := range container.GetSamples() {
			if sample.Metric.Name == namePhase {
				o.mark(sample)
				continue
			}
			phase, _ := sample.Tags.Get("phase")
			phase = cmp.Or(phase, o.phase) // k6's own, such as dropped iterations, have no tag
			o.gauges[phase] = o.gauge(phase).with(sample)
			o.span(phase).add(sample)
		}
	}
}

// mark writes that a phase began, or the last one ended. Users of the new
// phase may have been quicker than its mark: their samples wait.
func (o *Output) mark(s metrics.Sample) {
	name, _ := s.Tags.Get("mark")
	mark := run.Mark{Name: name}
	if name == run.MarkPhase {
		mark.Phase, _ = s.Tags.Get("phase")
		mark.Users = int(s.Value)
	}
	early := o.spans[mark.Phase]
	delete(o.spans, mark.Phase)
	o.flush(time.Now())
	o.gauges[mark.Phase] = o.gauge(mark.Phase)
	o.phase = mark.Phase
	if early != nil {
		o.spans[mark.Phase] = early
	}
	o.write(run.Line{Mark: &mark})
}

func (o *Output) gauge(phase string) gauges {
	if g, ok := o.gauges[phase]; ok {
		return g
	}
	return o.gauges[o.phase]
}

func (o *Output) span(phase string) *span {
	s := o.spans[phase]
	if s == nil {
		s = newSpan()
		o.spans[phase] = s
	}
	return s
}

// flush writes a line for each phase in which something happened, and one for
// the phase that it is, so that silence is visible. What comes late for a
// phase that is over adds to its counts and not to its seconds.
func (o *Output) flush(now time.Time) {
	seconds := now.Sub(o.flushed).Seconds()
	o.flushed = now
	if o.phase != "" {
		o.span(o.phase).seen = true
	}
	for _, phase := range slices.Sorted(maps.Keys(o.spans)) {
		s := o.spans[phase]
		if !s.seen {
			continue
		}
		users, g := s.take(), o.gauge(phase)
		users.Phase, users.Active, users.Sockets.Open = phase, g.users, g.sockets
		if phase == o.phase {
			users.Seconds = seconds
		}
		o.write(run.Line{Users: users})
	}
}

func (o *Output) write(line run.Line) {
	if o.failed != nil {
		return
	}
	text, err := json.Marshal(line)
	if err == nil {
		_, err = o.file.Write(append(text, '\n'))
	}
	if err != nil {
		o.failed = fmt.Errorf("output pixelload: %w", err)
		o.stop(o.failed)
	}
}

func (g gauges) with(s metrics.Sample) gauges {
	switch s.Metric.Name {
	case nameUsers:
		g.users = int(s.Value)
	case nameSocketsOpen:
		g.sockets = int(s.Value)
	}
	return g
}

func statusOf(s metrics.Sample) int {
	text, _ := s.Tags.Get("status")
	status, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return status
}
