package trial

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
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
	torn   bool    // broken is closed
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
	if r.file.Err() != nil && !r.torn {
		r.torn = true
		close(r.broken)
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

// isFull reports that U came to where the load is to end.
func (r *recorder) isFull() bool {
	select {
	case <-r.full:
		return true
	default:
		return false
	}
}

func closeOnce(c chan struct{}) {
	select {
	case <-c:
	default:
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

// generatorEnded keeps k6's exit code and processor time, and the end of its
// log when it complained.
func (r *recorder) generatorEnded(g *generator, s site) {
	r.event(run.Event{Kind: run.EventGenerator, Count: int64(g.code), Seconds: g.cpu().Seconds()})
	if log, err := os.ReadFile(s.path("k6.log")); err == nil && len(log) > 0 {
		r.event(run.Event{Kind: run.EventGeneratorLog, Text: tail(string(log), 20, s.secret, s.password, s.token)})
		if n := unsent(log); n > 0 {
			r.note(fmt.Errorf("k6 could not send its metrics to %s (%d times): Prometheus lacks part of this run", r.plan.Prometheus, n))
		}
	}
}

// ending decides how the trial ended. What ended the target comes first: k6
// and the user's patience only follow from it.
func (r *recorder) ending(ctx context.Context, outcome string, reasons ...string) run.End {
	r.enter("stopping", 0)
	ended := r.ended()
	patience, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	fate, err := r.subject.stop(patience)
	cancel()
	r.stop()
	<-r.stopped
	switch {
	case r.subject.started != nil: // gone, with all that the users made
	case ended:
		r.lastLook()
	default:
		r.tidyUp(ctx) // unseen: it costs memory, and is no user
	}
	if err != nil {
		r.note(fmt.Errorf("stopping the target: %w", err))
	}
	r.mu.Lock()
	if fate.kills > r.kills {
		r.oomKilled(fate.kills - r.kills)
	}
	killed := r.kills > 0
	r.mu.Unlock()
	r.exit(fate, ended)

	switch {
	case ended && outcome != run.DiedStarting && killed:
		outcome = run.Killed
	case ended && outcome != run.DiedStarting:
		outcome = run.Died
	case !ended && ctx.Err() != nil:
		outcome, reasons = run.Interrupted, nil
		r.event(run.Event{Kind: run.EventInterrupted})
	}
	return run.End{Outcome: outcome, Reasons: reasons}
}

// ended reports that the target's life is over, also when another has begun.
func (r *recorder) ended() bool {
	select {
	case <-r.subject.done:
	case <-r.replaced:
	default:
		return false
	}
	return true
}

// lastLook reads a target once more that ended by itself: the kernel may have
// killed it after the last sample. A container's engine remembers; where only a
// cgroup did, and went with the target, nothing is known.
func (r *recorder) lastLook() {
	s, err := r.subject.source.Read()
	var over *memory.EndedError
	switch {
	case err == nil:
		r.sample(s)
	case errors.As(err, &over):
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, c := range r.lives.Next(memory.Sample{Epoch: r.epoch, OOMKills: over.OOMKills}) {
			r.changed(c)
		}
	}
}

func (r *recorder) exit(fate fate, ended bool) {
	e := run.Event{T: r.now(), Kind: run.EventTargetSummary, Count: int64(fate.code), Text: fate.text}
	r.mu.Lock()
	if ended {
		e.Kind = run.EventExit
		if r.death > 0 {
			e.T = r.death
		}
		if r.next != "" {
			e.Text = "was " + r.next
		}
	}
	r.mu.Unlock()
	r.file.Write(run.Line{Event: &e})
	if r.subject.started == nil {
		return
	}
	r.dialled()
	if log := r.subject.started.LogTail(20); log != "" {
		r.event(run.Event{Kind: run.EventTargetLog, Text: log})
	}
	if d, ok := r.subject.started.Throttled(); ok {
		r.event(run.Event{Kind: run.EventThrottled, Seconds: d.Seconds()})
	}
}

// dialled notes whom the target tried to reach.
func (r *recorder) dialled() {
	dials, err := r.subject.started.Gate().Dials()
	if err != nil {
		r.note(err)
	}
	for _, d := range dials {
		r.event(run.Event{Kind: run.EventDial, Text: d.String()})
	}
	// Where Python's own attempts are listed, they are among those counted.
	if n, ok := r.subject.started.Unrouted(); ok && n > 0 && len(dials) == 0 {
		r.event(run.Event{Kind: run.EventDial, Count: int64(n), Text: "hosts that only its native code knows"})
	}
}

// abandon ends a trial that was none: its file is removed.
func (r *recorder) abandon() error {
	_, err := r.subject.stop(context.Background())
	r.stop()
	<-r.stopped
	return errors.Join(err, r.file.Close(), r.subject.source.Close(), os.Remove(Path(r.plan.Dir, r.trial)))
}

// conclude writes the last line and closes the file.
func (r *recorder) conclude(end run.End) error {
	end.T = r.now()
	r.file.Write(run.Line{End: &end})
	err := r.file.Close()
	return errors.Join(err, r.subject.source.Close())
}

// tail returns the last n lines of a log without the secrets; an empty one is
// none.
func tail(log string, n int, secrets ...string) string {
	lines := strings.Split(strings.TrimSpace(log), "\n")
	text := strings.Join(lines[max(0, len(lines)-n):], "\n")
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "[secret]")
		}
	}
	return text
}
