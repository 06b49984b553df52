package service

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/memory"
)

// alive says whether the process runs; one that waits to be reaped does not.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, state, _ := strings.Cut(string(stat), ") ")
	return err == nil && !strings.HasPrefix(state, "Z")
}

// tree is the process and all below it.
func tree(pid int) []int {
	pids := []int{pid}
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%[1]d/task/%[1]d/children", pid))
	for _, field := range strings.Fields(string(data)) {
		var child int
		fmt.Sscan(field, &child)
		pids = append(pids, tree(child)...)
	}
	return pids
}

func wantGone(t *testing.T, pids []int) {
	t.Helper()
	deadline := time.Now().Add(8 * time.Second)
	for _, pid := range pids {
		for alive(pid) {
			if time.Now().After(deadline) {
				t.Fatalf("process %d lives on", pid)
			}
			time.Sleep(pollEvery)
		}
	}
}

func TestStopLeavesNoProcess(t *testing.T) {
	p := startPostgres(t, filepath.Join(folder(t), "data"), nil)
	pids := tree(p.PID())
	if len(pids) < 3 {
		t.Errorf("%d processes below PostgreSQL, want its workers too", len(pids))
	}
	for _, pid := range pids {
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if strings.Contains(string(status), "\nUid:\t0") {
			t.Errorf("process %d runs as root", pid)
		}
	}
	stop(t, p.Server)
	wantGone(t, pids)
}

func TestMemoryIsReadApart(t *testing.T) {
	p := startPostgres(t, filepath.Join(folder(t), "data"), nil)
	source, err := memory.OpenProcess("/proc", p.PID())
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	s, err := source.Read()
	usage, known := s.Usage.Get()
	if err != nil || !known || usage < memory.MiB {
		t.Errorf("PostgreSQL uses %d bytes (%v, %v)", usage, known, err)
	}
	t.Logf("%.1f MiB", float64(usage)/memory.MiB)
}

func TestPasswordIsInNoArgument(t *testing.T) {
	r, err := StartRedis(t.Context(), RedisOptions{Binary: need(t, FindRedis), LogPath: filepath.Join(t.TempDir(), "log")})
	if err != nil {
		t.Fatal(err)
	}
	defer stop(t, r.Server)
	arguments, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", r.PID()))
	if err != nil || strings.Contains(string(arguments), r.password) {
		t.Errorf("arguments %q (%v) hold the password", arguments, err)
	}
}

func TestOnlyLoopbackListens(t *testing.T) {
	p := startPostgres(t, filepath.Join(folder(t), "data"), nil)
	port := fmt.Sprintf(":%04X", p.port)
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		data, _ := os.ReadFile(table)
		for line := range strings.Lines(string(data)) {
			f := strings.Fields(line)
			if len(f) > 3 && f[3] == "0A" && strings.HasSuffix(f[1], port) && f[1] != "0100007F"+port {
				t.Errorf("it listens on %s", f[1])
			}
		}
	}
}

func TestKilledParentTakesServersAlong(t *testing.T) {
	need(t, FindPostgres)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "PIXELLOAD_TEST_PARENT="+folder(t))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	var pids []int
	for _, field := range strings.Fields(line) {
		pid, _ := strconv.Atoi(field)
		pids = append(pids, tree(pid)...)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if len(pids) == 0 {
		t.Fatalf("the parent printed %q", line)
	}
	began := time.Now()
	wantGone(t, pids)
	t.Logf("%d processes gone after %v", len(pids), time.Since(began).Round(time.Millisecond))
}

func TestRootIsToldOfClosedFolders(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root starts servers as another user")
	}
	binDir := need(t, FindPostgres)
	closed := t.TempDir()
	if err := os.Chmod(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := StartPostgres(t.Context(), PostgresOptions{BinDir: binDir, DataDir: filepath.Join(closed, "data")})
	if err == nil || !strings.Contains(err.Error(), "must let others enter") {
		t.Errorf("StartPostgres = %v, want the remedy", err)
	}
}
