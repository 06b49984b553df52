package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/google/shlex"
)

// interruptedPatience is how long the program of --notify may take when the user
// waits for the end.
const interruptedPatience = 3 * time.Second

// hookCommand splits --notify into words as a shell would, without one: quotes
// and backslashes count, variables, pipes and patterns mean nothing. nil for none.
func hookCommand(given string) ([]string, error) {
	if given == "" {
		return nil, nil
	}
	words, err := shlex.Split(given)
	if err != nil || len(words) == 0 {
		return nil, errors.New("--notify: write a program and its arguments, with every quote closed")
	}
	if words[0], err = exec.LookPath(words[0]); err != nil {
		return nil, fmt.Errorf("--notify: %w; what a shell has to run is written as: sh -c '...'", err)
	}
	words[0], err = filepath.Abs(words[0])
	return words, err
}

// tell runs the program of --notify. It has the verdict on stdin and what a script
// asks for first in its environment; what it prints goes to stderr. It is ended
// with all that it started when its time is up.
func (o afterOptions) tell(ctx context.Context, j judged, interrupted bool, stderr io.Writer) error {
	words, err := hookCommand(o.notify)
	if err != nil || words == nil {
		return err
	}
	var verdict bytes.Buffer
	if err := j.show(&verdict, "json"); err != nil {
		return err
	}
	dir, err := filepath.Abs(j.dir)
	if err != nil {
		return err
	}
	patience := o.patience
	if interrupted {
		patience = min(patience, interruptedPatience)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &verdict, stderr, stderr
	cmd.Env = append(os.Environ(), "PIXELLOAD_OUTCOME="+j.Outcome, "PIXELLOAD_EXIT_CODE="+strconv.Itoa(j.ExitCode), "PIXELLOAD_RUN="+dir)
	// A group of its own: Ctrl-C is pixelload's, and what it leaves running is found.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	end := func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.Cancel, cmd.WaitDelay = end, time.Second
	err = cmd.Run()
	if cmd.Process != nil {
		_ = end() // as a rule nothing is left
	}
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%s took longer than %v and was ended", words[0], patience)
	case errors.Is(err, exec.ErrWaitDelay):
		return fmt.Errorf("%s left something running, which was ended", words[0])
	case errors.Is(err, syscall.EPIPE):
		return nil // it did not want the verdict
	case err != nil:
		return fmt.Errorf("%s: %w", words[0], err)
	}
	return nil
}
