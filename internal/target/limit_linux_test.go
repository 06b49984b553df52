package target

import (
	"io"
	"math"
	"net"
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
