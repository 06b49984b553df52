package trial

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
)

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
	return closed(r.subject.done) || closed(r.replaced)
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
