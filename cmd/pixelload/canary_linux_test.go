package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/report"
)

// spy looks for secrets while a run lasts: in the arguments of every
// process, and in the logs that the run removes at its end.
type spy struct {
	secrets []string
	stop    chan struct{}
	done    sync.WaitGroup

	generator bool // was seen
	logs      map[string]bool
	told      []string
}

func newSpy(secrets ...string) *spy {
	l := &spy{secrets: secrets, stop: make(chan struct{}), logs: map[string]bool{}}
	l.done.Go(func() {
		for {
			select {
			case <-l.stop:
				return
			case <-time.After(50 * time.Millisecond):
				l.look()
			}
		}
	})
	return l
}

func (l *spy) look() {
	arguments, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range arguments {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		l.generator = l.generator || bytes.Contains(text, []byte("pixelload=/proc/self/fd/3"))
		l.search(path, text)
	}
	_ = filepath.WalkDir(scratchFolder, func(path string, _ fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".log" {
			if text, err := os.ReadFile(path); err == nil {
				l.logs[filepath.Base(path)] = true
				l.search(path, text)
			}
		}
		return nil
	})
}

func (l *spy) search(where string, text []byte) {
	for i, secret := range l.secrets {
		if bytes.Contains(text, []byte(secret)) {
			l.told = append(l.told, fmt.Sprintf("%s tells secret %d: %q", where, i, bytes.ReplaceAll(text, []byte{0}, []byte{' '})))
		}
	}
}

// end says what was found.
func (l *spy) end(t *testing.T) {
	t.Helper()
	close(l.stop)
	l.done.Wait()
	if !l.generator || !l.logs["k6.log"] {
		t.Errorf("the spy saw the generator: %v, and the logs %v: it looked in vain", l.generator, l.logs)
	}
	for _, text := range l.told {
		t.Error(text)
	}
}

// TestSecretsAppearNowhere: in no artefact, log, argument, output or error of a
// run that passes, and of runs that fail.
func TestSecretsAppearNowhere(t *testing.T) {
	long(t)
	census(t)
	a := runningApp(t, 512<<20)
	const wrong = "canary-that-is-not-the-apps-secret"
	for _, row := range []struct {
		name, env string
		args      []string
		code      func(int) bool
		kill      bool
	}{
		// On a busy machine it cannot tell, which is no failure either.
		{name: "it passes, with tokens minted", env: theirSecret, args: []string{"--hold", "15s"}, code: func(c int) bool { return c == 0 || c == 3 }},
		{name: "it fails: the secret is not the target's", env: wrong, code: func(c int) bool { return c != 0 }},
		{name: "it fails: logged in, and the target is killed", args: []string{"--hold", "60s"}, code: func(c int) bool { return c == 99 }, kill: true},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			secrets := []string{theirSecret, a.manifest.Password, wrong, "eyJhbGci"} // the last begins every token
			p := pixelload(t, a.check(dir, row.args...)...)
			p.Env = append(p.Env, secretVariable+"="+row.env)
			eyes := newSpy(secrets...)
			if !row.kill {
				p.begin(t)
			} else {
				p.until(t, "  users=3") // it begins, too
				if err := syscall.Kill(a.PID(), syscall.SIGKILL); err != nil {
					t.Fatal(err)
				}
			}
			code := p.exit(t)
			eyes.end(t)
			if !row.code(code) {
				t.Errorf("exit code %d: %s\n%s", code, &p.stderr, &p.stdout)
			}
			told(t, p, dir, secrets...)
			t.Setenv(secretVariable, row.env)
			said := ""
			for _, args := range append(reportsOf(dir), []string{"judge", dir}, []string{"config"}, []string{"doctor"}) {
				_, stdout, stderr := call(t, args...)
				said += stdout + stderr
			}
			for i, secret := range secrets {
				if strings.Contains(said, secret) {
					t.Errorf("a report tells secret %d", i)
				}
			}
		})
	}
}

// reportsOf are the calls that print each report of the run in dir.
func reportsOf(dir string) (calls [][]string) {
	for _, f := range report.Formats {
		calls = append(calls, []string{"report", dir, "--format", f.Name})
	}
	return calls
}
