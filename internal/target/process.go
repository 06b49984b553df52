// Package target is what is under test: how it is found, started, limited,
// touched and stopped, so that it leaves nothing behind.
//
// A target is a process in a fresh memory cgroup, so that every byte it and
// its children use is counted and the kernel itself enforces the limit. Where
// no cgroup can be had, it is measured all the same, and Why says what no
// limit means and what would be needed for one.
package target

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/pixeltales/pixelload/internal/isolate"
	"github.com/pixeltales/pixelload/internal/memory"
)

// Spec is what to start and under which limits.
type Spec struct {
	Command []string // program and arguments; it must listen on Port of 127.0.0.1
	Dir     string   // working directory; "": the caller's
	Env     []string // the whole environment
	Port    int

	LimitBytes int64   // memory; 0: as much as there is
	CPUs       float64 // share of processor time; 0: as much as there is
	Cores      []int   // to run on; empty: any

	LogPath string // gets the target's output, truncated first; "": it is thrown away
	Journal *Entry // gets what must not outlive pixelload; may be nil

	// Gate is what Command goes through, closed when the target has ended; nil for
	// a target that may reach whom it likes.
	Gate *isolate.Gate
}

// A Process is a target that was started.
type Process struct {
	spec   Spec
	cmd    *exec.Cmd
	group  *group        // nil: none could be made
	why    string        // no limit is enforced
	source memory.Source // for the caller
	own    *killCounter  // in the target's cgroup; nil without one
	around *killCounter  // in the cgroup around it, for a group that vanishes with its processes; else nil

	limit     memory.Figure
	done      chan struct{}
	exit      Exit // set before done is closed
	throttled time.Duration
	shared    bool // whether throttled is known
	unrouted  int  // when it was stopped
	counted   bool // whether unrouted is known
}

// ErrDied is in the chain of an error that the target's own end caused.
var ErrDied = errors.New("the target ended")

// ErrPortTaken says that another program listens on the target's port.
var ErrPortTaken = errors.New("another program listens there")

// killAfter is how long a target may take to end after SIGTERM.
const killAfter = 5 * time.Second

// URL is where the target listens, without a trailing slash.
func (p *Process) URL() string { return "http://" + address(p.spec.Port) }

// PID is the target's main process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Source reads the target's memory: its cgroup, else its process tree. The
// caller closes it.
func (p *Process) Source() memory.Source { return p.source }

// Enforced returns the memory limit in bytes that the kernel enforces, read
// back from it: the smallest of the target's cgroup and those around it. It
// returns false where there is none; Why says why.
func (p *Process) Enforced() (limit int64, ok bool) {
	v, ok := p.limit.Get()
	return int64(v), ok
}

// Why says why no limit is enforced and what it would take; "" when one is.
func (p *Process) Why() string { return p.why }

// Gate is what the target went through; nil for none.
func (p *Process) Gate() *isolate.Gate { return p.spec.Gate }

// Unrouted is how often the target tried to send something where no route of its
// own network leads, native code included; known after Stop of a target with a
// Gate that had not ended by itself.
func (p *Process) Unrouted() (attempts int, ok bool) { return p.unrouted, p.counted }

// Done is closed when the target's main process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Exit is how the target ended; valid once Done is closed.
func (p *Process) Exit() Exit { return p.exit }

// Throttled is how long the target was held back by its CPU share; false when
// it has none. It stays readable after Stop.
func (p *Process) Throttled() (time.Duration, bool) {
	if d, ok := p.group.throttled(); ok {
		return d, true
	}
	return p.throttled, p.shared
}

// SetCPUs changes the share of processor time while the target runs; 0 lifts
// it. It needs a Spec with CPUs.
func (p *Process) SetCPUs(cpus float64) error { return p.group.setCPUs(cpus) }

