package target

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"
)

// tcpListen is the state of a listening socket in /proc/net/tcp: TCP_LISTEN
// of the kernel's include/net/tcp_states.h.
const tcpListen = 10

// listens reports whether a process of the session listens on the port. Who
// else does would be measured in the target's stead.
func listens(session, port int) (bool, error) {
	fs, err := procfs.NewFS(proc)
	if err != nil {
		return false, err
	}
	table, err := fs.NetTCP() //nolint:staticcheck // netlink, its successor, is much for one port
	if err != nil {
		return false, fmt.Errorf("reading who listens: %w", err)
	}
	for _, socket := range table {
		if socket.St == tcpListen && socket.LocalPort == uint64(port) && holds(session, fmt.Sprintf("socket:[%d]", socket.Inode)) {
			return true, nil
		}
	}
	return false, nil
}

// holds reports whether a process of the session has the file open.
func holds(session int, file string) bool {
	descriptors, _ := filepath.Glob(proc + "/[0-9]*/fd") // the pattern is right
	for _, dir := range descriptors {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
		if err != nil {
			continue
		}
		if sid, err := unix.Getsid(pid); err != nil || sid != session {
			continue
		}
		open, err := os.ReadDir(dir)
		if err != nil {
			continue // it ended meanwhile
		}
		for _, entry := range open {
			if name, err := os.Readlink(filepath.Join(dir, entry.Name())); err == nil && name == file {
				return true
			}
		}
	}
	return false
}
