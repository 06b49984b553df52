//go:build linux

package calibration

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// A child is a process forked without exec, as a server's workers are that were
// loaded before: it shares every page of its parent until one of the two
// writes to it.
type child struct {
	pid  int
	line *os.File // the child waits at the other end; it ends with the line
	dead bool
}

// fork makes a child that holds own bytes besides, page tables included. A
// child that the kernel kills meanwhile is no error.
func fork(own int64) (*child, error) {
	part, err := reserve(max(dataPages(own), 1) * pageSize)
	if err != nil {
		return nil, err
	}
	defer giveBack(part) //nolint:errcheck // the parent never touched it
	if own == 0 {
		part = nil
	}
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("making a line to a child: %w", err)
	}
	c := &child{line: os.NewFile(uintptr(ends[0]), "child")}
	c.pid, err = cloneInto(ends[1], part)
	if err = errors.Join(err, unix.Close(ends[1])); err != nil {
		return nil, errors.Join(err, c.line.Close())
	}
	return c, c.begin()
}

// begin lets the child touch its own memory, as the first that the kernel
// kills for want of it, and waits until it has, or is dead.
func (c *child) begin() error {
	victim := "/proc/" + strconv.Itoa(c.pid) + "/oom_score_adj"
	if err := os.WriteFile(victim, []byte("1000"), 0); err != nil {
		return errors.Join(fmt.Errorf("offering a child to the kernel: %w", err), c.end())
	}
	answer := []byte{0}
	if _, err := c.line.Write(answer); err != nil {
		return errors.Join(fmt.Errorf("starting a child: %w", err), c.end())
	}
	if _, err := c.line.Read(answer); err != nil { // it was killed
		return c.end()
	}
	return nil
}

// killed reports that the child ended although nobody ended it.
func (c *child) killed() bool {
	if !c.dead {
		pid, err := unix.Wait4(c.pid, nil, unix.WNOHANG, nil)
		c.dead = err == nil && pid == c.pid
	}
	return c.dead
}

// end ends the child and waits until its memory is gone.
func (c *child) end() error {
	_ = unix.Kill(c.pid, unix.SIGKILL) // it may be dying already
	_, err := unix.Wait4(c.pid, nil, 0, nil)
	c.dead = true
	return errors.Join(err, c.line.Close())
}

// cloneInto forks this process. The child inherits this thread alone, with its
// signals blocked: Go's handlers need the other threads.
func cloneInto(line int, own []byte) (pid int, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var all, before unix.Sigset_t
	for i := range all.Val {
		all.Val[i] = ^all.Val[i]
	}
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &all, &before); err != nil {
		return 0, fmt.Errorf("blocking signals: %w", err)
	}
	n, errno := clone(uintptr(line), own)
	err = unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil)
	if errno != 0 {
		return 0, errors.Join(fmt.Errorf("forking: %w", errno), err)
	}
	return int(n), err
}

// clone returns in the parent only. In the child, whose other threads are
// missing, nothing may allocate, grow a stack or lock.
//
//go:nosplit
//go:norace
func clone(line uintptr, own []byte) (uintptr, syscall.Errno) {
	pid, _, errno := syscall.RawSyscall6(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0)
	if errno != 0 || pid != 0 {
		return pid, errno
	}
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0)
	for wait(line) { // once to begin; then for the line's end
		touch(own)
		say(line)
	}
	for {
		_, _, _ = syscall.RawSyscall(syscall.SYS_EXIT_GROUP, 0, 0, 0)
	}
}
