package target

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/needed"
)

func TestLimitIsReadBack(t *testing.T) {
	needCgroup(t)
	spec := play(t, "listen")
	spec.LimitBytes = 200 << 20
	p := start(t, spec)
	listening(t, p)
	if limit, ok := p.Enforced(); limit != 200<<20 || !ok || p.Why() != "" {
		t.Errorf("Enforced() = %d, %v, why %q; want 200 MiB", limit, ok, p.Why())
	}
	if got := p.Source().Name(); !strings.HasPrefix(got, "cgroup") {
		t.Errorf("the source is %q; want a cgroup", got)
	}
	exit, err := p.Stop(t.Context())
	if err != nil || exit.Signal != syscall.SIGTERM {
		t.Errorf("Stop() = %v, %v; want ended by SIGTERM", exit, err)
	}
}

// U is the truth: within 0.5 MiB it moves by what is touched and by the page
// tables for it, 8 bytes a page of 4 KiB. The process tree does not show those.
func TestUnreclaimableIsTrue(t *testing.T) {
	needCgroup(t)
	for _, mib := range []int{1, 16, 64, 200} {
		t.Run(strconv.Itoa(mib), func(t *testing.T) {
			t.Parallel()
			spec := play(t, "touch:"+strconv.Itoa(mib))
			spec.LimitBytes = 400 << 20
			p := start(t, spec)
			listening(t, p)
			tree, err := memory.OpenProcess(proc, p.PID())
			if err != nil {
				t.Fatal(err)
			}
			inGroup, inTree := settled(t, p.Source()), unreclaimable(t, tree)
			askToTouch(t, p)
			inGroup, inTree = settled(t, p.Source())-inGroup, unreclaimable(t, tree)-inTree
			t.Logf("touched %d MiB: U moved by %.3f MiB in the cgroup, %.3f in the tree", mib, inGroup, inTree)
			if want := float64(mib) * (1 + 8./4096); math.Abs(inGroup-want) > 0.5 {
				t.Errorf("U of the cgroup moved by %.3f MiB; want %.3f within 0.5", inGroup, want)
			}
			if math.Abs(inTree-float64(mib)) > 0.5 {
				t.Errorf("U of the tree moved by %.3f MiB; want %d within 0.5", inTree, mib)
			}
		})
	}
}

// settled is U after 3 s: the kernel gathers its per-CPU counts every 2 s.
func settled(t *testing.T, src memory.Source) float64 {
	t.Helper()
	time.Sleep(3 * time.Second)
	return unreclaimable(t, src)
}

// unreclaimable is U in MiB.
func unreclaimable(t *testing.T, src memory.Source) float64 {
	t.Helper()
	s, err := src.Read()
	if err != nil {
		t.Fatal(err)
	}
	u, ok := s.Unreclaimable.Get()
	if !ok {
		t.Fatalf("U is unknown: %+v", s)
	}
	return float64(u) / memory.MiB
}

func askToTouch(t *testing.T, p *Process) {
	t.Helper()
	conn, err := net.Dial("tcp", address(p.spec.Port))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if answer, err := io.ReadAll(conn); err != nil || string(answer) != "touched" {
		t.Fatalf("answer %q, %v", answer, err)
	}
}

func TestKilledOverTheLimit(t *testing.T) {
	needCgroup(t)
	spec := play(t, "touch:200")
	spec.LimitBytes = 100 << 20
	p := start(t, spec)
	listening(t, p)
	conn, err := net.Dial("tcp", address(spec.Port))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	waitDone(t, p)
	exit := p.Exit()
	if !exit.Killed() || exit.OOMKills != 1 || exit.Signal != syscall.SIGKILL {
		t.Errorf("Exit() = %+v (%v); want killed once by the kernel", exit, exit)
	}
}

// A limit too small for any program is enforced all the same.
func TestTinyLimit(t *testing.T) {
	needCgroup(t)
	spec := play(t, "listen")
	spec.LimitBytes = 128 << 10
	p := start(t, spec)
	if p.group == nil {
		t.Fatal(p.Why())
	}
	waitDone(t, p)
	if limit, ok := p.Enforced(); limit != 128<<10 || !ok || !p.Exit().Killed() {
		t.Errorf("Enforced() = %d, %v, Exit() = %v; want killed at 128 KiB", limit, ok, p.Exit())
	}
}

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

