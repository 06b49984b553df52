package target

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// SIGKILL by anybody else is not the kernel's doing.
func TestKilledByAnother(t *testing.T) {
	p := start(t, play(t, "listen"))
	listening(t, p)
	if err := syscall.Kill(p.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	waitDone(t, p)
	if exit := p.Exit(); exit.Killed() || exit.String() != "ended by signal 9 (killed)" {
		t.Errorf("Exit() = %+v (%v); want a plain SIGKILL", exit, exit)
	}
}

func TestDiesBeforeListening(t *testing.T) {
	spec := play(t, "exit:3")
	spec.Env = append(spec.Env, "SECRET_KEY=s3cr3t")
	p := start(t, spec)
	err := p.WaitListening(t.Context())
	if !errors.Is(err, ErrDied) || !strings.HasSuffix(err.Error(), "exit status 3") {
		t.Errorf("WaitListening() = %v; want ErrDied with exit status 3", err)
	}
	if got, want := p.LogTail(1), "last words, key [SECRET_KEY]"; got != want {
		t.Errorf("LogTail(1) = %q; want %q", got, want)
	}
}

func TestNeverListens(t *testing.T) {
	spec := play(t, "spin")
	p := start(t, spec)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := p.WaitListening(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("WaitListening() = %v; want a deadline", err)
	}
}

// A target that ignores SIGTERM is killed after 5 s.
func TestStopLosesPatience(t *testing.T) {
	t.Parallel()
	p := start(t, play(t, "stubborn"))
	listening(t, p)
	began := time.Now()
	exit, err := p.Stop(t.Context())
	if took := time.Since(began); err != nil || exit.Signal != syscall.SIGKILL || exit.Killed() || took < killAfter || took > 2*killAfter {
		t.Errorf("Stop() = %v, %v after %v; want SIGKILL after %v", exit, err, took, killAfter)
	}
}

// A target and a child of it that both ignore SIGTERM are killed; the child
// has a session of its own, so only the cgroup knows that it belongs there.
func TestStubbornTargetIsKilled(t *testing.T) {
	needCgroup(t)
	p := start(t, play(t, "parent:stubborn"))
	listening(t, p)
	child := onlyChild(t, p)
	exit, err := p.Stop(canceled())
	if err != nil {
		t.Fatal(err)
	}
	if exit.Signal == 0 || exit.Killed() {
		t.Errorf("Stop() = %+v; want ended by a signal", exit)
	}
	checkGone(t, child, p.group.dirs())
}

func onlyChild(t *testing.T, p *Process) int {
	t.Helper()
	data, err := os.ReadFile(p.group.procs()[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range strings.Fields(string(data)) {
		if pid, _ := strconv.Atoi(field); pid != p.PID() {
			return pid
		}
	}
	t.Fatalf("no child in %q", data)
	return 0
}

// A killed pixelload leaves no process; its next start removes the rest.
func TestHarnessKilled(t *testing.T) {
	needCgroup(t)
	spec := play(t, "harness:"+t.TempDir())
	_, dir, _ := strings.Cut(spec.Env[0], ":")
	cmd := exec.Command(spec.Command[0])
	cmd.Env, cmd.Stderr = spec.Env, os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(line) // ready PID DIR...
	pid, _ := strconv.Atoi(words[1])

	journal := OpenJournal(dir)
	if removed, err := journal.Clean(); len(removed) > 0 || err != nil {
		t.Errorf("Clean() beside a living run = %q, %v; want nothing", removed, err)
	}
	cmd.Process.Kill()
	cmd.Wait()
	checkGone(t, pid, nil)
	removed, err := journal.Clean()
	if err != nil || len(removed) != 2 {
		t.Errorf("Clean() = %q, %v; want the cgroup and the path", removed, err)
	}
	checkGone(t, pid, words[2:])
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("left in the journal: %q", left)
	}
	if removed, err := journal.Clean(); len(removed) > 0 || err != nil {
		t.Errorf("Clean() again = %q, %v; want nothing", removed, err)
	}
}

// running lists the processes of a program, dead ones that nobody has asked for
// left out.
func running(t *testing.T, program string) (pids []int) {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		if exe, err := os.Readlink(link); err == nil && exe == program {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(link)))
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
	}
	return pids
}
