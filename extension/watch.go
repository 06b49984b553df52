package extension

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/grafana/sobek"
	"go.k6.io/k6/v2/errext"
	"go.k6.io/k6/v2/js/common"

	"github.com/pixeltales/pixelload/internal/guard"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
)

// sampleInterval is how often the memory is read.
const sampleInterval = 100 * time.Millisecond

// Watch announces the phases as they begin and, where it was given a source,
// samples the target's memory from the first phase to the end of the last.
type Watch struct {
	module  *ModuleInstance
	options *watchOptions
}

func (m *ModuleInstance) newWatch(c sobek.ConstructorCall) *sobek.Object {
	rt := m.vu.Runtime()
	w := &Watch{module: m, options: &watchOptions{}}
	err := decode(c.Argument(0), w.options)
	if err == nil {
		err = w.options.Phases.validate()
	}
	if err == nil && w.options.Memory != "" {
		_, _, err = parseSource(w.options.Memory)
	}
	if err != nil {
		common.Throw(rt, fmt.Errorf("new Watch: %w", err))
	}
	return rt.ToValue(w).ToObject(rt)
}

// Run returns when the last phase has ended. When the memory cannot be opened
// it aborts the test: users without a reading would be in vain.
func (w *Watch) Run() (err error) {
	defer rescue("Watch.run()", &err)
	state, err := w.module.active("Watch.run()")
	if err != nil {
		return err
	}
	ctx, end := context.WithCancelCause(w.module.vu.Context())
	defer end(nil)
	phases, set, began := w.options.Phases, w.module.metrics, w.module.world.start(ctx)
	emit := emitter{samples: state.Samples, tags: state.Tags.GetCurrentValues().Tags}
	source, err := openSource(w.options.Memory)
	if err != nil {
		// Returned as an error it would end this VU and not the test.
		w.module.vu.Runtime().Interrupt(&errext.InterruptError{Reason: fmt.Sprintf("Watch.run(): %v", err)})
		return nil
	}
	if source != nil {
		defer watchMemory(ctx, source, &reader{
			metrics: set, emit: emit, period: memory.Period(source, sampleInterval),
			phase: func() string { return phases.at(time.Since(began)) }, full: w.full(end),
		})()
	}
	for i, phase := range phases {
		emit.push(set.phase, phase.Name, float64(phase.Users), "mark", run.MarkPhase)
		if !present(ctx, set, emit, phase, began.Add(phases.end(i))) {
			var full *errext.InterruptError
			if errors.As(context.Cause(ctx), &full) {
				w.module.vu.Runtime().Interrupt(full) // takes effect between two steps of the script: when this one returns
			}
			return nil
		}
	}
	emit.push(set.phase, phases[len(phases)-1].Name, 0, "mark", run.MarkLoadEnd)
	return nil
}

// full ends the watch, and with it the test, for want of memory where others may
// work: on another machine. nil: nothing is to be done.
func (w *Watch) full(end context.CancelCauseFunc) func(memory.Sample) {
	if !w.module.world.gate.remote() {
		return nil
	}
	return func(s memory.Sample) {
		u, _ := s.Unreclaimable.Get()
		if limit, known := s.Limit.Get(); known && int64(u) >= guard.StopAt(int64(limit)) {
			end(&errext.InterruptError{Reason: fmt.Sprintf(
				"Watch.run(): the target uses %d of its %d MiB: the load ends before the kernel ends the target", u/memory.MiB, limit/memory.MiB)})
		}
	}
}

// present says once a second that the phase is the present one, and at its end
// that it no longer is: outputs that keep a gauge's last value for a while can
// tell by it which phase a figure fell in. It returns false when ctx ended first.
func present(ctx context.Context, set *metricSet, emit emitter, phase run.Phase, end time.Time) bool {
	say := func(active float64) {
		emit.push(set.phaseActive, phase.Name, active, "users", strconv.Itoa(phase.Users))
	}
	defer say(0)
	for left := time.Until(end); left > 0; left = time.Until(end) {
		say(1)
		if !wait(ctx, min(left, reportInterval)) {
			return false
		}
	}
	return true
}

// watchMemory samples the source until stopped.
func watchMemory(ctx context.Context, source memory.Source, r *reader) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() {
		defer func() {
			if p := recover(); p != nil {
				r.gap(0, fmt.Errorf("reading memory: %v", p))
			}
		}()
		memory.Watch(ctx, source, sampleInterval, r.sample, r.gap)
	})
	return func() {
		cancel()
		done.Wait()
		_ = source.Close()
	}
}

// reader turns what memory.Watch sees into metrics.
type reader struct {
	metrics *metricSet
	emit    emitter
	phase   func() string
	period  time.Duration       // between two readings
	full    func(memory.Sample) // is told each; nil: nobody is
}

// sample emits one reading. A figure that the source cannot give is an error,
// never a zero.
func (r *reader) sample(s memory.Sample) {
	phase := r.phase()
	bytes, known := s.Unreclaimable.Get()
	if !known {
		r.emit.push(r.metrics.memoryErrors, phase, 1)
		return
	}
	r.emit.push(r.metrics.memoryErrors, phase, 0)
	r.emit.push(r.metrics.memorySamples, phase, 1)
	r.emit.push(r.metrics.memory, phase, float64(bytes))
	r.emit.push(r.metrics.memoryNow, phase, float64(bytes))
	if r.full != nil {
		r.full(s)
	}
}

// gap emits an error for each sample that is missing.
func (r *reader) gap(length time.Duration, _ error) {
	missing := make([]float64, max(1, length/r.period))
	for i := range missing {
		missing[i] = 1
	}
	r.emit.pushAll(r.metrics.memoryErrors, r.phase(), missing)
}

// parseSource reads "cgroup:PATH" or "pid:NUMBER".
func parseSource(text string) (kind, place string, err error) {
	kind, place, _ = strings.Cut(text, ":")
	number, wrong := strconv.Atoi(place)
	if kind == "cgroup" && place != "" || kind == "pid" && wrong == nil && number > 0 {
		return kind, place, nil
	}
	return "", "", fmt.Errorf("memory %q: want cgroup:PATH or pid:NUMBER", text)
}

// openSource opens what parseSource understands; empty is no source.
func openSource(text string) (memory.Source, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // no source is a choice
	}
	kind, place, err := parseSource(text)
	if err != nil {
		return nil, err
	}
	if kind == "cgroup" {
		return memory.OpenCgroup(place)
	}
	pid, err := strconv.Atoi(place)
	if err != nil {
		return nil, err
	}
	return memory.OpenProcess("/proc", pid)
}
