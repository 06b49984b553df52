package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/pixeltales/pixelload/internal/account"
	"github.com/pixeltales/pixelload/internal/guard"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/target"
)

// theirSecret signs tokens of the app that these tests run by themselves.
const theirSecret = "canary-of-the-running-app"

// theirs is a reference app that runs before pixelload comes.
type theirs struct {
	*target.Process
	cgroup   string
	accounts string
	manifest *account.Manifest
}

func runningApp(t *testing.T, limit int64) theirs {
	t.Helper()
	app, err := target.FindReference("../../reference")
	if err != nil {
		t.Fatal(err)
	}
	data, err := app.Seed(t.Context(), filepath.Join(stateFolder, "data"), "stories=4,drawn=2,words=100", 20, 1, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	database := filepath.Join(t.TempDir(), "db.sqlite3")
	if err := data.Copy(database); err != nil {
		t.Fatal(err)
	}
	port, err := target.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	a := theirs{accounts: data.Manifest}
	if a.manifest, err = account.ReadManifest(data.Manifest); err != nil {
		t.Fatal(err)
	}
	a.Process, err = target.Start(t.Context(), target.Spec{
		Command: app.Command(), Dir: app.Dir(), Port: port, LimitBytes: limit,
		Env: target.Env(map[string]string{"PORT": strconv.Itoa(port), "SECRET_KEY": theirSecret, "DATABASE_URL": target.SQLiteURL(database)}),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := a.Stop(context.Background()); err != nil {
			t.Error(err)
		}
		a.Source().Close()
	})
	if err := a.WaitListening(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a.cgroup, err = memory.CgroupOf(a.PID()); err != nil {
		t.Fatal(err)
	}
	return a
}

// check are the flags of a short check of the running app.
func (a theirs) check(out string, more ...string) []string {
	return quick(out, append([]string{"--url", a.URL(), "--cgroup", a.cgroup, "--accounts", a.accounts}, more...)...)
}

// stories is how many stories the first accounts have there.
func (a theirs) stories(t *testing.T) (total int) {
	t.Helper()
	for _, user := range a.manifest.Users[:3] {
		token, err := target.LogIn(t.Context(), guard.Here(a.URL()), user.Email, a.manifest.Password)
		if err != nil {
			t.Fatal(err)
		}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.URL()+"/api/stories/?page_size=1", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		var list struct{ Count *int }
		err = json.NewDecoder(answer.Body).Decode(&list)
		answer.Body.Close()
		if err != nil || list.Count == nil {
			t.Fatalf("stories of %s: %+v, %v", user.Email, list, err)
		}
		total += *list.Count
	}
	return total
}

// told fails the test when a secret stands in what the program said or left.
func told(t *testing.T, p *program, dir string, secrets ...string) {
	t.Helper()
	texts := map[string][]byte{"stdout": []byte(p.stdout.String()), "stderr": []byte(p.stderr.String()), "arguments": []byte(strings.Join(p.Args, " "))}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			texts[path], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range texts {
		for _, secret := range secrets {
			if bytes.Contains(text, []byte(secret)) {
				t.Errorf("%s tells a secret", name)
			}
		}
	}
}

// readRun returns the only run file in dir.
func readRun(t *testing.T, dir string) *run.Run {
	t.Helper()
	runs, err := run.ReadDir(dir)
	if err != nil || len(runs) != 1 {
		t.Fatalf("%d runs, %v; want one", len(runs), err)
	}
	return runs[0]
}

// way is one of those that users get into a running target.
type way struct {
	name string
	args []string
	env  string
	says []string // the table
}

func TestRunningTarget(t *testing.T) {
	long(t)
	census(t)
	a := runningApp(t, 512<<20)
	a.checked(t, way{"secret file", []string{"--secret-file", file(t, "secret", theirSecret+"\n", 0o600), "--variant", "before"}, secretVariable + "=wrong",
		[]string{"variant before", "3 users (L4)"}})
}

func TestLongRunningTarget(t *testing.T) {
	long(t)
	census(t)
	a := runningApp(t, 512<<20)
	a.checked(t, way{"minted", nil, secretVariable + "=" + theirSecret, []string{"limit 512 MiB", "memory from cgroup"}})
	a.checked(t, way{"logged in, by name", []string{"--url", strings.Replace(a.URL(), "127.0.0.1", "localhost", 1)}, secretVariable + "=",
		[]string{"http://localhost:"}})
}

// checked runs a check of the app, which goes on as if nothing had been.
func (a theirs) checked(t *testing.T, w way) {
	t.Run(w.name, func(t *testing.T) {
		before := a.stories(t)
		dir := t.TempDir()
		p := pixelload(t, a.check(dir, append(w.args, "--hold", "15s")...)...)
		p.Env = append(p.Env, w.env)
		p.expect(t, 0)
		for _, want := range append(w.says, "1 trial, not a fresh start", "idle, all touched", "PASS") {
			if !strings.Contains(p.stdout.String(), want) {
				t.Errorf("the table lacks %q:\n%s", want, &p.stdout)
			}
		}
		told(t, p, dir, theirSecret, a.manifest.Password)

		idle := read(t, dir).Trials[0].Idle
		if idle.Touched == 0 || idle.Listening != 0 || idle.First != 0 {
			t.Errorf("idle = %+v, want the touched figure alone", idle)
		}
		r := readRun(t, dir)
		if h := r.Header; !h.Running || h.Trials != 1 || h.LimitBytes != 512<<20 || h.Target.Kind != "url" || h.Data.Words != 100 {
			t.Errorf("header = %+v", h)
		}
		i := slices.IndexFunc(r.Events, func(e run.Event) bool { return e.Kind == run.EventTidied })
		if i < 0 || r.Events[i].Count < 1 || !strings.Contains(r.Events[i].Text, "sessions") {
			t.Errorf("events = %+v, want the stories that were removed, and what stays", r.Events)
		}
		if after := a.stories(t); after != before {
			t.Errorf("%d stories, %d before: the users' own were to be removed", after, before)
		}
	})
	select {
	case <-a.Done():
		t.Error("the target was to go on")
	default:
	}
}

// Without a cgroup the limit is not known, and a budget is needed.
func TestLongRunningTargetByPID(t *testing.T) {
	long(t)
	census(t)
	a := runningApp(t, 512<<20)
	args := func(dir string, more ...string) []string {
		return quick(dir, append([]string{"--url", a.URL(), "--pid", strconv.Itoa(a.PID()), "--accounts", a.accounts}, more...)...)
	}
	p := pixelload(t, args(t.TempDir())...)
	p.expect(t, 104)
	if !strings.Contains(p.stderr.String(), "--budget") {
		t.Errorf("stderr %q, want the remedy", &p.stderr)
	}
	dir := t.TempDir()
	p = pixelload(t, args(dir, "--budget", "400MiB", "--hold", "15s")...)
	p.Env = append(p.Env, secretVariable+"="+theirSecret)
	p.expect(t, 0)
	if h := readRun(t, dir).Header; h.LimitBytes != 0 || h.NoLimitWhy == "" || h.MemorySource != "proc" {
		t.Errorf("header = %+v, want no limit and why", h)
	}
}

func TestRunningTargetEnds(t *testing.T) {
	long(t)
	census(t)
	t.Run("killed by somebody", func(t *testing.T) {
		a := runningApp(t, 512<<20)
		dir := t.TempDir()
		p := pixelload(t, a.check(dir, "--hold", "60s")...)
		p.Env = append(p.Env, secretVariable+"="+theirSecret)
		p.until(t, "  users=3")
		if err := syscall.Kill(a.PID(), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		p.expectExit(t, 99)
		if r := read(t, dir); r.Trials[0].Outcome != "died" || !strings.Contains(p.stdout.String(), "ended or was restarted at 3 users") {
			t.Errorf("trial = %+v, want died; the table:\n%s", r.Trials[0], &p.stdout)
		}
	})
	t.Run("killed by the kernel", func(t *testing.T) {
		a := runningApp(t, 92<<20)
		dir := t.TempDir()
		p := pixelload(t, a.check(dir, "--warmup", "10s", "--hold", "30s", "--users", "0,3,10")...)
		p.Env = append(p.Env, secretVariable+"="+theirSecret)
		p.expect(t, 99)
		if r := read(t, dir); r.Trials[0].Outcome != "killed" || r.Trials[0].OOMKills < 1 {
			t.Errorf("trial = %+v, want killed", r.Trials[0])
		}
	})
}

// A target that sends its users elsewhere is not followed, not even by k6.
func TestRedirectsElsewhereAreRefused(t *testing.T) {
	long(t)
	census(t)
	const elsewhere = "http://192.0.2.1:8000/"
	server := httptest.NewServer(http.RedirectHandler(elsewhere, http.StatusFound))
	defer server.Close()
	accounts := file(t, "accounts.json", `{"users":[{"id":1},{"id":2},{"id":3}]}`, 0o600)
	p := pixelload(t, quick(t.TempDir(), "--url", server.URL, "--pid", strconv.Itoa(os.Getpid()), "--accounts", accounts, "--budget", "400MiB")...)
	p.Env = append(p.Env, secretVariable+"="+theirSecret)
	p.expect(t, exitRefused)
	if !strings.Contains(p.stderr.String(), "the target redirects to 192.0.2.1:8000") {
		t.Errorf("stderr %q, want the reason", &p.stderr)
	}

	var prefixes []string
	for _, prefix := range guard.Here(server.URL).Elsewhere() {
		prefixes = append(prefixes, prefix.String())
	}
	script := fmt.Sprintf("import http from 'k6/http'; export default () => { http.get(%q) }", server.URL)
	users := exec.Command(k6(t), "run", "--quiet", "--no-usage-report", "-")
	users.Stdin = strings.NewReader(script)
	users.Env = []string{"HOME=" + t.TempDir(), "K6_BLACKLIST_IPS=" + strings.Join(prefixes, ",")}
	out, _ := users.CombinedOutput() // a request that failed does not fail k6
	if !bytes.Contains(out, []byte("IP (192.0.2.1) is in a blacklisted range")) {
		t.Errorf("k6 says %s, want a refusal to dial", out)
	}
}
