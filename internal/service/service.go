// Package service runs the real servers that a variant of the target needs
// beside it: PostgreSQL and Redis.
//
// They are started by pixelload and end with it. They never run as root,
// listen on 127.0.0.1 alone, and stay in pixelload's own cgroup, so that what
// the target is charged for is the target's. What they use themselves is read
// apart, over the process tree below PID.
//
// The target reaches them over TCP, as it does where it is deployed: the
// buffers of those sockets belong to its memory.
package service

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

// stopTimeout covers the checkpoint that ends a freshly seeded cluster.
const stopTimeout = 30 * time.Second

// Journal remembers the processes that a killed pixelload may leave behind.
type Journal interface {
	AddProcess(pid int) error
}

// Server is a running server. Its methods may be called from several goroutines.
type Server struct {
	program program
	child   *child
	port    int
	logPath string

	once    sync.Once
	stopped error // what the first Stop returned
}

// PID is the server's main process; all its others descend from it.
func (s *Server) PID() int { return s.child.cmd.Process.Pid }

// Done is closed when the main process has ended, asked to or not.
func (s *Server) Done() <-chan struct{} { return s.child.done }

// Stop ends the server and waits for its end: orderly until ctx is done, for
// 30 s at most, then at once. It returns an error unless the server ended
// orderly and because it was asked to; only then may its data be copied. Every
// further Stop returns what the first did.
func (s *Server) Stop(ctx context.Context) error {
	s.once.Do(func() { s.stopped = s.stop(ctx) })
	return s.stopped
}

func (s *Server) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	asked := s.child.cmd.Process.Signal(s.program.stop)
	select {
	case <-s.child.done:
	case <-ctx.Done():
		s.child.kill(s.program.death)
		return fmt.Errorf("stopping %s: killed it: %w", s.program.name, ctx.Err())
	}
	if asked != nil || s.child.err != nil {
		return s.ended()
	}
	return nil
}

// ended describes an end that was not the orderly one asked for.
func (s *Server) ended() error {
	return fmt.Errorf("%s ended: %s%s", s.program.name, s.child.cmd.ProcessState, logTail(s.logPath))
}

// logTail is the end of the log, to stand behind an error message.
func logTail(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	return "; the end of " + path + ":\n" + strings.Join(lines[max(0, len(lines)-8):], "\n")
}
