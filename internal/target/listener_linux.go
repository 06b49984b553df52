package target

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/prometheus/procfs"

	"github.com/pixeltales/pixelload/internal/memory"
)

// tcpListen is the state of a listening socket in /proc/net/tcp: TCP_LISTEN
// of the kernel's include/net/tcp_states.h.
const tcpListen = 10

// listens reports whether one of the target's processes listens on its port.
// Who else does would be measured in the target's stead.
func (p *Process) listens() (bool, error) {
	kernel, err := procfs.NewFS(proc)
	if err != nil {
		return false, err
	}
	table, err := kernel.NetTCP() //nolint:staticcheck // netlink, its successor, is much for one port
	if err != nil {
		return false, fmt.Errorf("reading who listens: %w", err)
	}
	for _, socket := range table {
		if socket.St != tcpListen || socket.LocalPort != uint64(p.spec.Port) {
			continue
		}
		for _, pid := range p.members() {
			if holds(pid, fmt.Sprintf("socket:[%d]", socket.Inode)) {
				return true, nil
			}
		}
	}
	return false, nil
}

// members lists the target's processes: those in its cgroup, or without one
// those that descend from the main process.
func (p *Process) members() (pids []int) {
	if p.group != nil {
		list, _ := os.ReadFile(p.group.procs()[0]) // it is gone with the target
		for field := range strings.FieldsSeq(string(list)) {
			if pid, err := strconv.Atoi(field); err == nil {
				pids = append(pids, pid)
			}
		}
		return pids
	}
	all, _ := filepath.Glob(proc + "/[0-9]*") // the pattern is right
	for _, dir := range all {
		if pid, err := strconv.Atoi(filepath.Base(dir)); err == nil && descends(pid, p.PID()) {
			pids = append(pids, pid)
		}
	}
	return pids
}

func descends(pid, from int) bool {
	for pid > 1 && pid != from {
		stat, err := memory.ReadProcess(proc, pid)
		if err != nil {
			return false // it ended meanwhile
		}
		pid = stat.Parent
	}
	return pid == from
}

// holds reports whether the process has the file open. One that does not let us
// look, as a program that may be run but not read, is believed.
func holds(pid int, file string) bool {
	dir := filepath.Join(proc, strconv.Itoa(pid), "fd")
	open, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrPermission) {
		return true
	}
	for _, entry := range open {
		if name, err := os.Readlink(filepath.Join(dir, entry.Name())); err == nil && name == file {
			return true
		}
	}
	return false
}
