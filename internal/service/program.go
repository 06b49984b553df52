package service

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

const (
	// startTimeout covers the crash recovery of a cluster that was killed.
	startTimeout = 30 * time.Second
	pollEvery    = 10 * time.Millisecond
	portTries    = 3
)

// program is what tells one server program from another.
type program struct {
	name    string
	command func(port int) *exec.Cmd
	ready   func(pid, port int) bool
	stop    syscall.Signal // ends it orderly
	death   syscall.Signal // ends it at once, and is sent when pixelload dies
}

// start runs the program on a free port until it is ready, its log going to
// the end of logPath. Another program may take the port between its choice and
// its use: then it tries the next.
func (p program) start(ctx context.Context, logPath string, journal Journal) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for try := 1; ; try++ {
		s, err := p.startOnce(ctx, logPath, journal)
		if err == nil {
			return s, nil
		}
		if try == portTries || !strings.Contains(err.Error(), "Address already in use") {
			return nil, fmt.Errorf("starting %s: %w", p.name, err)
		}
	}
}

func (p program) startOnce(ctx context.Context, logPath string, journal Journal) (*Server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	log, err := os.OpenFile(logPath, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening its log: %w", err)
	}
	defer log.Close()
	cmd := p.command(port)
	cmd.Stdout, cmd.Stderr = log, log
	c, err := startChild(cmd, p.death)
	if err != nil {
		return nil, err
	}
	s := &Server{program: p, child: c, port: port, logPath: logPath}
	if journal != nil {
		err = journal.AddProcess(s.PID())
	}
	if err == nil {
		err = s.waitReady(ctx)
	}
	if err != nil {
		c.kill(p.death)
		return nil, err
	}
	return s, nil
}

func (s *Server) waitReady(ctx context.Context) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for !s.program.ready(s.PID(), s.port) {
		select {
		case <-s.child.done:
			return s.ended()
		case <-ctx.Done():
			return fmt.Errorf("not ready: %w%s", ctx.Err(), logTail(s.logPath))
		case <-tick.C:
		}
	}
	return nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("finding a free port: %w", err)
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}
