package target

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/pixeltales/pixelload/internal/memory"
)

// scopePatience is how long systemd may take to answer.
const scopePatience = 10 * time.Second

// startScope starts the target in a scope of the user's own systemd, which may
// make cgroups where the user may not. systemd-run becomes the target, so the
// process stays the same.
func startScope(ctx context.Context, r request, spec Spec) (*Process, error) {
	systemdRun, err := exec.LookPath("systemd-run")
	if err != nil {
		return nil, fmt.Errorf("making a scope: %w", err)
	}
	if err := tryScope(ctx, systemdRun, r); err != nil {
		return nil, err
	}
	spec.Env = append(scopeEnv(), spec.Env...)
	p, err := launch(spec, append(scopeCommand(systemdRun, r, r.name+".scope"), spec.Command...))
	if err != nil {
		return nil, err
	}
	err = p.enterScope(ctx, r)
	go p.wait()
	if err != nil {
		_, stopErr := p.Stop(canceled())
		return nil, errors.Join(err, stopErr)
	}
	return p, nil
}

// scopeCommand is systemd-run with the limits as properties of the scope
// (systemd.resource-control(5)).
func scopeCommand(systemdRun string, r request, unit string) []string {
	args := []string{systemdRun, "--user", "--scope", "--quiet", "--collect", "--unit", unit, "--property", "MemorySwapMax=0"}
	if r.limit > 0 {
		args = append(args, "--property", "MemoryMax="+strconv.FormatInt(r.limit, 10))
	}
	if r.cpus > 0 {
		args = append(args, "--property", fmt.Sprintf("CPUQuota=%g%%", 100*r.cpus))
	}
	return append(args, "--")
}

// scopeEnv is how systemd-run finds the user's systemd.
func scopeEnv() (env []string) {
	for _, name := range []string{"XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"} {
		if value := os.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// tryScope runs a short-lived process in such a scope: without a user's
// systemd it fails at once. It has no memory limit, which may be too small.
func tryScope(ctx context.Context, systemdRun string, r request) error {
	r.limit = 0
	ctx, cancel := context.WithTimeout(ctx, scopePatience)
	defer cancel()
	args := append(scopeCommand(systemdRun, r, r.name+"-try.scope"), "/bin/true")
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("making a scope with systemd-run --user: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// enterScope waits until the process is in its scope and opens the scope's
// cgroup.
func (p *Process) enterScope(ctx context.Context, r request) error {
	of := filepath.Join(proc, strconv.Itoa(p.PID()))
	var h hierarchy
	err := retry(scopePatience, func() (err error) {
		if h, err = findHierarchy(of, "memory"); err != nil {
			return err
		}
		if filepath.Base(h.own) != r.name+".scope" {
			return fmt.Errorf("making a scope: the target is in %s", h.own)
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	g := &group{memory: h.own}
	if r.cpus > 0 {
		g.cpu = h.own
	}
	p.group = g
	if err := p.spec.Journal.AddCgroup(h.own); err != nil {
		return err
	}
	if err := p.observe(); err != nil {
		return err
	}
	p.around, err = openAround(h)
	return err
}

// openAround counts the kills in the cgroup around a scope from now on: systemd
// removes a scope with its last process, and the scope's own count with it,
// but v2 counts in all cgroups above too.
func openAround(h hierarchy) (*killCounter, error) {
	src, err := memory.OpenCgroup(filepath.Dir(h.own))
	if err != nil {
		return nil, err
	}
	c := &killCounter{src: src}
	c.before, err = c.total()
	return c, err
}
