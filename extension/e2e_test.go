package extension

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	k6cmd "go.k6.io/k6/v2/cmd"
	"go.k6.io/k6/v2/js/modules"
	"go.k6.io/k6/v2/output"
	"go.uber.org/goleak"

	"github.com/pixeltales/pixelload/internal/run"
)

// The test binary is k6 with the extension when it is told so: end-to-end
// tests run themselves, without a second build.
func TestMain(m *testing.M) {
	if os.Getenv("PIXELLOAD_TEST_EXEC_K6") == "1" {
		modules.Register(ImportPath, New())
		output.RegisterExtension(OutputName, NewOutput)
		k6cmd.Execute()
		return
	}
	flag.Parse()
	if flag.Lookup("test.parallel").Value.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) { // nobody chose it
		_ = flag.Set("test.parallel", strconv.Itoa(testsAtOnce))
	}
	goleak.VerifyTestMain(m)
}

// testsAtOnce is more than there are cores: these tests wait more than they work.
const testsAtOnce = 6

// k6Run is one run of k6 that has ended.
type k6Run struct {
	code   int
	rss    int64 // peak, bytes
	stderr string
	lines  []run.Line
}

// runK6 runs the script with the environment added, and its output to a pipe
// on descriptor 3 as pixelload does.
func runK6(t *testing.T, script string, env ...string) k6Run {
	t.Helper()
	return runK6Until(t, nil, script, env...)
}

// runK6Until does the same, and interrupts k6 when there is enough of it.
func runK6Until(t *testing.T, enough <-chan struct{}, script string, env ...string) k6Run {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "run", "--quiet", "--no-usage-report", "--no-color", "--summary-mode=disabled",
		"--address", "", "--out", "pixelload=/dev/fd/3", "-")
	cmd.Env = append(os.Environ(), append(env, "PIXELLOAD_TEST_EXEC_K6=1", "K6_AUTO_EXTENSION_RESOLUTION=false")...)
	cmd.ExtraFiles = []*os.File{write}
	cmd.Stdin = strings.NewReader(script)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	ended := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		select {
		case <-enough:
			_ = cmd.Process.Signal(os.Interrupt)
		case <-ended:
		}
	})
	lines := readLines(t, read)
	close(ended)
	watching.Wait()
	err = cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return k6Run{cmd.ProcessState.ExitCode(), usage.Maxrss << 10, stderr.String(), lines}
}

func readLines(t *testing.T, pipe *os.File) []run.Line {
	t.Helper()
	defer pipe.Close()
	var lines []run.Line
	scanner := bufio.NewScanner(pipe)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var line run.Line
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			t.Errorf("line %q: %v", scanner.Text(), err)
		}
		lines = append(lines, line)
	}
	return lines
}

// total sums the lines of a phase up; all of them for "".
func (r k6Run) total(phase string) run.Users {
	var sum run.Users
	for _, line := range r.lines {
		u := line.Users
		if u == nil || phase != "" && u.Phase != phase {
			continue
		}
		sum.Seconds += u.Seconds
		sum.Active = max(sum.Active, u.Active)
		sum.Sockets.Open = max(sum.Sockets.Open, u.Sockets.Open)
		sum.Sockets.Opened += u.Sockets.Opened
		sum.Sockets.Lost += u.Sockets.Lost
		sum.Draws.Sent += u.Draws.Sent
		sum.Draws.Expected += u.Draws.Expected
		sum.Draws.Received += u.Draws.Received
		sum.Draws.Lost += u.Draws.Lost
		sum.Draws.Duplicated += u.Draws.Duplicated
		sum.Draws.OutOfOrder += u.Draws.OutOfOrder
		sum.StalledReceivers += u.StalledReceivers
		sum.Dropped += u.Dropped
		sum.Fanout = sum.Fanout.Merge(u.Fanout)
		sum.Lag = sum.Lag.Merge(u.Lag)
		sum.Requests = append(sum.Requests, u.Requests...)
	}
	return sum
}

