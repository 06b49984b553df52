package extension

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"syscall"
	"time"

	"github.com/grafana/sobek"
	"go.k6.io/k6/v2/errext"
	"go.k6.io/k6/v2/errext/exitcodes"
	"go.k6.io/k6/v2/js/common"
	"go.k6.io/k6/v2/lib"
	"go.k6.io/k6/v2/lib/netext"
	xrate "golang.org/x/time/rate"

	"github.com/pixeltales/pixelload/internal/config"
	"github.com/pixeltales/pixelload/internal/guard"
)

// refusedCode is k6's exit code when the guard refuses the target: pixelload's own.
const refusedCode exitcodes.ExitCode = 4

// refusedError ends k6, and says how to exit: before anything was sent where the
// script is read, and at once where it runs.
type refusedError struct{ error }

// ExitCode tells k6 how to exit.
func (refusedError) ExitCode() exitcodes.ExitCode { return refusedCode }

// Unwrap has beside the refusal what k6 ends all VUs for, and not this one alone.
func (r refusedError) Unwrap() []error {
	return []error{r.error, &errext.InterruptError{Reason: r.Error()}}
}

// throw makes the error the script's. One of the guard ends k6, and no script
// can catch it.
func throw(rt *sobek.Runtime, err error) {
	if errors.Is(err, guard.ErrRefused) {
		rt.Interrupt(refusedError{err})
		return
	}
	common.Throw(rt, err)
}

// gate is where all of a test's targets are admitted, each once. The zero value
// is ready.
type gate struct {
	mu     sync.Mutex
	file   *config.File // nil: not read yet
	passes map[string]*admitted
}

// admitted is a target that may be loaded, and what is done to it.
type admitted struct {
	guard.Pass
	limit *limiter // on requests and handshakes; nil: none

	mu    sync.Mutex
	there int       // users and sockets of crowds, now
	since time.Time // the first came; zero: nobody did
}

// admit asks the guard about the target, once a test.
func (g *gate) admit(ctx context.Context, address string) (*admitted, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if a := g.passes[address]; a != nil {
		return a, nil
	}
	if g.file == nil {
		file, err := config.Load("")
		if err != nil {
			return nil, err
		}
		g.file = file
	}
	pass, err := guard.Guard{Allowed: g.file.Allow}.Admit(ctx, address)
	if err != nil {
		return nil, err
	}
	a := &admitted{Pass: pass}
	if pass.Remote() {
		a.limit = newLimiter(pass.Caps.Rate)
	}
	if g.passes == nil {
		g.passes = map[string]*admitted{}
	}
	g.passes[address] = a
	return a, nil
}

// remote says that a target of the test is not on this machine.
func (g *gate) remote() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, a := range g.passes {
		if a.Remote() {
			return true
		}
	}
	return false
}

// dial lets a connection pass that one of the targets lets pass.
func (g *gate) dial(_ context.Context, network, address string, raw syscall.RawConn) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	err := guard.Pass{}.Dial(network, address, raw)
	if len(g.passes) == 0 {
		return err
	}
	for _, a := range g.passes {
		if err = a.Dial(network, address, raw); err == nil {
			return nil
		}
	}
	return err
}

// fence puts the gate before every connection of the VU: its own modules dial
// through the same dialer, which has resolved the name by then.
func (g *gate) fence(state *lib.State) error {
	d, ok := state.Dialer.(*netext.Dialer)
	if !ok {
		return fmt.Errorf("this k6 dials by a %T, which cannot be guarded: use the k6 that this extension was made for", state.Dialer)
	}
	d.ControlContext = g.dial
	return nil
}

// enter lets so many in at the target, or ends the test: what its scenarios
// mean to the target together is known only when they run.
func (m *ModuleInstance) enter(method string, target *admitted, users int) (in bool) {
	if err := target.enter(users); err != nil {
		throw(m.vu.Runtime(), fmt.Errorf("%s: %w", method, err))
		return false
	}
	return true
}

// enter lets so many in, or refuses them when they are too many or too late.
func (a *admitted) enter(users int) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.since.IsZero() {
		a.since = time.Now()
	}
	if err := a.Bear(a.there+users, time.Since(a.since)); err != nil {
		return err
	}
	a.there += users
	return nil
}

func (a *admitted) leave(users int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.there -= users
}

// limiter spaces requests out. nil lets all pass at once.
type limiter struct {
	*xrate.Limiter
	first chan struct{} // who is in it has the next turn, and the others none: who leaves the queue loses nobody's
}

func newLimiter(rate float64) *limiter {
	return &limiter{xrate.NewLimiter(xrate.Limit(rate), int(math.Ceil(rate))), make(chan struct{}, 1)}
}

// pass waits for one more request's turn, and returns how long it was held back
// for; false when ctx ends before.
func (l *limiter) pass(ctx context.Context) (held time.Duration, ok bool) {
	if l == nil {
		return 0, true
	}
	began := time.Now()
	select {
	case l.first <- struct{}{}:
		defer func() { <-l.first }()
	case <-ctx.Done():
		return time.Since(began), false
	}
	turn := l.Reserve()
	delay := turn.Delay()
	if delay == 0 {
		return 0, true
	}
	if ok = wait(ctx, delay); !ok {
		turn.Cancel()
	}
	return time.Since(began), ok
}
