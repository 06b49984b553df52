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
	"github.com/pixeltales/pixelload/internal/target"
)

// recorder writes one trial's run file: it samples the target's memory, stamps
// what the users report, and tells the one who waits.
type recorder struct {
	plan    *Plan
	trial   int
	proc    *target.Process
	file    *run.Writer
	started time.Time
	stop    context.CancelFunc // ends the sampling
	stopped chan struct{}
	broken  chan struct{} // closed when the file can no longer be written

	// throttles says that the target has the CPU share that the header names.
	throttles bool

	mu     sync.Mutex // protects all following fields
	status Status
	stage  time.Time // when the present phase began
	after  float64   // seconds of the phases behind the present one
	kills  uint64
	told   time.Time
	death  float64 // when the target ended by itself; 0: it has not
	torn   bool    // broken is closed
}

func newRecorder(p *Plan, n int, proc *target.Process) (*recorder, error) {
	h := p.Header
	h.Trial, h.Started = n, time.Now()
	h.MemorySource, h.SampleSeconds = proc.Source().Name(), memory.Period(proc.Source(), SampleEvery).Seconds()
	limit, enforced := proc.Enforced()
	h.LimitBytes = limit
	if !enforced {
		h.LimitBytes, h.NoLimitWhy = 0, proc.Why()
	}
	// Without a cgroup there is no CPU share either: Why says so for both.
	_, throttles := proc.Throttled()
	if !throttles {
		h.CPUs = 0
	}
	file, err := run.Create(Path(p.Dir, n), h)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	r := &recorder{
		plan: p, trial: n, proc: proc, file: file, started: h.Started, stop: stop,
		stopped: make(chan struct{}), broken: make(chan struct{}), throttles: throttles,
		status: Status{Trial: n, Stage: "starting", Limit: h.LimitBytes, Remaining: startup + Length(h.Phases)},
	}
	go func() {
		defer close(r.stopped)
		memory.Watch(ctx, proc.Source(), SampleEvery, r.sample, r.gap)
	}()
	return r, nil
}

// startup is how long starting and touching take, for the remaining time only.
const startup = 6 * time.Second

func (r *recorder) now() float64 { return time.Since(r.started).Seconds() }

func (r *recorder) sample(s memory.Sample) {
	r.file.Write(run.Line{Sample: &run.Sample{T: s.Time.Sub(r.started).Seconds(), Sample: s}})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status.Unreclaimable = s.Unreclaimable
	if kills, ok := s.OOMKills.Get(); ok && kills > r.kills {
		r.oomKilled(kills)
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

// oomKilled notes kills beyond those known. The counter belongs to the fresh
// cgroup of this trial, so it starts at zero and never falls.
func (r *recorder) oomKilled(kills uint64) {
	r.event(run.Event{Kind: run.EventOOMKill, Count: int64(kills - r.kills)})
	r.kills = kills
}

func (r *recorder) gap(since time.Duration, err error) {
	r.event(run.Event{Kind: run.EventGap, Seconds: since.Seconds(), Text: err.Error()})
}

func (r *recorder) mark(name string) {
	r.file.Write(run.Line{Mark: &run.Mark{T: r.now(), Name: name}})
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
	case l.Users != nil:
		l.Users.T = t
	}
	r.file.Write(l)
}

// enter notes that a phase begins.
func (r *recorder) enter(phase string, users int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status.Stage, r.status.Users, r.stage, r.after = phase, users, time.Now(), 0
	for i, p := range r.plan.Header.Phases {
		if p.Name == phase {
			r.after = Length(r.plan.Header.Phases[i:]).Seconds()
		}
	}
	r.tellLocked(true)
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
		r.event(run.Event{Kind: run.EventGeneratorLog, Text: tail(string(log), 20, s.secret)})
		if n := unsent(log); n > 0 {
			r.note(fmt.Errorf("k6 could not send its metrics to %s (%d times): Prometheus lacks part of this run", r.plan.Prometheus, n))
		}
	}
}

// ending decides how the trial ended. What ended the target comes first: k6
// and the user's patience only follow from it.
func (r *recorder) ending(ctx context.Context, outcome string, reasons ...string) run.End {
	r.enter("stopping", 0)
	ended := ended(r.proc)
	patience, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	exit, err := r.proc.Stop(patience)
	cancel()
	r.stop()
	<-r.stopped
	if err != nil {
		r.note(fmt.Errorf("stopping the target: %w", err))
	}
	r.mu.Lock()
	if exit.OOMKills > r.kills {
		r.oomKilled(exit.OOMKills)
	}
	killed := r.kills > 0
	r.mu.Unlock()
	r.exit(exit, ended)

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

func (r *recorder) exit(exit target.Exit, ended bool) {
	e := run.Event{T: r.now(), Kind: run.EventTargetSummary, Count: int64(exit.Code), Text: exit.String()}
	r.mu.Lock()
	if ended {
		e.Kind = run.EventExit
		if r.death > 0 {
			e.T = r.death
		}
	}
	r.mu.Unlock()
	r.file.Write(run.Line{Event: &e})
	if log := r.proc.LogTail(20); log != "" {
		r.event(run.Event{Kind: run.EventTargetLog, Text: log})
	}
	if d, ok := r.proc.Throttled(); ok {
		r.event(run.Event{Kind: run.EventThrottled, Seconds: d.Seconds()})
	}
}

// abandon ends a trial that was none: its file is removed.
func (r *recorder) abandon() error {
	_, err := r.proc.Stop(context.Background())
	r.stop()
	<-r.stopped
	return errors.Join(err, r.file.Close(), r.proc.Source().Close(), os.Remove(Path(r.plan.Dir, r.trial)))
}

// conclude writes the last line and closes the file.
func (r *recorder) conclude(end run.End) error {
	end.T = r.now()
	r.file.Write(run.Line{End: &end})
	err := r.file.Close()
	return errors.Join(err, r.proc.Source().Close())
}

// tail returns the last n lines of a log without the secret.
func tail(log string, n int, secret string) string {
	lines := strings.Split(strings.TrimSpace(log), "\n")
	return strings.ReplaceAll(strings.Join(lines[max(0, len(lines)-n):], "\n"), secret, "[secret]")
}