func (r k6Run) marks() []string {
	var marks []string
	for _, line := range r.lines {
		if m := line.Mark; m != nil {
			marks = append(marks, strings.TrimSpace(fmt.Sprintf("%s %s %d", m.Name, m.Phase, m.Users)))
		}
	}
	return marks
}

func checkScript(t *testing.T) string {
	t.Helper()
	script, err := os.ReadFile(filepath.Join("..", "scenarios", "check.js"))
	if err != nil {
		t.Fatal(err)
	}
	return string(script)
}

func phasesJSON(t *testing.T, phases ...run.Phase) string {
	t.Helper()
	text, err := json.Marshal(phases)
	if err != nil {
		t.Fatal(err)
	}
	return "PIXELTALES_PHASES=" + string(text)
}

func TestCheckDelivers(t *testing.T) {
	t.Parallel()
	server := newFakeServer(t)
	got := runK6(t, checkScript(t), "PIXELTALES_URL="+server.URL,
		"PIXELTALES_ACCOUNTS="+writeManifest(t, 6), "PIXELTALES_SECRET_KEY=fake",
		"PIXELTALES_MEMORY=pid:"+fmt.Sprint(os.Getpid()), "PIXELTALES_BUDGET_MIB=4096",
		phasesJSON(t,
			run.Phase{Name: "idle", HoldSeconds: 2},
			run.Phase{Name: "users=3", Users: 3, WarmupSeconds: 1, HoldSeconds: 7},
			run.Phase{Name: "users=6", Users: 6, HoldSeconds: 7},
			run.Phase{Name: "drained", HoldSeconds: 2}))

	if got.code != 0 {
		t.Fatalf("exit code %d, want 0: %s", got.code, got.stderr)
	}
	want := []string{"phase idle 0", "phase users=3 3", "phase users=6 6", "phase drained 0", "load_end  0"}
	if marks := got.marks(); fmt.Sprint(marks) != fmt.Sprint(want) {
		t.Errorf("marks = %q, want %q", marks, want)
	}
	for _, phase := range []string{"users=3", "users=6"} {
		d := got.total(phase).Draws
		if d.Sent < 3 || d.Expected < 6 || d.Received != d.Expected || d.Lost+d.Duplicated+d.OutOfOrder != 0 {
			t.Errorf("%s: draws = %+v, want all of them delivered once and in order", phase, d)
		}
	}
	three, six := got.total("users=3"), got.total("users=6")
	if three.Active != 3 || three.Sockets.Open != 6 || six.Active != 6 || six.Sockets.Open != 12 {
		t.Errorf("users %d and sockets %d, then %d and %d; want 3 and 6, then 6 and 12",
			three.Active, three.Sockets.Open, six.Active, six.Sockets.Open)
	}
	if n := got.total("").Fanout.Count(); n != int64(three.Draws.Received+six.Draws.Received) {
		t.Errorf("%d latencies for %d deliveries", n, three.Draws.Received+six.Draws.Received)
	}
	if idle := got.total("idle"); idle.Seconds < 1 || idle.Active != 0 {
		t.Errorf("idle = %+v, want 2 s of silence", idle)
	}
	if codes := server.codes(); codes[1000] != 12 || len(codes) != 1 {
		t.Errorf("close codes = %v, want 12 of 1000", codes)
	}
	if all := got.total(""); all.Sockets.Lost+all.Dropped+all.StalledReceivers != 0 {
		t.Errorf("lost %d, dropped %d, stalled %d; want none", all.Sockets.Lost, all.Dropped, all.StalledReceivers)
	}
	for _, r := range got.total("").Requests {
		if r.Failed || r.Status == 0 || r.Duration.Count() != int64(r.N) {
			t.Errorf("request %+v", r)
		}
	}
}

func (f *fakeServer) codes() map[int]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closes
}

