package trial

import (
	"context"
	"time"

	"github.com/pixeltales/pixelload/internal/guard"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/target"
)

// A subject is the target of one trial: started for it, or running already.
type subject struct {
	pass   guard.Pass // to the target, and nowhere else
	source memory.Source
	limit  int64           // bytes that the kernel enforces; 0: none
	why    string          // no limit is enforced; "" when one is
	done   <-chan struct{} // closed when it has ended
	// stop ends a target that was started, and leaves one that ran before.
	stop func(context.Context) (fate, error)
	// tidy removes the stories that the users have made since then, and returns
	// how many; nil for a target that is thrown away with them.
	tidy func(context.Context, time.Time) (int, error)
	// started is the process that was started for the trial; nil for a target
	// that ran before: it has no beginning, no log and no CPU share of ours.
	started *target.Process
}

// fate is how a target ended, or how it was left.
type fate struct {
	code  int    // its exit status, where it has one
	text  string // in plain words
	kills uint64 // of its processes, by the kernel, as far as its cgroup told
}

func started(p *target.Process) subject {
	limit, _ := p.Enforced()
	return subject{
		pass: guard.Here(p.URL()), source: p.Source(), limit: limit, why: p.Why(), done: p.Done(), started: p,
		stop: func(ctx context.Context) (fate, error) {
			exit, err := p.Stop(ctx)
			return fate{exit.Code, exit.String(), exit.OOMKills}, err
		},
	}
}

// attached is the running target with so many users on it.
func attached(r *Running, users int) subject {
	a := r.Target
	limit, _ := a.Enforced()
	s := subject{pass: r.Pass, source: a.Source(), limit: limit, why: a.Why(), done: a.Done()}
	s.tidy = func(ctx context.Context, since time.Time) (int, error) { return r.tidy(ctx, users, since) }
	s.stop = func(context.Context) (fate, error) {
		a.Leave()
		select {
		case <-a.Done():
			return fate{text: "ended or was restarted"}, nil
		default:
			return fate{text: "left running"}, nil
		}
	}
	return s
}

// lastWords is the end of the target's log, to stand behind an error.
func (s subject) lastWords() string {
	if s.started == nil {
		return ""
	}
	if log := s.started.LogTail(1); log != "" {
		return "; the last line of its log: " + log
	}
	return ""
}
