package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// asPixelload makes the test binary behave as pixelload.
const asPixelload = "PIXELLOAD_TEST_MAIN"

var (
	stateFolder   string // shared by all tests: data sets are seeded once
	scratchFolder string // where trials make what they remove again
	harnesses     []int  // the pids of all programs started
)

func TestMain(m *testing.M) {
	if os.Getenv(asPixelload) != "" {
		main()
		return
	}
	os.Exit(testMain(m))
}

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "state-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	stateFolder, scratchFolder = filepath.Join(dir, "state"), filepath.Join(dir, "scratch")
	// PostgreSQL runs as nobody where the tests run as root, and must get in.
	for _, d := range []string{dir, stateFolder, scratchFolder} {
		if err := errors.Join(os.MkdirAll(d, 0o755), os.Chmod(d, 0o755)); err != nil {
			panic(err)
		}
	}
	return m.Run()
}

// program is one start of pixelload.
type program struct {
	*exec.Cmd
	stdout, stderr lockedBuffer
}

// lockedBuffer may be read while the program still writes.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// pixelload prepares a start; the repository's own k6 drives the users.
func pixelload(t *testing.T, args ...string) *program {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &program{Cmd: exec.Command(self, args...)}
	// Everything pixelload starts inherits PATH: so the tests know their own.
	p.Env = append(os.Environ(), asPixelload+"=1", "K6_BIN="+k6(t), "PIXELLOAD_STATE="+stateFolder,
		"PATH="+os.Getenv("PATH")+":"+stateFolder, "TMPDIR="+scratchFolder)
	p.Stdout, p.Stderr = &p.stdout, &p.stderr
	t.Cleanup(func() {
		if p.Process != nil && p.ProcessState == nil { // the test failed meanwhile
			p.Process.Signal(syscall.SIGTERM)
			p.Wait()
		}
	})
	return p
}

func k6(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../bin/k6")
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		t.Fatalf("these tests need bin/k6: run `make build`: %v", err)
	}
	return path
}

// exit waits for the program and returns its exit code.
func (p *program) exit(t *testing.T) int {
	t.Helper()
	err := p.Wait()
	var status *exec.ExitError
	if err != nil && !errors.As(err, &status) {
		t.Fatal(err)
	}
	return p.ProcessState.ExitCode()
}

func (p *program) begin(t *testing.T) {
	t.Helper()
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	harnesses = append(harnesses, p.Process.Pid)
}

// expect runs the program and checks its exit code.
func (p *program) expect(t *testing.T, code int) {
	t.Helper()
	p.begin(t)
	p.expectExit(t, code)
}

func (p *program) expectNot(t *testing.T, code int) {
	t.Helper()
	p.begin(t)
	if got := p.exit(t); got == code {
		t.Fatalf("%v: exit code %d\nstdout:\n%s", p.Args[1:], got, &p.stdout)
	}
}

func (p *program) expectExit(t *testing.T, code int) {
	t.Helper()
	if got := p.exit(t); got != code {
		t.Fatalf("%v: exit code %d, want %d\nstdout:\n%s\nstderr:\n%s", p.Args[1:], got, code, &p.stdout, &p.stderr)
	}
}

// until starts the program and returns when its progress shows the words.
func (p *program) until(t *testing.T, words string) {
	t.Helper()
	progress, err := p.teeStderr()
	if err != nil {
		t.Fatal(err)
	}
	seen := make(chan struct{})
	go func() {
		lines := bufio.NewScanner(progress)
		for lines.Scan() {
			if strings.Contains(lines.Text(), words) {
				close(seen)
				break
			}
		}
		io.Copy(io.Discard, progress)
	}()
	p.begin(t)
	select {
	case <-seen:
	case <-time.After(2 * time.Minute):
		p.Process.Kill()
		t.Fatalf("%q never came:\n%s", words, &p.stderr)
	}
}

// teeStderr copies stderr into a pipe that ends with the program.
func (p *program) teeStderr() (io.Reader, error) {
	read, write := io.Pipe()
	p.Stderr = io.MultiWriter(&p.stderr, write)
	return read, nil
}

// result is what of verdict.json these tests look at.
type result struct {
	Outcome  string
	ExitCode int `json:"exit_code"`
	Reasons  []string
	Trials   []struct {
		Outcome  string
		OOMKills int `json:"oom_kills"`
		Idle     struct {
			Listening float64 `json:"listening_bytes"`
			First     float64 `json:"first_request_bytes"`
			Touched   float64 `json:"touched_bytes"`
		}
		Reasons []string
	}
	Levels []struct {
		Users    int
		Delivery float64 `json:"delivery_ratio"`
		Lists    int     `json:"list_requests"`
	}
	Budgets []struct{ Outcome string }
}

func read(t *testing.T, dir string) result {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "verdict.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r result
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// census fails the test when it ends with something that was not there when it
// began: a process of ours, a cgroup, a scratch folder, a journal entry.
func census(t *testing.T) {
	t.Helper()
	before := leftovers(t)
	t.Cleanup(func() {
		t.Helper()
		for thing := range leftovers(t) {
			if !before[thing] {
				t.Errorf("left behind: %s", thing)
			}
		}
	})
}

func leftovers(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, pattern := range []string{scratchFolder + "/*", stateFolder + "/journal/*.json"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			found[path] = true
		}
	}
	filepath.WalkDir("/sys/fs/cgroup", func(path string, d fs.DirEntry, err error) error {
		var pid, n int
		if err != nil || !d.IsDir() {
			return nil
		}
		if _, err := fmt.Sscanf(d.Name(), "pixelload-%d-%d", &pid, &n); err == nil && slices.Contains(harnesses, pid) {
			found[path] = true
		}
		return nil
	})
	for _, p := range running(t, "") {
		found[fmt.Sprintf("process %d: %s", p.pid, p.args)] = true
	}
	return found
}

// process is one that these tests started and that runs now.
type process struct {
	pid  int
	args string
}

// running returns the processes of these tests whose arguments hold the word.
func running(t *testing.T, word string) []process {
	t.Helper()
	paths, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	var list []process
	for _, path := range paths {
		env, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(env, []byte(":"+stateFolder)) {
			continue // not ours, or ended
		}
		args, err := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
		if err != nil || !bytes.Contains(args, []byte(word)) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, process{pid, strings.ReplaceAll(string(args), "\x00", " ")})
	}
	return list
}

// only returns the one of running.
func only(t *testing.T, word string) process {
	t.Helper()
	found := running(t, word)
	if len(found) != 1 {
		t.Fatalf("processes with %q: %v, want one", word, found)
	}
	return found[0]
}
