package trial

import (
	"context"
	"sync"
	"time"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
)

// recorder writes one trial's run file: it samples the target's memory, stamps
// what the users report, and tells the one who waits.
type recorder struct {
	plan    *Plan
	trial   int
	subject subject
	file    *run.Writer
	started time.Time
	stop    context.CancelFunc // ends the sampling
	stopped chan struct{}
	broken  chan struct{} // closed when the file can no longer be written

	begun map[string]chan struct{} // of each phase: closed when it begins

	full chan struct{} // closed when U came to where the load is to end

	replaced chan struct{} // closed when the target's present life is not the trial's

	// throttles says that the target has the CPU share that the header names.
	throttles bool

	mu     sync.Mutex // protects all following fields
	status Status
	stage  time.Time // when the present phase began
	after  float64   // seconds of the phases behind the present one
	lives  memory.Lives
	epoch  memory.Epoch // of the last sample
	kills  uint64       // in this trial
	next   string       // how a new life of the target began, as a memory.Change says it; "": it has not
	told   time.Time
	death  float64 // when the target ended by itself; 0: it has not
}

func newRecorder(p *Plan, n int, s subject) (*recorder, error) {
	h := p.Header
	h.Trial, h.Started = n, time.Now()
	h.MemorySource, h.SampleSeconds = s.source.Name(), memory.Period(s.source, SampleEvery).Seconds()
	h.LimitBytes, h.NoLimitWhy = s.limit, s.why
	throttles := false
	if s.started != nil {
		_, throttles = s.started.Throttled()
	}
	if !throttles { // without a cgroup there is no CPU share either: the why says so for both
		h.CPUs = 0
	}
	file, err := run.Create(Path(p.Dir, n), h)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	r := &recorder{
		plan: p, trial: n, subject: s, file: file, started: h.Started, stop: stop,
		stopped: make(chan struct{}), broken: make(chan struct{}), replaced: make(chan struct{}), full: make(chan struct{}), begun: map[string]chan struct{}{}, throttles: throttles,
		status: Status{Trial: n, Stage: "starting", Limit: h.LimitBytes, Remaining: startup + Length(h.Phases)},
	}
	for _, phase := range h.Phases {
		r.begun[phase.Name] = make(chan struct{})
	}
	go func() {
		defer close(r.stopped)
		memory.Watch(ctx, s.source, SampleEvery, r.sample, r.gap)
	}()
	return r, nil
}

// startup is how long starting and touching take, for the remaining time only.
const startup = 6 * time.Second

func (r *recorder) now() float64 { return time.Since(r.started).Seconds() }

func (r *recorder) sample(s memory.Sample) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.epoch = s.Epoch
	for _, c := range r.lives.Next(s) {
		r.changed(c)
	}
	if r.next != "" {
		return // another life's memory is not this trial's
	}
	r.file.Write(run.Line{Sample: &run.Sample{T: s.Time.Sub(r.started).Seconds(), Sample: s}})
	r.status.Unreclaimable = s.Unreclaimable
	if u, ok := s.Unreclaimable.Get(); ok && r.plan.StopBytes > 0 && u >= uint64(r.plan.StopBytes) {
		closeOnce(r.full)
	}
	if r.file.Err() != nil {
		closeOnce(r.broken)
	}
	r.tellLocked(false)
}

// targetEnded notes when the target ended, which is before anybody asks why.
func (r *recorder) targetEnded() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.death = r.now()
}

// changed notes what happened to the target between two samples.
func (r *recorder) changed(c memory.Change) {
	switch {
	case c.Kind == memory.OOMKilled:
		r.oomKilled(c.Count)
	case (c.Kind == memory.Restarted || c.Kind == memory.Recreated) && r.next == "":
		r.next = c.Kind
		close(r.replaced)
	}
}

func (r *recorder) oomKilled(n uint64) {
	r.event(run.Event{Kind: run.EventOOMKill, Count: int64(n)})
	r.kills += n
}

func (r *recorder) gap(since time.Duration, err error) {
	r.event(run.Event{Kind: run.EventGap, Seconds: since.Seconds(), Text: err.Error()})
}

func (r *recorder) mark(name string) {
	r.file.Write(run.Line{Mark: &run.Mark{T: r.now(), Name: name}})
}

// phaseMark marks a moment within the phase.
func (r *recorder) phaseMark(name string, p run.Phase) {
	r.file.Write(run.Line{Mark: &run.Mark{T: r.now(), Name: name, Phase: p.Name, Users: p.Users}})
}

func (r *recorder) event(e run.Event) {
	e.T = r.now()
	r.file.Write(run.Line{Event: &e})
}

// note keeps an error of the harness that does not spoil the trial.
func (r *recorder) note(err error) {
	r.event(run.Event{Kind: run.EventHarness, Text: err.Error()})
}

// handle stamps and keeps a line of the users.
func (r *recorder) handle(l run.Line) {
	t := r.now()
	switch {
	case l.Mark != nil:
		l.Mark.T = t
		if l.Mark.Name == run.MarkPhase {
			r.enter(l.Mark.Phase, l.Mark.Users)
		}
		l.Mark.CPUSeconds = r.cpu()
	case l.Users != nil:
		l.Users.T = t
	}
	r.file.Write(l)
}

// cpu is the processor time that the target took so far, in seconds; 0 when it
// was not started for the trial, or is gone.
func (r *recorder) cpu() float64 {
	if r.subject.started == nil {
		return 0
	}
	return r.subject.started.CPU().Seconds()
}

// enter notes that a phase begins.
func (r *recorder) enter(phase string, users int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status.Stage, r.status.Users, r.stage, r.after = phase, users, time.Now(), 0
	for i, p := range r.plan.Header.Phases {
		if p.Name == phase {
			closeOnce(r.begun[phase])
			r.after = Length(r.plan.Header.Phases[i:]).Seconds()
		}
	}
	r.tellLocked(true)
}

// reached waits until the phase begins; false when ctx ended before.
func (r *recorder) reached(ctx context.Context, phase string) bool {
	select {
	case <-r.begun[phase]:
		return true
	case <-ctx.Done():
		return false
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func closeOnce(c chan struct{}) {
	if !closed(c) {
		close(c)
	}
}

// tellLocked tells the waiting one, about once a second or when it matters.
func (r *recorder) tellLocked(now bool) {
	if r.plan.Status == nil || (!now && time.Since(r.told) < time.Second) {
		return
	}
	r.told = time.Now()
	if !r.stage.IsZero() {
		r.status.Remaining = max(0, time.Duration(r.after*float64(time.Second))-time.Since(r.stage))
	} else {
		r.status.Remaining = startup + Length(r.plan.Header.Phases)
	}
	r.plan.Status(r.status)
}