func TestCheckFailsItsThresholds(t *testing.T) {
	t.Parallel()
	server := newFakeServer(t)
	server.drop = func(n int) bool { return n%4 == 0 }
	got := runK6(t, checkScript(t), "PIXELTALES_URL="+server.URL,
		"PIXELTALES_ACCOUNTS="+writeManifest(t, 3), "PIXELTALES_SECRET_KEY=fake",
		"PIXELTALES_MEMORY=pid:"+fmt.Sprint(os.Getpid()), "PIXELTALES_BUDGET_MIB=1",
		phasesJSON(t, run.Phase{Name: "users=3", Users: 3, HoldSeconds: 8}))
	if got.code != 99 {
		t.Fatalf("exit code %d, want 99: %s", got.code, got.stderr)
	}
	for _, name := range []string{"pixeltales_delivery", "pixeltales_memory"} {
		if !strings.Contains(got.stderr, name) {
			t.Errorf("stderr names no failed threshold on %s: %s", name, got.stderr)
		}
	}
	server.mu.Lock()
	dropped := server.draws / 4
	server.mu.Unlock()
	if d := got.total("users=3").Draws; d.Lost != dropped || d.Expected != d.Received+d.Lost {
		t.Errorf("draws = %+v, the server lost %d", d, dropped)
	}
}

// The third user stops reading after 2 s.
const stalledScript = `
import { User, Watch, scenarios, phases } from 'k6/x/pixeltales';
const plan = phases(__ENV.PIXELTALES_PHASES);
const options_ = { url: __ENV.PIXELTALES_URL, accounts: __ENV.PIXELTALES_ACCOUNTS, secretKey: 'fake', seed: 1, phases: plan };
const all = scenarios(plan);
all.users.vus = 2;
all.deaf = Object.assign({}, all.users, { exec: 'deaf', vus: 1 });
export const options = { scenarios: all };
const user = new User(options_);
const deafUser = new User({ ...options_, index: 2, stopReading: { after: 2, declared: __ENV.DECLARED === '1' } });
const watcher = new Watch({ phases: plan });
export function users() { user.visit(); }
export function deaf() { deafUser.visit(); }
export function watch() { watcher.run(); }
`

func TestStalledReceiver(t *testing.T) {
	t.Parallel()
	for _, declared := range []bool{false, true} {
		t.Run(fmt.Sprintf("declared=%v", declared), func(t *testing.T) {
			t.Parallel()
			server := newFakeServer(t)
			env := []string{
				"PIXELTALES_URL=" + server.URL, "PIXELTALES_ACCOUNTS=" + writeManifest(t, 3),
				phasesJSON(t, run.Phase{Name: "users=3", Users: 3, HoldSeconds: 10}),
			}
			if declared {
				env = append(env, "DECLARED=1")
			}
			got := runK6(t, stalledScript, env...)
			all := got.total("")
			switch {
			case got.code != 0:
				t.Errorf("exit code %d: %s", got.code, got.stderr)
			case declared && (all.StalledReceivers != 0 || all.Draws.Lost != 0):
				t.Errorf("stalled %d, lost %d of a receiver declared slow", all.StalledReceivers, all.Draws.Lost)
			case !declared && (all.StalledReceivers != 1 || all.Draws.Lost == 0):
				t.Errorf("stalled %d, lost %d; want 1 stalled and its deliveries lost", all.StalledReceivers, all.Draws.Lost)
			}
		})
	}
}

func TestMistakesEndInInitContext(t *testing.T) {
	t.Parallel()
	accounts := writeManifest(t, 1)
	plan := phasesJSON(t, run.Phase{Name: "users=1", Users: 1, HoldSeconds: 1})
	tests := []struct {
		name string
		env  []string
		want string
	}{
		{"no url", []string{"PIXELTALES_ACCOUNTS=" + accounts, plan}, "url is missing"},
		{"no accounts", []string{"PIXELTALES_URL=http://127.0.0.1:1", plan}, "accounts is missing"},
		{"no manifest", []string{"PIXELTALES_URL=http://127.0.0.1:1", "PIXELTALES_ACCOUNTS=none.json", plan}, "reading accounts"},
		{"few accounts", []string{"PIXELTALES_URL=http://127.0.0.1:1", "PIXELTALES_ACCOUNTS=" + accounts}, "1 accounts for 10 users"},
		{"bad phases", []string{"PIXELTALES_PHASES=[{}]"}, "phases[0]: name is missing"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := runK6(t, checkScript(t), test.env...)
			if got.code != 107 || !strings.Contains(got.stderr, test.want) {
				t.Errorf("exit code %d, stderr %q; want 107 and %q", got.code, got.stderr, test.want)
			}
		})
	}
}

