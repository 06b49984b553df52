package target

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
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
	sockets, err := listeners(func(at netip.AddrPort) bool { return int(at.Port()) == p.spec.Port })
	return slices.ContainsFunc(sockets, func(socket string) bool { return owns(p.members(), socket) }), err
}

// listeners lists the TCP sockets that listen at such addresses in this network
// namespace, as they are named in /proc/PID/fd.
func listeners(at func(netip.AddrPort) bool) (sockets []string, err error) {
	kernel, err := procfs.NewFS(proc)
	if err != nil {
		return nil, err
	}
	four, err := kernel.NetTCP() //nolint:staticcheck // netlink, its successor, is much for one port
	if err != nil {
		return nil, fmt.Errorf("reading who listens: %w", err)
	}
	six, err := kernel.NetTCP6()                       //nolint:staticcheck // as above
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // a kernel may have no IPv6
		return nil, fmt.Errorf("reading who listens: %w", err)
	}
	for _, s := range slices.Concat(four, six) {
		addr, _ := netip.AddrFromSlice(s.LocalAddr) // the zero address listens nowhere
		if s.St == tcpListen && at(netip.AddrPortFrom(addr.Unmap(), uint16(s.LocalPort))) {
			sockets = append(sockets, fmt.Sprintf("socket:[%d]", s.Inode))
		}
	}
	return sockets, nil
}

// owns reports whether one of the processes has the socket.
func owns(pids []int, socket string) bool {
	return slices.ContainsFunc(pids, func(pid int) bool { return holds(pid, socket) })
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
	return descendants(p.PID())
}

// descendants are the process and all that descend from it.
func descendants(of int) (pids []int) {
	for _, pid := range everybody() {
		if descends(pid, of) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// everybody is all processes that can be seen from here.
func everybody() (pids []int) {
	all, _ := filepath.Glob(proc + "/[0-9]*") // the pattern is right
	for _, dir := range all {
		if pid, err := strconv.Atoi(filepath.Base(dir)); err == nil {
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
	found, err := isOpen(pid, file)
	return found || errors.Is(err, fs.ErrPermission)
}

// isOpen reports whether the process is seen to have the file open.
func isOpen(pid int, file string) (bool, error) {
	dir := filepath.Join(proc, strconv.Itoa(pid), "fd")
	open, err := os.ReadDir(dir)
	return slices.ContainsFunc(open, func(entry fs.DirEntry) bool {
		name, err := os.Readlink(filepath.Join(dir, entry.Name()))
		return err == nil && name == file
	}), err
}

// holder names the process that has the socket.
func holder(socket string) string {
	for _, pid := range everybody() {
		if found, _ := isOpen(pid, socket); found {
			name, _ := os.ReadFile(filepath.Join(proc, strconv.Itoa(pid), "comm")) // it may end meanwhile
			return fmt.Sprintf("%q (process %d)", strings.TrimSpace(string(name)), pid)
		}
	}
	return "a process that cannot be seen from here"
}
