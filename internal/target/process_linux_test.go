package target

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/needed"
)

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
