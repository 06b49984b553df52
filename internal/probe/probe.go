// Package probe measures each call and each message of a target alone: it asks,
// reads the memory before, at its peak and after, has the target collected by the
// start-up hook, and reads again.
//
// It says what was measured and judges nothing. What fails for one call is noted
// and the next one is asked; when the target ends or the time is over, all that
// was measured until then is returned.
package probe

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pixeltales/pixelload/internal/account"
	"github.com/pixeltales/pixelload/internal/explain"
	"github.com/pixeltales/pixelload/internal/guard"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/target"
)

// Target is what is asked. Nobody else may be on it.
type Target struct {
	Pass   guard.Pass // to reach it
	Source memory.Source
	CPU    func() time.Duration // used so far; 0: not known
	Hook   *target.Hook         // it may answer nothing: the target need not be in Python
	Users  []account.User
	Token  func(account.User) (string, error)
	// Crowd drives users of a mix for a time, and tells what each second of them
	// was. Nil: no users are driven.
	Crowd func(ctx context.Context, mix string, users int, length time.Duration, line func(run.Users)) error
	// StopBytes ends calls before U comes there; 0: never.
	StopBytes int64
}

// Options are how to measure.
type Options struct {
	// Time is how long all of it may take.
	Time time.Duration
	// Step is told what is being measured, for the one who waits.
	Step func(format string, args ...any)
}

// errStop is why nothing more is asked, though the target lives.
var errStop = errors.New("U came near the limit that was named")

// errTime says that the time is over.
var errTime = errors.New("no time was left")

// prober measures one target.
type prober struct {
	Target
	Options
	meter  *meter
	client *client
	learnt map[string]string
	ids    []string // of public stories
	found  explain.Evidence
	until  time.Time // the present part's last moment
	hooked bool
	heap   target.Collection // the last one, of all processes together
}

// Measure measures the target and adds to e what it found. The target has just
// begun to listen.
func Measure(ctx context.Context, t Target, o Options, e *explain.Evidence) {
	p := &prober{Target: t, Options: o, learnt: map[string]string{}, found: *e}
	p.meter = newMeter(t.Source)
	defer func() {
		p.found.LargestBytes = p.meter.close()
		*e = p.found
	}()
	if err := p.all(ctx); err != nil {
		p.found.Ended = endedBy(ctx, err)
	}
}

// endedBy says why the measuring ended. That the target has ended is why the
// last call failed, whatever that says.
func endedBy(ctx context.Context, err error) string {
	if cause := context.Cause(ctx); errors.Is(cause, target.ErrDied) {
		return "the target ended while it was asked: " + err.Error()
	}
	return err.Error()
}

func (p *prober) all(ctx context.Context) error {
	if len(p.Users) < 2 {
		return errors.New("two accounts are needed, one to send and one to receive")
	}
	token, err := p.Token(p.Users[0])
	if err != nil {
		return err
	}
	p.client = newClient(p.Pass, token)
	defer p.client.close()
	if err := p.start(ctx, token); err != nil {
		return fmt.Errorf("starting: %w", err)
	}
	p.learn("user", fmt.Sprint(p.Users[1].ID))
	began := time.Now()
	for _, part := range []struct {
		measure func(context.Context) error
		until   float64 // of the time
	}{{p.endpoints, 0.42}, {p.messages, 0.55}, {p.sockets, 0.62}, {p.anatomies, 0.68}, {p.crowds, 1}} {
		p.until = began.Add(time.Duration(part.until * float64(p.Time)))
		if err := part.measure(ctx); err != nil {
			return err
		}
	}
	return nil
}

// start reads U on the way to the first measured call.
func (p *prober) start(ctx context.Context, token string) error {
	p.Step("starting: listening, first request, each endpoint once")
	mark := func(name string) {
		pause(ctx, settle)
		if u, err := p.meter.read(); err == nil {
			p.found.Start = append(p.found.Start, explain.Step{Name: name, Bytes: u})
		}
	}
	mark("listening")
	_, err := target.Touch(ctx, p.Pass, token, func(string) { mark("first request") })
	mark("each endpoint touched")
	if err != nil {
		return err
	}
	if _, err := p.Hook.Collect(ctx); err != nil {
		p.found.NoHook = err.Error()
		return ctx.Err()
	}
	p.hooked = true
	mark("collected")
	return ctx.Err()
}

func (p *prober) missing(what string, why error) {
	p.found.NotMeasured = append(p.found.NotMeasured, explain.Missing{What: what, Why: why.Error(), NoTime: errors.Is(why, errTime)})
}

func (p *prober) learn(word, value string) { p.learnt[word] = value }

// late says that the present part has no time left for what takes so long.
func (p *prober) late(needs time.Duration) bool { return time.Until(p.until) < needs }

// pause waits; it ends early with ctx.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
