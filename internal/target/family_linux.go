package target

import (
	"syscall"

	"github.com/pixeltales/pixelload/internal/memory"
)

// relative is a process that descends from a target. A number may be another's
// by now: its start tells.
type relative struct {
	pid   int
	start uint64
}

// family lists the descendants of a target that has no cgroup to find them by:
// one that began a session of its own is in no session to be killed either.
func (p *Process) family() []relative {
	if p.group != nil {
		return nil
	}
	var family []relative
	for _, pid := range p.members() {
		if stat, err := memory.ReadProcess(proc, pid); err == nil && pid != p.PID() {
			family = append(family, relative{pid, stat.Start})
		}
	}
	return family
}

// killFamily kills those that live yet.
func killFamily(family []relative) {
	for _, r := range family {
		if stat, err := memory.ReadProcess(proc, r.pid); err == nil && stat.Start == r.start {
			_ = syscall.Kill(r.pid, syscall.SIGKILL) // it may end meanwhile
		}
	}
}
