package extension

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
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

	phase   string // the last that began
	ended   bool
	gauges  gauges
	spans   map[string]*span
	flushed time.Time
}

// gauges keep their value from span to span.
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
		wake: make(chan struct{}, 1), quit: make(chan struct{}), spans: map[string]*span{},
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
		for _, sample := range container.GetSamples() {
			if sample.Metric.Name == namePhase {
				o.mark(sample)
				continue
			}
			o.gauges.add(sample)
			phase, _ := sample.Tags.Get("phase")
			o.span(phase).add(sample)
		}
	}
}

// mark writes that a phase began, or the last one ended.
func (o *Output) mark(s metrics.Sample) {
	o.flush(time.Now())
	name, _ := s.Tags.Get("mark")
	mark := run.Mark{Name: name}
	if o.ended = name == run.MarkLoadEnd; !o.ended {
		mark.Phase, _ = s.Tags.Get("phase")
		mark.Users = int(s.Value)
		o.phase = mark.Phase
	}
	o.write(run.Line{Mark: &mark})
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
// the phase that it is, so that silence is visible.
func (o *Output) flush(now time.Time) {
	seconds := now.Sub(o.flushed).Seconds()
	o.flushed = now
	if o.phase != "" && !o.ended {
		o.span(o.phase).seen = true
	}
	for phase, s := range o.spans {
		if !s.seen {
			continue
		}
		users := s.take()
		users.Phase, users.Seconds = phase, seconds
		users.Active, users.Sockets.Open = o.gauges.users, o.gauges.sockets
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

func (g *gauges) add(s metrics.Sample) {
	switch s.Metric.Name {
	case nameUsers:
		g.users = int(s.Value)
	case nameSocketsOpen:
		g.sockets = int(s.Value)
	}
}

func statusOf(s metrics.Sample) int {
	text, _ := s.Tags.Get("status")
	status, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return status
}
