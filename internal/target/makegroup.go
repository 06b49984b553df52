package target

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// A request is what a group is made for.
type request struct {
	name    string  // of its directories
	limit   int64   // bytes; 0: none, the group serves for measuring
	cpus    float64 // 0: no share
	journal *Entry  // may be nil
}

// makeGroup makes a cgroup for a target: below our own where that may be done,
// else further up. self is /proc/self. The error says what was tried.
func makeGroup(self string, r request) (*group, error) {
	memory, err := findHierarchy(self, "memory")
	if err != nil {
		return nil, err
	}
	var tried []error
	for _, parent := range parents(memory) {
		g, err := newGroup(self, memory.version, parent, r)
		if err == nil {
			return g, nil
		}
		tried = append(tried, fmt.Errorf("making a cgroup in %s: %w", parent, err))
	}
	return nil, errors.Join(tried...)
}

// parents lists where a group may be made, best first. In v1 any cgroup may
// have children; in v2 one that has processes may not, so the nearest that
// can is looked for.
func parents(h hierarchy) []string {
	if h.version == 2 || h.own == h.mount {
		return h.upwards()
	}
	return []string{h.own, h.mount}
}

// newGroup makes the group in one place, sets it up and tries whether a process
// may enter. What it made is removed again when a step fails.
func newGroup(self string, version int, parent string, r request) (_ *group, err error) {
	g := &group{memory: filepath.Join(parent, r.name)}
	if r.cpus > 0 {
		if g.cpu, err = cpuDir(self, version, g.memory, r.name); err != nil {
			return nil, err
		}
	}
	if version == 2 {
		if err := delegate(parent, r.cpus > 0); err != nil {
			return nil, err
		}
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, g.remove(), r.journal.dropTarget(0, g.dirs()))
		}
	}()
	for _, dir := range g.dirs() { // noted before they exist, so that a crash cannot hide them
		if err := r.journal.AddCgroup(dir); err != nil {
			return nil, err
		}
	}
	if err := g.tryEntering(); err != nil {
		return nil, err
	}
	if err := g.mkdir(); err != nil {
		return nil, err
	}
	if err := g.setLimit(version, r.limit); err != nil {
		return nil, err
	}
	if r.cpus > 0 {
		return g, g.setCPUs(r.cpus)
	}
	return g, nil
}

// cpuDir returns the directory for the CPU share: v2 has one for all.
func cpuDir(self string, version int, memory, name string) (string, error) {
	if version == 2 {
		return memory, nil
	}
	h, err := findHierarchy(self, "cpu")
	return filepath.Join(h.own, name), err
}

// delegate makes sure that children of the v2 cgroup parent have the
// controllers, as cgroup.subtree_control decides. What it enables stays enabled:
// others may rely on it by the time the group is removed.
func delegate(parent string, cpu bool) error {
	for _, controller := range []string{"memory", "cpu"} {
		if controller == "cpu" && !cpu || hasWord(filepath.Join(parent, "cgroup.subtree_control"), controller) {
			continue
		}
		if err := write(parent, "cgroup.subtree_control", "+"+controller); err != nil {
			return err
		}
	}
	return nil
}

// setLimit sets the memory limit and forbids swap, so that memory over the
// limit is an OOM kill and not a slow target. memory.oom.group keeps its 0: the
// kernel kills one process, as in a container by default.
func (g *group) setLimit(version int, limit int64) error {
	bytes := strconv.FormatInt(limit, 10)
	if version == 2 {
		if limit > 0 {
			if err := write(g.memory, "memory.max", bytes); err != nil {
				return err
			}
		}
		return writeOptional(g.memory, "memory.swap.max", "0")
	}
	if limit == 0 {
		bytes = "-1" // none
	}
	return errors.Join(
		write(g.memory, "memory.limit_in_bytes", bytes),
		writeOptional(g.memory, "memory.memsw.limit_in_bytes", bytes), // memory and swap together
		writeOptional(g.memory, "memory.swappiness", "0"),
		// v1 counts socket buffers from the first time this is written, and
		// beside the limit above: they never add up to an OOM kill there.
		writeOptional(g.memory, "memory.kmem.tcp.limit_in_bytes", bytes),
	)
}

// enter is a shell that moves itself into cgroups and then becomes the
// target: so the target's first byte is already counted. Its arguments are the
// cgroup.procs files, "--" and the command.
const enter = `while [ "$1" != -- ]; do echo $$ >"$1" || exit 125; shift; done; shift; exec "$@"`

// entering returns the command that runs command inside the group.
func (g *group) entering(command []string) []string {
	if g == nil {
		return command
	}
	args := append([]string{"/bin/sh", "-c", enter, "sh"}, g.procs()...)
	return append(append(args, "--"), command...)
}

// tryEntering makes the group, moves a short-lived process into it and removes
// it again, so that nothing of that process is counted. Making a v2 cgroup and
// moving into it are different rights.
func (g *group) tryEntering() error {
	if err := g.mkdir(); err != nil {
		return err
	}
	args := g.entering([]string{"/bin/true"})
	out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("moving a process there: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return g.remove()
}

func (g *group) mkdir() error {
	for _, dir := range g.dirs() {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
	}
	return nil
}
