package deploy_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/verdict"
)

var up = flag.Bool("up", false, "bring the compose file up and run checks in it (some minutes; make test-compose)")

// stack is the compose file brought up from a copy of what git knows, under a
// project name and ports of its own.
type stack struct {
	t   *testing.T
	dir string
	env []string

	prometheus string // its address
}

// newStack copies the checkout; settings override .env. Whatever was started is
// removed when the test ends.
func newStack(t *testing.T, settings ...string) *stack {
	t.Helper()
	if !*up {
		t.Skip("brings containers up: run make test-compose")
	}
	app, prometheus := freePort(t), freePort(t)
	s := &stack{t: t, dir: checkout(t), prometheus: "http://127.0.0.1:" + prometheus}
	s.env = append(os.Environ(), "COMPOSE_PROJECT_NAME=pixelload-test", "COMPOSE_FILE=docker-compose.yml",
		"COMPOSE_PROGRESS=quiet", "APP_PORT="+app, "PROMETHEUS_PORT="+prometheus)
	s.env = append(s.env, settings...)
	t.Cleanup(s.down)
	s.down() // what a killed test left
	return s
}

// checkout copies the files that git knows, or would, so that nothing built
// here can help.
func checkout(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	script := `git ls-files -z --cached --others --exclude-standard | tar -c --null --ignore-failed-read -T - | tar -x -C "$1"`
	cmd := exec.Command("bash", "-o", "pipefail", "-c", script, "bash", dir)
	cmd.Dir = ".."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("copying the checkout: %v\n%s", err, out)
	}
	return dir
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// compose runs docker compose with all profiles and returns what it printed.
func (s *stack) compose(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	return s.command(ctx, "docker", append([]string{"compose", "--profile", "app", "--profile", "observe", "--profile", "load"}, args...)...)
}

func (s *stack) command(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = s.dir, s.env
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func (s *stack) must(args ...string) string {
	s.t.Helper()
	out, err := s.compose(args...)
	if err != nil {
		s.t.Fatalf("docker compose %s: %v\n%s\n%s", strings.Join(args, " "), err, out, s.logs())
	}
	return out
}

func (s *stack) logs() string {
	out, _ := s.compose("logs", "--tail", "20", "--no-color")
	return out
}

func (s *stack) down() {
	if out, err := s.compose("down", "--volumes", "--remove-orphans", "--timeout", "5"); err != nil {
		s.t.Errorf("docker compose down: %v\n%s", err, out)
	}
}

// check runs the service load and returns its exit code and what it wrote.
func (s *stack) check() (code int, v verdict.Verdict) {
	s.t.Helper()
	out, err := s.compose("run", "--rm", "--no-TTY", "load")
	s.t.Logf("the check printed:\n%s", out)
	var status *exec.ExitError
	if err != nil && !errors.As(err, &status) {
		s.t.Fatal(err)
	} else if err != nil {
		code = status.ExitCode()
	}
	return code, s.verdict()
}

// verdict reads the only run's verdict.json from the volume of runs.
func (s *stack) verdict() (v verdict.Verdict) {
	s.t.Helper()
	runs := filepath.Join(s.t.TempDir(), "runs")
	s.must("cp", "collector:/runs", runs)
	files, err := filepath.Glob(filepath.Join(runs, "*", "verdict.json"))
	if err != nil || len(files) != 1 {
		s.t.Fatalf("the check left %v (%v), want one verdict.json\n%s", files, err, s.logs())
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		s.t.Fatal(err)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		s.t.Fatal(err)
	}
	return v
}

// container is the id of a service's container, running or not.
func (s *stack) container(service string) string {
	s.t.Helper()
	id := s.must("ps", "--all", "--quiet", service)
	if len(id) != 64 {
		s.t.Fatalf("the container of %s is %q", service, id)
	}
	return id
}

func (s *stack) docker(args ...string) string {
	s.t.Helper()
	out, err := s.command(s.t.Context(), "docker", args...)
	if err != nil {
		s.t.Fatalf("docker %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// eventually waits for what comes about by itself: a scrape, an end.
func eventually(t *testing.T, what string, ok func() (bool, error)) {
	t.Helper()
	var last error
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		done, err := ok()
		if done {
			return
		}
		last = err
	}
	t.Fatalf("waited 30 s in vain for %s: %v", what, fmt.Sprint(last))
}