func TestCPUShareAndCores(t *testing.T) {
	needCgroup(t)
	spec := play(t, "spin")
	spec.CPUs, spec.Cores = 0.2, []int{0}
	p, err := Start(t.Context(), spec)
	if err != nil {
		needed.Skip(t, "%v", err)
	}
	t.Cleanup(func() { p.Source().Close() })
	if p.group == nil {
		p.Stop(canceled())
		needed.Skip(t, "%s", p.Why())
	}
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(p.PID(), &set); err != nil || set.Count() != 1 || !set.IsSet(0) {
		t.Errorf("the target runs on %d cores, %v; want core 0 alone", set.Count(), err)
	}
	time.Sleep(time.Second)
	if err := p.SetCPUs(0); err != nil {
		t.Error(err)
	}
	lifted, _ := p.Throttled()
	if cpu := p.CPU(); cpu < 50*time.Millisecond || cpu > 900*time.Millisecond {
		t.Errorf("CPU() = %v after a second on a fifth of a core", cpu)
	}
	time.Sleep(500 * time.Millisecond)
	if d, _ := p.Throttled(); d-lifted > 100*time.Millisecond {
		t.Errorf("throttled for %v after the share was lifted", d-lifted)
	}
	if _, err := p.Stop(canceled()); err != nil {
		t.Error(err)
	}
	if d, ok := p.Throttled(); !ok || d < 100*time.Millisecond {
		t.Errorf("Throttled() = %v, %v; want most of a second, known after Stop too", d, ok)
	}
	checkGone(t, p.PID(), p.group.dirs())
	if cpu := p.CPU(); cpu != 0 {
		t.Errorf("CPU() = %v when it is gone", cpu)
	}
}

func TestPortTaken(t *testing.T) {
	l, err := net.Listen("tcp", address(0))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	spec := play(t, "listen")
	spec.Port = l.Addr().(*net.TCPAddr).Port
	if _, err := Start(t.Context(), spec); err == nil || !strings.Contains(err.Error(), "another program listens") {
		t.Errorf("Start() on a taken port = %v; want an error that says so", err)
	}
}

// TestPortTakenMeanwhile: whoever listens in the target's stead is not measured.
func TestPortTakenMeanwhile(t *testing.T) {
	spec := play(t, "spin")
	p := start(t, spec)
	stranger, err := net.Listen("tcp", address(spec.Port))
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	if err := p.WaitListening(t.Context()); !errors.Is(err, ErrPortTaken) {
		t.Errorf("WaitListening = %v, want ErrPortTaken", err)
	}
}

func TestCommandMissing(t *testing.T) {
	if _, err := Start(t.Context(), Spec{Command: []string{"/no/such/program"}}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Start() = %v; want os.ErrNotExist", err)
	}
}

// The source of a removed cgroup fails; it never answers zero.
func TestSourceAfterStop(t *testing.T) {
	needCgroup(t)
	p := start(t, play(t, "listen"))
	listening(t, p)
	if _, err := p.Stop(canceled()); err != nil {
		t.Fatal(err)
	}
	if s, err := p.Source().Read(); err == nil {
		t.Errorf("Read() of a removed cgroup = %+v; want an error", s)
	}
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

// A user without rights gets the process tree's PSS and is told why.
func TestUnprivileged(t *testing.T) {
	if os.Geteuid() != 0 {
		needed.Skip(t, "only root can become another user")
	}
	spec := play(t, "unprivileged")
	binary := readableByAll(t, spec.Command[0])
	cmd := exec.Command(binary)
	cmd.Env, cmd.Dir, cmd.Stderr = spec.Env, "/", os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if left := running(t, binary); len(left) > 0 {
		for _, pid := range left {
			syscall.Kill(pid, syscall.SIGKILL)
		}
		t.Errorf("left behind: %v", left)
	}
	first, why, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	var name string
	var kib int
	var enforced bool
	if _, err := fmt.Sscan(first, &name, &kib, &enforced); err != nil || name != "proc" || kib < 1024 || enforced {
		t.Errorf("source, U in KiB, limit enforced: %q (%v); want proc, some MiB, false", first, err)
	}
	for _, want := range []string{"no limit is enforced", "permission denied", "run as root"} {
		if !strings.Contains(why, want) {
			t.Errorf("Why() = %q; want %q in it", why, want)
		}
	}
	if strings.Contains(why, "\n") {
		t.Errorf("Why() = %q; want one line", why)
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

// readableByAll copies the test binary to where everybody may run it.
func readableByAll(t *testing.T, binary string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pixelload-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	data, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "target.test")
	if err := errors.Join(os.WriteFile(path, data, 0o755), os.Chmod(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	return path
}

func waitDone(t *testing.T, p *Process) {
	t.Helper()
	select {
	case <-p.Done():
	case <-time.After(time.Minute):
		t.Fatal("the target does not end")
	}
}
