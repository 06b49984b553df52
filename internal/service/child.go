package service

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// killTimeout is what a process gets to drop everything. PostgreSQL kills its
// own slow backends after 5 s.
const killTimeout = 6 * time.Second

// child is a process that does not outlive pixelload.
type child struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error // of its end, to be read once done is closed
}

// startChild starts cmd without root's rights, in a process group of its own
// so that Ctrl-C reaches pixelload alone, which ends things in their order.
//
// The kernel sends the death signal when the thread that started the child
// ends, not the process: that thread is kept until the child is gone.
func startChild(cmd *exec.Cmd, death syscall.Signal) (*child, error) {
	credential, err := unprivileged()
	if err != nil {
		return nil, err
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential, Setpgid: true}
	dieWithParent(cmd.SysProcAttr, death)
	c := &child{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			c.err = cmd.Wait()
			close(c.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, startError(err, credential)
	}
	return c, nil
}

// kill ends the child at once and waits for its end.
func (c *child) kill(death syscall.Signal) {
	_ = c.cmd.Process.Signal(death) // it may have ended by now
	select {
	case <-c.done:
	case <-time.After(killTimeout):
		_ = c.cmd.Process.Signal(syscall.SIGKILL)
		<-c.done
	}
}

// run runs a program to its end and returns what it printed. The environment
// is env alone: a server need not know pixelload's secrets.
func run(ctx context.Context, env []string, name string, args ...string) (string, error) {
	var out bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = "/", env, &out, &out
	c, err := startChild(cmd, syscall.SIGTERM)
	if err != nil {
		return "", err
	}
	select {
	case <-c.done:
	case <-ctx.Done():
		c.kill(syscall.SIGTERM)
		return "", ctx.Err()
	}
	if c.err != nil {
		return "", fmt.Errorf("%s: %w: %s", name, c.err, strings.TrimSpace(out.String()))
	}
	return out.String(), nil
}

// environment is what the servers and their tools see: their messages are
// English and their sort order the bytes', whoever runs pixelload.
func environment() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
}
