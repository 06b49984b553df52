package target

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"

	"github.com/pixeltales/pixelload/internal/memory"
)

// self is the calling process below /proc.
const self = proc + "/self"

// started numbers the groups of this process.
var started atomic.Int64

// Start starts the target in a fresh cgroup with the given limits. Whether the
// memory limit holds is what Enforced says.
func Start(ctx context.Context, spec Spec) (p *Process, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, spec.Gate.Close())
		}
	}()
	if err := check(spec); err != nil {
		return nil, err
	}
	r := request{
		name:  fmt.Sprintf("pixelload-%d-%d", os.Getpid(), started.Add(1)),
		limit: spec.LimitBytes, cpus: spec.CPUs, journal: spec.Journal,
	}
	g, err := makeGroup(self, r)
	if err == nil {
		return startIn(g, spec, g.entering(spec.Command))
	}
	scope, scopeErr := startScope(ctx, r, spec)
	if scopeErr == nil {
		return scope, nil
	}
	p, startErr := startIn(nil, spec, spec.Command)
	if startErr != nil {
		return nil, startErr
	}
	p.why = whyNot(errors.Join(err, scopeErr))
	return p, nil
}

// check finds the mistakes that a running target would hide.
func check(spec Spec) error {
	if len(spec.Command) == 0 {
		return errors.New("starting the target: no command")
	}
	if _, err := exec.LookPath(spec.Command[0]); err != nil {
		return fmt.Errorf("starting the target: %w", err)
	}
	return CheckPort(spec.Port)
}

// whyNot says on one line what was tried and what would help.
func whyNot(tried error) string {
	return fmt.Sprintf("no cgroup could be made, so no limit is enforced and memory is the PSS of the process tree "+
		"(run as root, or where `systemd-run --user --scope -p MemoryMax=512M true` works); tried: %s",
		strings.ReplaceAll(tried.Error(), "\n", "; "))
}

// startIn starts command, which enters g by itself.
func startIn(g *group, spec Spec, command []string) (_ *Process, err error) {
	p, err := launch(spec, command)
	if err != nil {
		return nil, errors.Join(err, g.remove(), spec.Journal.dropTarget(0, g.dirs()))
	}
	p.group = g
	err = p.observe()
	go p.wait()
	if err != nil {
		_, stopErr := p.Stop(canceled())
		return nil, errors.Join(err, stopErr)
	}
	return p, nil
}

// launch starts command with the spec's surroundings.
func launch(spec Spec, command []string) (*Process, error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir, cmd.Env = spec.Dir, spec.Env
	if spec.LogPath != "" {
		log, err := os.OpenFile(spec.LogPath, os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			return nil, fmt.Errorf("opening the target's log: %w", err)
		}
		defer log.Close() // the child has its own
		cmd.Stdout, cmd.Stderr = log, log
	}
	if err := StartChild(cmd, spec.Cores...); err != nil {
		return nil, fmt.Errorf("starting the target: %w", err)
	}
	p := &Process{spec: spec, cmd: cmd, done: make(chan struct{})}
	if err := spec.Journal.AddProcess(p.PID()); err != nil {
		_ = cmd.Process.Kill()
		return nil, errors.Join(err, cmd.Wait())
	}
	return p, nil
}

// observe opens what reads the target's memory and reads its limit back.
func (p *Process) observe() (err error) {
	if p.group == nil {
		p.source, err = memory.OpenProcess(proc, p.PID())
		return err
	}
	if p.source, err = memory.OpenCgroup(p.group.memory); err != nil {
		return err
	}
	own, err := memory.OpenCgroup(p.group.memory)
	if err != nil {
		return err
	}
	p.own = &killCounter{src: own} // of a fresh cgroup: from 0
	s, err := own.Read()
	if err != nil {
		return err
	}
	p.limit = s.Limit
	limit, ok := p.limit.Get()
	switch asked := p.spec.LimitBytes; {
	case asked > 0 && (!ok || limit > uint64(asked)):
		return fmt.Errorf("limiting the target to %d bytes: the kernel answers with %d", asked, limit)
	case !ok:
		p.why = "no limit was asked for"
	}
	return nil
}

// canceled is the context of one who does not wait.
func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
