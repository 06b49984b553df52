package service

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/needed"
)

// python is the reference app's environment, where the wheels lie.
const python = "../../reference/.venv/bin/python"

func TestMain(m *testing.M) {
	if dir := os.Getenv("PIXELLOAD_TEST_PARENT"); dir != "" {
		parent(dir)
	}
	m.Run()
}

// need skips a test whose program is missing, or fails it where all must run.
func need(t *testing.T, find func(string) (string, error)) string {
	t.Helper()
	found, err := find(python)
	if err != nil {
		needed.Skip(t, "%v", err)
	}
	return found
}

// folder is a temporary folder that the user nobody can enter, too.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// noted is a journal in memory.
type noted []int

func (n *noted) AddProcess(pid int) error { *n = append(*n, pid); return nil }

func startPostgres(t *testing.T, dir string, journal Journal) *Postgres {
	t.Helper()
	began := time.Now()
	p, err := StartPostgres(t.Context(), PostgresOptions{
		BinDir: need(t, FindPostgres), DataDir: dir, LogPath: filepath.Join(t.TempDir(), "log"), Journal: journal,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("started in %v", time.Since(began).Round(time.Millisecond))
	t.Cleanup(func() { _ = p.Stop(context.Background()) })
	return p
}

func stop(t *testing.T, s *Server) {
	t.Helper()
	began := time.Now()
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("stopped in %v", time.Since(began).Round(time.Millisecond))
	select {
	case <-s.Done():
	default:
		t.Error("Done is open after Stop")
	}
}

func TestPostgresSurvivesStopAndCopy(t *testing.T) {
	root := folder(t)
	first, copied := filepath.Join(root, "deep", "first"), filepath.Join(root, "copied")
	var journal noted
	p := startPostgres(t, first, &journal)
	if len(journal) != 1 || journal[0] != p.PID() {
		t.Errorf("journal holds %v, want the process %d", journal, p.PID())
	}
	if err := p.CreateDatabase(t.Context(), "stories"); err != nil {
		t.Fatal(err)
	}
	if err := CopyDataDir(first, copied); err == nil {
		t.Error("the data of a running server was copied")
	}
	stop(t, p.Server)

	began := time.Now()
	if err := CopyDataDir(first, copied); err != nil {
		t.Fatal(err)
	}
	t.Logf("copied in %v", time.Since(began).Round(time.Millisecond))
	if err := CopyDataDir(first, copied); err == nil {
		t.Error("a copy replaced what was there")
	}
	again, beside := startPostgres(t, first, nil), startPostgres(t, copied, nil)
	for _, p := range []*Postgres{again, beside} {
		err := p.CreateDatabase(t.Context(), "stories")
		if err == nil || !strings.Contains(err.Error(), "already exists") {
			t.Errorf("the database is gone after a stop: %v", err)
		}
		stop(t, p.Server)
	}
}

func TestPostgresKilledIsNotCopied(t *testing.T) {
	dir := filepath.Join(folder(t), "data")
	p := startPostgres(t, dir, nil)
	now, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Stop(now); !errors.Is(err, context.Canceled) {
		t.Errorf("Stop = %v, want that it was killed", err)
	}
	if err := CopyDataDir(dir, dir+"2"); err == nil || !strings.Contains(err.Error(), "orderly") {
		t.Errorf("copied the data of a killed server: %v", err)
	}
	stop(t, startPostgres(t, dir, nil).Server)
	if err := CopyDataDir(dir, dir+"2"); err != nil {
		t.Errorf("after recovery and an orderly stop: %v", err)
	}
}

func TestPostgresURL(t *testing.T) {
	p := &Postgres{Server: &Server{port: 5433}, password: "secret"}
	if got, want := p.URL("stories"), "postgres://pixeltales:secret@127.0.0.1:5433/stories"; got != want {
		t.Errorf("URL = %s, want %s", got, want)
	}
}

func TestPostgresRefusesStrangeFolder(t *testing.T) {
	dir := folder(t)
	if err := os.WriteFile(filepath.Join(dir, "thesis.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := StartPostgres(t.Context(), PostgresOptions{BinDir: need(t, FindPostgres), DataDir: dir})
	if err == nil || !strings.Contains(err.Error(), "thesis.txt") {
		t.Errorf("filled a folder that is not its own: %v", err)
	}
}

func TestRedis(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	var journal noted
	began := time.Now()
	r, err := StartRedis(t.Context(), RedisOptions{Binary: need(t, FindRedis), LogPath: log, Journal: &journal})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("started in %v", time.Since(began).Round(time.Millisecond))
	if len(journal) != 1 || journal[0] != r.PID() {
		t.Errorf("journal holds %v, want the process %d", journal, r.PID())
	}
	if want := fmt.Sprintf("redis://:%s@127.0.0.1:%d/0", r.password, r.port); r.URL() != want {
		t.Errorf("URL = %s, want %s", r.URL(), want)
	}
	if redisReady("guess", r.port) {
		t.Error("any password will do")
	}
	stop(t, r.Server)
}

func TestServerThatDies(t *testing.T) {
	r, err := StartRedis(t.Context(), RedisOptions{Binary: need(t, FindRedis), LogPath: filepath.Join(t.TempDir(), "log")})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.child.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-r.Done()
	if err := r.Stop(t.Context()); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("Stop = %v, want how it ended", err)
	}
}

func TestStartTellsWhy(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	broken := program{name: "Redis", command: redisWithBadSetting(need(t, FindRedis)),
		ready: func(int, int) bool { return false }, death: 9}
	_, err := broken.start(t.Context(), log, nil)
	if err == nil || !strings.Contains(err.Error(), "Bad directive") {
		t.Errorf("start = %v, want the server's own words", err)
	}
}

func TestPortTakenIsTriedAgain(t *testing.T) {
	binary, tries := need(t, FindRedis), 0
	first, err := StartRedis(t.Context(), RedisOptions{Binary: binary, LogPath: filepath.Join(t.TempDir(), "log")})
	if err != nil {
		t.Fatal(err)
	}
	defer stop(t, first.Server)
	unlucky := first.program
	unlucky.ready = func(int, int) bool { return false }
	unlucky.command = redisOnPort(binary, first.port, &tries)
	if _, err := unlucky.start(t.Context(), filepath.Join(t.TempDir(), "log"), nil); err == nil || tries != portTries {
		t.Errorf("%d tries, %v; want %d and an error", tries, err, portTries)
	}
}
