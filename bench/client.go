package main

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/pixeltales/pixelload/internal/account"
)

//go:embed *.js
var scripts embed.FS

// client is one way to make the load.
type client struct {
	name   string
	script string // run by k6; empty: the bare client, in Go
}

// report is what a client says of itself, on its standard output.
type report struct {
	Sent     float64 `json:"sent"`     // messages, or requests
	Received float64 `json:"received"` // messages; 0 of requests
	Failed   float64 `json:"failed"`   // requests; 0 of messages
	P50      float64 `json:"p50"`      // ms from sending to each receipt
	P99      float64 `json:"p99"`
}

// result is one run of a client, from its start to its end.
type result struct {
	report report
	cpu    time.Duration // user and system
	peak   int64         // bytes of memory resident at most
}

// run runs the client to its end.
func (c client) run(ctx context.Context, k6 string, l load) (result, error) {
	cmd, cleanUp, err := c.command(ctx, k6)
	if err != nil {
		return result{}, err
	}
	defer cleanUp()
	var stdout, stderr bytes.Buffer
	// Nothing of the caller's shell, such as K6_ or GOGC, may change what is measured.
	cmd.Env = append(append(cmd.Env, "PATH="+os.Getenv("PATH")), l.environment()...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return result{}, fmt.Errorf("%w: %s%s", err, stderr.String(), stdout.String())
	}
	var r result
	if err := json.Unmarshal(stdout.Bytes(), &r.report); err != nil {
		return result{}, fmt.Errorf("reading its report: %w: %s%s", err, stdout.String(), stderr.String())
	}
	state := cmd.ProcessState
	r.cpu = state.UserTime() + state.SystemTime()
	r.peak, err = peak(state)
	return r, err
}

// peak returns the bytes that the process had resident at most. Its count begins
// with that of its parent, from which it was forked: unless it grew beyond that,
// nobody knows.
func peak(child *os.ProcessState) (int64, error) {
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		return 0, fmt.Errorf("reading the benchmark's own peak memory: %w", err)
	}
	peak := child.SysUsage().(*syscall.Rusage).Maxrss
	if peak <= own.Maxrss {
		return 0, fmt.Errorf("its peak memory cannot be told from the benchmark's own %d KiB", own.Maxrss)
	}
	return peak << 10, nil // KiB on Linux, getrusage(2)
}

func (c client) command(ctx context.Context, k6 string) (cmd *exec.Cmd, cleanUp func(), err error) {
	if c.script == "" {
		self, err := os.Executable()
		return exec.CommandContext(ctx, self, "floor"), func() {}, err
	}
	script, err := scripts.Open(c.script)
	if err != nil {
		return nil, nil, err
	}
	accounts, err := writeAccounts()
	if err != nil {
		return nil, nil, err
	}
	cmd = exec.CommandContext(ctx, k6, "run", "--quiet", "--no-usage-report", "--no-color", "--address", "", "-")
	cmd.Stdin = script
	cmd.Env = []string{"K6_AUTO_EXTENSION_RESOLUTION=false", "BENCH_ACCOUNTS=" + accounts, "HOME=" + filepath.Dir(accounts)}
	return cmd, func() { _ = os.RemoveAll(filepath.Dir(accounts)) }, nil
}

// writeAccounts writes a manifest of accounts for the users who load pages.
func writeAccounts() (path string, err error) {
	dir, err := os.MkdirTemp("", "pixelload-bench-")
	if err != nil {
		return "", err
	}
	m := account.Manifest{Password: "paper"}
	for i := range 10 {
		name := fmt.Sprintf("user%d", i+1)
		m.Users = append(m.Users, account.User{ID: i + 1, Username: name, Email: name + "@load.test"})
	}
	text, err := json.Marshal(m)
	if err != nil {
		return "", err
	}
	path = filepath.Join(dir, "accounts.json")
	return path, os.WriteFile(path, text, 0o600)
}

// version returns the first line of `k6 version`.
func version(k6 string) (string, error) {
	text, err := exec.Command(k6, "version").Output()
	first, _, _ := strings.Cut(string(text), "\n")
	return first, err
}

// process is the server under load.
type process struct {
	cmd *exec.Cmd
	in  io.Closer // the server ends when it is closed
	url string
}

// startServer starts this program as the server and waits for its address.
func startServer() (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, "server")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the server: %w", err)
	}
	p := &process{cmd: cmd, in: in}
	if _, err := fmt.Fscanln(out, &p.url); err != nil {
		p.stop()
		return nil, fmt.Errorf("reading the server's address: %w", err)
	}
	return p, nil
}

func (p *process) stop() {
	_ = p.in.Close()
	_ = p.cmd.Wait()
}