// WaitListening returns when the target accepts connections. It ends early,
// with ErrDied, when the target ends, and with ErrPortTaken when somebody else
// has taken its port since it was chosen.
func (p *Process) WaitListening(ctx context.Context) error {
	var dialer net.Dialer
	for {
		conn, err := dialer.DialContext(ctx, "tcp", address(p.spec.Port))
		if err == nil {
			return errors.Join(p.checkListener(), conn.Close())
		}
		select {
		case <-p.done:
			return fmt.Errorf("%w before it listened on port %d: %s", ErrDied, p.spec.Port, p.exit)
		case <-ctx.Done():
			return fmt.Errorf("waiting for the target to listen on port %d: %w", p.spec.Port, context.Cause(ctx))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// checkListener looks again for a while before it blames a stranger: the kernel's
// table of sockets may skip one while others come and go.
func (p *Process) checkListener() error {
	for deadline := time.Now().Add(time.Second); ; time.Sleep(20 * time.Millisecond) {
		ours, err := p.listens()
		if err != nil || ours {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("port %d: %w", p.spec.Port, ErrPortTaken)
		}
	}
}

// wait takes the target's exit status, with the kernel's count of kills while
// its cgroup is still there.
func (p *Process) wait() {
	defer close(p.done)
	_ = p.cmd.Wait() // ProcessState says it
	p.exit = exitOf(p.cmd.ProcessState, p.kills())
}

// kills is how many processes of the target the kernel killed, as far as can
// be told.
func (p *Process) kills() uint64 {
	for _, counter := range []*killCounter{p.own, p.around} {
		if n, err := counter.count(); err == nil {
			return n
		}
	}
	return 0
}

// Stop ends the target: SIGTERM, and SIGKILL when it has not ended after 5 s or
// when ctx ends; then whatever else lives in its cgroup, and the cgroup. It may
// be called more than once.
func (p *Process) Stop(ctx context.Context) (Exit, error) {
	if p.spec.Gate != nil && !p.counted {
		p.unrouted, p.counted = unrouted(p.PID())
	}
	family := p.family()                      // before it ends, and they become init's
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended already
	patience := time.NewTimer(killAfter)
	defer patience.Stop()
	select {
	case <-p.done:
	case <-patience.C:
	case <-ctx.Done():
	}
	err := p.killAll()
	killFamily(family)
	<-p.done
	err = errors.Join(err, p.spec.Gate.Close())
	if d, ok := p.group.throttled(); ok {
		p.throttled, p.shared = d, true
	}
	exit := p.exit
	exit.OOMKills = max(exit.OOMKills, p.kills()) // a child may have been killed last
	p.own.close()
	p.around.close()
	if err = errors.Join(err, p.group.remove()); err != nil {
		return exit, err // the journal keeps what is left
	}
	return exit, p.spec.Journal.dropTarget(p.PID(), p.group.dirs())
}

// killAll kills the main process, the rest of its session and the rest of its
// cgroup.
func (p *Process) killAll() error {
	_ = p.cmd.Process.Kill() // it may have ended already
	_ = syscall.Kill(-p.PID(), syscall.SIGKILL)
	return p.group.kill()
}

// Exit is how a process ended.
type Exit struct {
	Code   int            // exit status; -1 when a signal ended it
	Signal syscall.Signal // what ended it; 0 when it exited
	// OOMKills counts the processes of the target, children included, that
	// the kernel killed for want of memory; 0 also where there is no cgroup
	// that counts them.
	OOMKills uint64
}

func exitOf(state *os.ProcessState, kills uint64) Exit {
	e := Exit{Code: state.ExitCode(), OOMKills: kills}
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		e.Signal = status.Signal()
	}
	return e
}

// Killed reports that the kernel killed the target itself, and not one of its
// children only, for want of memory.
func (e Exit) Killed() bool { return e.OOMKills > 0 && e.Signal == syscall.SIGKILL }

// String says how the target ended in plain words.
func (e Exit) String() string {
	switch {
	case e.Killed():
		return "killed by the kernel: out of memory"
	case e.Signal != 0:
		return fmt.Sprintf("ended by signal %d (%s)", int(e.Signal), e.Signal)
	}
	return fmt.Sprintf("exit status %d", e.Code)
}
