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

// These tests run whole checks: the real k6, the real reference app in a real
// cgroup. One at a time, so that none measures another.

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

// quick are the flags of a check that is as short as can be.
func quick(out string, more ...string) []string {
	return append([]string{"check", "--quick", "--warmup", "3s", "--hold", "6s", "--users", "0,3", "--out", out}, more...)
}

func long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("a whole run: make test-e2e does it")
	}
}

func TestCheckThenJudge(t *testing.T) {
	long(t)
	census(t)
	dir := t.TempDir()
	p := pixelload(t, quick(dir)...)
	p.expect(t, 0)
	for _, want := range []string{"idle, all touched", "3 users (L4)", "PASS", "1 trial", dir} {
		if !strings.Contains(p.stdout.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, &p.stdout)
		}
	}
	if strings.Contains(p.stdout.String()+p.stderr.String(), "\x1b") {
		t.Error("colour or cursor movement in a pipe")
	}
	r := read(t, dir)
	if r.Outcome != "pass" || len(r.Trials) != 1 || r.Trials[0].Outcome != "complete" {
		t.Errorf("verdict = %+v", r)
	}
	if len(r.Levels) == 0 || r.Levels[len(r.Levels)-1].Delivery < 0.9 {
		t.Errorf("levels = %+v, want a delivery ratio", r.Levels)
	}

	// The same verdict, byte for byte, from the stored run alone.
	first, err := os.ReadFile(filepath.Join(dir, "verdict.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "verdict.json")); err != nil {
		t.Fatal(err)
	}
	again := pixelload(t, "judge", dir, "--format", "json")
	again.expect(t, 0)
	second, err := os.ReadFile(filepath.Join(dir, "verdict.json"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) || again.stdout.String() != string(first) {
		t.Error("judge gives other bytes than check")
	}

	report := pixelload(t, "report", dir)
	report.expect(t, 0)
	if report.stdout.String() != p.stdout.String() {
		t.Errorf("report prints\n%s\ncheck printed\n%s", &report.stdout, &p.stdout)
	}
}

func TestKilledByTheKernelIsAResult(t *testing.T) {
	long(t)
	census(t)
	idle := t.TempDir()
	pixelload(t, "check", "--quick", "--users", "0", "--hold", "1s", "--out", idle).expect(t, 0)
	touched := read(t, idle).Trials[0].Idle.Touched

	t.Run("under load", func(t *testing.T) {
		dir := t.TempDir()
		limit := fmt.Sprintf("%.0fMiB", touched/(1<<20)+15)
		p := pixelload(t, "check", "--quick", "--warmup", "10s", "--hold", "30s", "--users", "0,3,10", "--limit", limit, "--out", dir)
		p.expect(t, 99)
		r := read(t, dir)
		if r.Trials[0].Outcome != "killed" || r.Trials[0].OOMKills < 1 {
			t.Errorf("trial = %+v, want killed", r.Trials[0])
		}
		if !strings.Contains(p.stdout.String(), "killed by the kernel at") {
			t.Errorf("the table does not say at how many users:\n%s", &p.stdout)
		}
	})
	t.Run("while starting", func(t *testing.T) {
		dir := t.TempDir()
		p := pixelload(t, quick(dir, "--limit", fmt.Sprintf("%.0fMiB", touched/(1<<20)/2))...)
		p.expect(t, 99)
		if r := read(t, dir); r.Trials[0].Outcome != "died_starting" {
			t.Errorf("trial = %+v, want died_starting", r.Trials[0])
		}
		if !strings.Contains(p.stdout.String(), "died while starting") {
			t.Errorf("the table does not say that it died while starting:\n%s", &p.stdout)
		}
	})
}

func TestKillMinusNine(t *testing.T) {
	long(t)
	for _, row := range []struct {
		name, victim string
		code         int
		outcome      string
	}{
		{"k6", "pixelload=/dev/fd/3", 3, "generator_died"},
		{"target", "daphne", 99, "died"},
	} {
		t.Run(row.name, func(t *testing.T) {
			census(t)
			dir := t.TempDir()
			p := pixelload(t, quick(dir, "--hold", "60s")...)
			p.until(t, "  users=3")
			if err := syscall.Kill(only(t, row.victim).pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			p.expectExit(t, row.code)
			if r := read(t, dir); r.Trials[0].Outcome != row.outcome || len(r.Reasons) == 0 {
				t.Errorf("verdict = %+v, want the trial %s and a reason", r, row.outcome)
			}
		})
	}
	t.Run("pixelload", func(t *testing.T) {
		dir := t.TempDir()
		p := pixelload(t, quick(dir, "--hold", "60s")...)
		before := leftovers(t)
		p.until(t, "  users=3")
		p.Process.Kill()
		p.Wait()
		deadline := time.Now().Add(5 * time.Second)
		for _, word := range []string{"pixelload=/dev/fd/3", "daphne"} {
			for ; len(running(t, word)) > 0; time.Sleep(50 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("outlived pixelload: %v", running(t, word))
				}
			}
		}
		clean := pixelload(t, "doctor", "--clean")
		clean.expect(t, 0)
		if !strings.Contains(clean.stdout.String(), "removed cgroup") {
			t.Errorf("doctor --clean says %q, want a removed cgroup", &clean.stdout)
		}
		for thing := range leftovers(t) {
			if !before[thing] {
				t.Errorf("left behind: %s", thing)
			}
		}
		judge := pixelload(t, "judge", dir)
		judge.expect(t, 3)
		if r := read(t, dir); r.Trials[0].Outcome != "cut" {
			t.Errorf("trial = %+v, want cut", r.Trials[0])
		}
	})
}

func TestInterruptLeavesAReport(t *testing.T) {
	long(t)
	for _, stage := range []string{"starting", "idle", "users=3", "drained"} {
		t.Run(stage, func(t *testing.T) {
			census(t)
			dir := t.TempDir()
			p := pixelload(t, quick(dir)...)
			p.until(t, "  "+stage)
			signalled := time.Now()
			if err := p.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			p.expectExit(t, 105)
			if took := time.Since(signalled); took > 5*time.Second {
				t.Errorf("it took %v, want at most 5 s", took)
			}
			if r := read(t, dir); r.ExitCode != 105 || r.Trials[0].Outcome != "interrupted" {
				t.Errorf("verdict = %+v, want interrupted", r)
			}
			if !strings.Contains(p.stdout.String(), "interrupted") {
				t.Errorf("the report does not say so:\n%s", &p.stdout)
			}
		})
	}
}

func TestInterruptBetweenTrials(t *testing.T) {
	long(t)
	census(t)
	dir := t.TempDir()
	p := pixelload(t, "check", "--users", "0", "--hold", "1s", "--trials", "3", "--out", dir)
	p.until(t, "trial 2 of 3")
	p.Process.Signal(os.Interrupt)
	p.expectExit(t, 105)
	if !strings.Contains(p.stdout.String(), "idle, all touched") {
		t.Errorf("the first trial is not reported:\n%s", &p.stdout)
	}
	pixelload(t, "judge", dir).expectNot(t, 0) // a part of a run never passes
}

func TestInterruptWhileSeeding(t *testing.T) {
	long(t)
	census(t)
	state := t.TempDir()
	p := pixelload(t, quick(t.TempDir())...)
	p.Env = append(p.Env, "PIXELLOAD_STATE="+state)
	p.until(t, "preparing")
	p.Process.Signal(os.Interrupt)
	p.expectExit(t, 105)
	for _, pattern := range []string{"data/seeding-*", "journal/*.json"} {
		if left, _ := filepath.Glob(filepath.Join(state, pattern)); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

// TestFullDisk: what was written until then is judged, and the remedy is named.
func TestFullDisk(t *testing.T) {
	long(t)
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a small disk")
	}
	census(t)
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=24k"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, 0) })
	began := time.Now()
	p := pixelload(t, quick(filepath.Join(dir, "run"), "--hold", "5m")...)
	p.expect(t, 104)
	if !strings.Contains(p.stderr.String(), "disk is full") || !strings.Contains(p.stdout.String(), "idle, listening") {
		t.Errorf("stdout:\n%s\nstderr:\n%s\nwant what was measured, and the remedy", &p.stdout, &p.stderr)
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("it went on for %v without writing anything", took)
	}
}

func TestIdleIsTheSameAtEachStart(t *testing.T) {
	long(t)
	dir := t.TempDir()
	p := pixelload(t, "check", "--users", "0", "--hold", "1s", "--trials", "6", "--out", dir)
	p.begin(t)
	p.exit(t) // one second decides no budget; the idle figures are what counts
	r := read(t, dir)
	if len(r.Trials) != 6 {
		t.Fatalf("%d trials, want 6\n%s", len(r.Trials), &p.stderr)
	}
	low, high := r.Trials[0].Idle.Touched, r.Trials[0].Idle.Touched
	for _, trial := range r.Trials {
		if trial.Idle.Listening <= 0 || trial.Idle.First <= trial.Idle.Listening || trial.Idle.Touched <= trial.Idle.First {
			t.Errorf("idles %+v do not rise", trial.Idle)
		}
		low, high = min(low, trial.Idle.Touched), max(high, trial.Idle.Touched)
	}
	t.Logf("touched idle %.2f to %.2f MiB", low/(1<<20), high/(1<<20))
	if high-low > 1<<20 {
		t.Errorf("the touched idle spreads by %.2f MiB, want at most 1", (high-low)/(1<<20))
	}
}

// TestReceiverThatStopsReading gives the scenario a user who stops reading and
// does not say so.
func TestReceiverThatStopsReading(t *testing.T) {
	long(t)
	census(t)
	wrapper := filepath.Join(t.TempDir(), "k6")
	script := fmt.Sprintf("#!/bin/sh\n[ \"$1\" = run ] || exec %[1]s \"$@\"\nsed 's/^  seed: /  stopReading: { after: 2 },\\n&/' | exec %[1]s \"$@\"\n", k6(t))
	if err := os.WriteFile(wrapper, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	p := pixelload(t, quick(dir, "--hold", "15s")...)
	p.Env = append(p.Env, "K6_BIN="+wrapper)
	p.expect(t, 3)
	if r := read(t, dir); r.Outcome != "inconclusive" || !strings.Contains(strings.Join(r.Reasons, " "), "reading") {
		t.Errorf("verdict = %+v, want inconclusive because a receiver stopped reading", r)
	}
}

func TestPostgresDelivers(t *testing.T) {
	long(t)
	census(t)
	dir := t.TempDir()
	p := pixelload(t, quick(dir, "--variant", "postgres", "--users", "0,10", "--warmup", "10s", "--hold", "20s")...)
	p.begin(t)
	p.exit(t) // on a busy machine answers may be late, strokes are not lost
	r := read(t, dir)
	if len(r.Levels) != 2 || r.Levels[1].Users != 10 {
		t.Fatalf("levels = %+v, want idle and 10 users\n%s%s", r.Levels, &p.stdout, &p.stderr)
	}
	if delivery := r.Levels[1].Delivery; delivery < 0.99 {
		t.Errorf("10 users: %.2f %% of the strokes delivered, want 99 %%", delivery*100)
	}
}

// TestHeavyDataKills shows that the data decides: the same few users that fit
// on light data get the target killed on heavy data.
func TestHeavyDataKills(t *testing.T) {
	long(t)
	census(t)
	dir := t.TempDir()
	p := pixelload(t, quick(dir, "--data", "heavy", "--hold", "60s")...)
	p.expect(t, 99)
	if r := read(t, dir); r.Trials[0].Outcome != "killed" {
		t.Errorf("trial = %+v, want killed", r.Trials[0])
	}
	if !strings.Contains(p.stdout.String(), "list request") {
		t.Errorf("the table does not say after how many list requests:\n%s", &p.stdout)
	}
}

func TestTwoRunsAtOnceAreRefused(t *testing.T) {
	long(t)
	census(t)
	first := pixelload(t, quick(t.TempDir(), "--hold", "60s")...)
	first.until(t, "  idle")
	second := pixelload(t, quick(t.TempDir())...)
	second.expect(t, 104)
	if !strings.Contains(second.stderr.String(), "another pixelload") {
		t.Errorf("stderr %q, want it to name the other run", &second.stderr)
	}
	first.Process.Signal(syscall.SIGTERM)
	first.expectExit(t, 105)
}
