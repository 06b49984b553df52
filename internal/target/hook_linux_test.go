package target

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/needed"
)

// python runs the program with the hook, and more settings, until the test ends.
func python(t *testing.T, h *Hook, program string, more ...string) *exec.Cmd {
	t.Helper()
	app, err := FindReference("../../reference")
	if err != nil {
		needed.Skip(t, "%v", err)
	}
	settings := map[string]string{}
	for _, m := range more {
		name, value, _ := strings.Cut(m, "=")
		settings[name] = value
	}
	h.Load(settings)
	cmd := exec.Command(app.Python(), "-c", program)
	cmd.Env, cmd.Stderr = Env(settings), os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	})
	return cmd
}

func newHook(t *testing.T) *Hook {
	t.Helper()
	dir, err := os.MkdirTemp("", "hook-") // a socket's path is short, and t.TempDir is not
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	h, err := NewHook(dir)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// eventually tries for ten seconds.
func eventually(t *testing.T, try func() error) {
	t.Helper()
	if err := retry(10*time.Second, try); err != nil {
		t.Fatal(err)
	}
}

const garbage = `
import gc, os, time
gc.disable()
class Node: pass
def cycles(n):
    for _ in range(n):
        a, b = Node(), Node()
        a.other, b.other = b, a
gc.collect()
if fork := os.environ.get("FORKS"):
    for _ in range(int(fork)):
        if os.fork() == 0:
            break
cycles(1000)
open(os.environ["READY"] + str(os.getpid()), "w").close()
time.sleep(60)
`

// Each process answers for itself, also those that were forked after the hook
// had begun; one that ended is not missed.
func TestCollectInAllProcesses(t *testing.T) {
	h, ready := newHook(t), t.TempDir()+"/"
	parent := python(t, h, garbage, "READY="+ready, "FORKS=2")
	eventually(t, func() error {
		if found, _ := filepath.Glob(ready + "*"); len(found) < 3 {
			return os.ErrNotExist
		}
		return nil
	})
	all, err := h.Collect(t.Context())
	if err != nil || len(all) != 3 {
		t.Fatalf("Collect() = %+v, %v; want three processes", all, err)
	}
	for _, c := range all {
		if c.Collected < 2000 || c.Uncollectable != 0 || c.Objects < 1000 || c.Seconds <= 0 {
			t.Errorf("%+v, want the 2000 nodes", c)
		}
	}
	again, err := h.Collect(t.Context())
	if err != nil || len(again) != 3 || again[0].Collected >= 2000 {
		t.Errorf("Collect() again = %+v, %v; want little", again, err)
	}
	if err := syscall.Kill(all[2].PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error {
		left, err := h.Collect(t.Context())
		if err == nil && len(left) != 2 {
			err = os.ErrExist
		}
		return err
	})
	// A process that hangs is an error, and the others have answered.
	if err := syscall.Kill(parent.Process.Pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	var status syscall.WaitStatus // the last of its threads has stopped when this returns
	if _, err := syscall.Wait4(parent.Process.Pid, &status, syscall.WUNTRACED, nil); err != nil || !status.Stopped() {
		t.Fatalf("waiting for its stop: %v, %v", status, err)
	}
	short, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := h.Collect(short); err == nil || !strings.Contains(err.Error(), strconv.Itoa(parent.Process.Pid)) {
		t.Errorf("Collect() of one that hangs: %v, want its number", err)
	}
}

// Nothing is answered where nothing was loaded, and that is an error.
func TestCollectFromNobody(t *testing.T) {
	if all, err := newHook(t).Collect(t.Context()); err == nil || len(all) > 0 {
		t.Errorf("Collect() = %+v, %v; want an error", all, err)
	}
}

// The application's own sitecustomize is imported as ever, and whatever the hook
// cannot do does not reach the application.
func TestHookStaysOutOfTheWay(t *testing.T) {
	own := t.TempDir()
	if err := os.WriteFile(filepath.Join(own, "sitecustomize.py"), []byte("mine = 41\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	h := newHook(t)
	program := `
import os, sys, sitecustomize
assert sitecustomize.mine == 41, sitecustomize
assert not any("/hook" in path for path in sys.path), sys.path
open(os.environ["READY"], "w").close()`
	ready := filepath.Join(t.TempDir(), "ready")
	if err := python(t, h, program, "PYTHONPATH="+own, "READY="+ready).Wait(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(ready); err != nil {
		t.Error(err)
	}

	// A path too long for a socket is told in a file.
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 30))
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	h, err := NewHook(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := python(t, h, "pass").Wait(); err != nil {
		t.Error(err)
	}
	if _, err := h.Collect(t.Context()); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("Collect() = %v, want why the process does not listen", err)
	}
}
