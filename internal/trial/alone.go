package trial

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/pixeltales/pixelload/internal/guard"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/target"
)

// Alone is a target that was started as for a trial and has nobody on it. Who
// asks it has it alone; no run file is written.
type Alone struct {
	Pass     guard.Pass // to reach it
	Secret   string     // to mint tokens with
	Accounts string     // path of the users' manifest
	Process  *target.Process
	Source   memory.Source // not to be read by two at once
	Hook     *target.Hook  // answers where the target is a Python program

	plan    *Plan
	site    site
	subject subject
}

// Alone starts the target with the start-up hook, hands it to do, and stops it.
// The context that do gets ends with the target. An error means that there was
// no target, or is do's own.
func (p *Plan) Alone(ctx context.Context, do func(context.Context, *Alone) error) error {
	q := *p
	q.Header.Kind = run.Collected // with the hook
	return q.furnish(ctx, func(s site, settings map[string]string) (err error) {
		spec, err := q.spec(s, settings)
		if err != nil {
			return err
		}
		proc, err := target.Start(ctx, spec)
		if err != nil {
			return err
		}
		a := &Alone{
			Pass: guard.Here(proc.URL()), Secret: s.secret, Accounts: s.accounts, Process: proc, Source: proc.Source(), Hook: s.hook,
			plan: &q, site: s, subject: started(proc),
		}
		defer func() {
			patience, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			_, stopErr := proc.Stop(patience)
			err = errors.Join(err, stopErr, proc.Source().Close())
		}()
		alive, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		go func() {
			select {
			case <-proc.Done():
				cancel(target.ErrDied)
			case <-alive.Done():
			}
		}()
		ready, end := context.WithTimeoutCause(alive, patience, fmt.Errorf("not within %s", patience))
		err = proc.WaitListening(ready)
		end()
		if err != nil {
			return fmt.Errorf("the target does not answer: %w%s", err, a.subject.lastWords())
		}
		return do(alive, a)
	})
}

// Crowd sends users of the mix to the target for a time, and tells line what each
// second of them was.
func (a *Alone) Crowd(ctx context.Context, mix string, users int, length time.Duration, line func(run.Users)) error {
	q := *a.plan
	q.Header.Mix = mix
	q.Header.Phases = []run.Phase{{Name: "crowd", Users: users, HoldSeconds: length.Seconds()}}
	var unread error
	handle := func(l run.Line) {
		if l.Users != nil {
			line(*l.Users)
		}
	}
	g, err := q.startGenerator(a.site, a.subject, handle, func(err error) { unread = errors.Join(unread, err) })
	if err != nil {
		return err
	}
	if err := q.Journal.AddProcess(g.cmd.Process.Pid); err != nil {
		halt(g)
		return err
	}
	select {
	case <-g.done:
	case <-ctx.Done():
		halt(g)
		return ctx.Err()
	}
	if g.code != 0 && g.code != thresholdsCrossed {
		log, _ := os.ReadFile(a.site.path("k6.log")) // what there is of it
		return fmt.Errorf("k6 ended with code %d: %s", g.code, tail(string(log), 1, a.site.secret, a.site.password, a.site.token))
	}
	return unread
}
