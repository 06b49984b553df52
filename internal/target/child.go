package target

import (
	"os/exec"
	"runtime"
)

// StartChild starts cmd so that it does not outlive pixelload, in a session of
// its own, so that Ctrl-C reaches pixelload alone. It runs on the given cores,
// on any when there are none. The caller waits for cmd as usual.
//
// The kernel kills a child when the thread that made it ends, and a child
// inherits its thread's cores. So a thread is kept for the child alone, and
// given up with it: it is never unlocked.
func StartChild(cmd *exec.Cmd, cores ...int) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := pin(cores)
		if err == nil {
			cmd.SysProcAttr = childAttributes()
			err = cmd.Start()
		}
		started <- err
		if err == nil {
			waitForEnd(cmd.Process.Pid)
		}
	}()
	return <-started
}