func TestUnreadableMemoryAborts(t *testing.T) {
	t.Parallel()
	server, began := newFakeServer(t), time.Now()
	got := runK6(t, checkScript(t), "PIXELTALES_URL="+server.URL, "PIXELTALES_ACCOUNTS="+writeManifest(t, 1),
		"PIXELTALES_SECRET_KEY=fake", "PIXELTALES_MEMORY=cgroup:/none",
		phasesJSON(t, run.Phase{Name: "users=1", Users: 1, HoldSeconds: 60}))
	if got.code != 108 || !strings.Contains(got.stderr, "/none") || time.Since(began) > 10*time.Second {
		t.Errorf("exit code %d after %v, want 108 at once: %s", got.code, time.Since(began), got.stderr)
	}
}

// A target that is not there is a result: users keep trying, k6 lives.
func TestTargetGone(t *testing.T) {
	t.Parallel()
	server := newFakeServer(t)
	url, began := server.URL, time.Now()
	server.Close()
	got := runK6(t, checkScript(t), "PIXELTALES_URL="+url, "PIXELTALES_ACCOUNTS="+writeManifest(t, 2),
		"PIXELTALES_SECRET_KEY=fake", phasesJSON(t, run.Phase{Name: "users=2", Users: 2, HoldSeconds: 3}))
	all := got.total("")
	if got.code != 99 || len(all.Requests) == 0 || time.Since(began) > 15*time.Second {
		t.Errorf("exit code %d after %v, %d kinds of requests: %s", got.code, time.Since(began), len(all.Requests), got.stderr)
	}
	for _, r := range all.Requests {
		if r.Status != 0 || !r.Failed {
			t.Errorf("request %+v, want status 0 and failed", r)
		}
	}
}

// startCheck starts check.js with two users for a minute and waits for them.
func startCheck(t *testing.T) (cmd *exec.Cmd, lines *os.File) {
	t.Helper()
	server := newFakeServer(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer write.Close()
	cmd = exec.Command(self, "run", "--quiet", "--no-usage-report", "--summary-mode=disabled", "--address", "",
		"--out", "pixelload=/dev/fd/3", filepath.Join("..", "scenarios", "check.js"))
	cmd.Env = append(os.Environ(), "PIXELLOAD_TEST_EXEC_K6=1", "PIXELTALES_URL="+server.URL, "PIXELTALES_SECRET_KEY=fake",
		"PIXELTALES_ACCOUNTS="+writeManifest(t, 2), phasesJSON(t, run.Phase{Name: "users=2", Users: 2, HoldSeconds: 60}))
	cmd.ExtraFiles = []*os.File{write}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(3 * time.Second)
	return cmd, read
}

func TestInterruptedWritesWhatItKnows(t *testing.T) {
	t.Parallel()
	cmd, read := startCheck(t)
	began := time.Now()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	got := k6Run{lines: readLines(t, read)}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 105 || time.Since(began) > 5*time.Second {
		t.Errorf("exit code %d after %v, want 105 within 5 s", code, time.Since(began))
	}
	all := got.total("")
	if all.Draws.Lost != 0 || all.Sockets.Lost != 0 || len(all.Requests) == 0 {
		t.Errorf("lost draws %d and sockets %d, %d kinds of requests; an interruption is no loss",
			all.Draws.Lost, all.Sockets.Lost, len(all.Requests))
	}
	last := got.lines[len(got.lines)-1].Users
	if last == nil || last.Active != 0 || last.Sockets.Open != 0 {
		t.Errorf("last line %+v, want no user and no socket left", last)
	}
}

func TestStopsWhenNobodyReads(t *testing.T) {
	t.Parallel()
	cmd, read := startCheck(t)
	began := time.Now()
	read.Close()
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code == 0 || time.Since(began) > 5*time.Second {
		t.Errorf("exit code %d after %v, want a failure within 5 s", code, time.Since(began))
	}
}
