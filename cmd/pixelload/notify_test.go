package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/config"
	"github.com/pixeltales/pixelload/internal/history/historytest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// TestNotify: the program gets the verdict, and is told from where.
func TestNotify(t *testing.T) {
	dirs, err := historytest.Plan{Nights: 1, Trials: 1}.Keep(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	got := filepath.Join(t.TempDir(), "a b")
	code, stderr := concluded(t, dirs[0], afterOptions{history: noHistory, patience: time.Minute,
		notify: fmt.Sprintf(`sh -c 'cat >"$0"; echo "$PIXELLOAD_OUTCOME $PIXELLOAD_EXIT_CODE $PIXELLOAD_RUN"' %q`, got)})
	if code != 0 || stderr != fmt.Sprintf("pass 0 %s\n", dirs[0]) {
		t.Errorf("exit code %d, it said %q", code, stderr)
	}
	data, err := os.ReadFile(got)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile(filepath.Join(dirs[0], "verdict.json"))
	if err != nil || string(kept) != string(data) {
		t.Errorf("stdin is not verdict.json: %v, %.80s", err, data)
	}
	var v verdict.Verdict
	if err := json.Unmarshal(data, &v); err != nil || v.Outcome != verdict.Pass {
		t.Errorf("%v, outcome %s", err, v.Outcome)
	}
}

// TestNotifyFailures: whatever the program does, the run's exit code stands and
// one warning says what it was.
func TestNotifyFailures(t *testing.T) {
	dirs, err := historytest.Plan{Nights: 1, Trials: 1}.Keep(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ notify, want string }{
		{"true", ""}, // reads nothing of the verdict
		{"false", "exit status 1"},
		{"sh -c 'kill -9 $$'", "killed"},
		{"sleep 60", "took longer than 300ms and was ended"},
	} {
		began := time.Now()
		code, stderr := concluded(t, dirs[0], afterOptions{history: noHistory, notify: row.notify, patience: 300 * time.Millisecond})
		if code != 0 || !strings.Contains(stderr, row.want) || (row.want == "") != (stderr == "") || strings.Count(stderr, "\n") > 1 {
			t.Errorf("%s: exit code %d, stderr %q", row.notify, code, stderr)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%s took %v", row.notify, took)
		}
	}
}

// TestNotifyLeavesNothing: what the program starts ends with it.
func TestNotifyLeavesNothing(t *testing.T) {
	dirs, err := historytest.Plan{Nights: 1, Trials: 1}.Keep(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "pid")
	concluded(t, dirs[0], afterOptions{history: noHistory, notify: fmt.Sprintf(`sh -c 'sleep 60 >/dev/null 2>&1 & echo $! >"$0"' %s`, file), patience: time.Minute})
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); alive(pid); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("process %d runs on", pid)
		}
	}
}

// alive reports that the process runs; one that waits for nobody is dead.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ") && syscall.Kill(pid, 0) == nil
}

// TestNotifyIsCheckedFirst: before anything is measured.
func TestNotifyIsCheckedFirst(t *testing.T) {
	t.Setenv("PIXELLOAD_STATE", t.TempDir())
	for _, args := range [][]string{
		{"check", "--notify", "/none/kettle"}, {"check", "--notify", "kettle 'open"}, {"claims", "run", "--notify", "/none/kettle"},
		{"capacity", "--notify", "/none/kettle"}, {"check", "--notify-timeout", "-1s"},
	} {
		code, stdout, stderr := call(t, args...)
		if code != exitBadInput || stdout != "" || !strings.Contains(stderr, "--notify") || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: exit code %d, stdout %q, stderr %q", args, code, stdout, stderr)
		}
	}
}

// TestNotifyIsNotPrinted: its arguments may hold a token. That it is the file's,
// which may be a stranger's, is said.
func TestNotifyIsNotPrinted(t *testing.T) {
	t.Setenv("PIXELLOAD_STATE", t.TempDir())
	t.Chdir(t.TempDir())
	secret := `sh -c 'curl -H "Authorization: Bearer canary" https://example.org'`
	if err := os.WriteFile(config.Name, []byte("check:\n  history: none\n  notify: "+strconv.Quote(secret)+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"config"}, 0, "sh ..."},
		{[]string{"config", "--format", "json"}, 0, `"sh ..."`},
		{[]string{"check", "--trials", "0"}, exitBadInput, "pixelload.yaml:3: --notify runs sh ... when the verdict is there"},
		{[]string{"check", "--notify", secret + "'"}, exitBadInput, "with every quote closed"},
		{[]string{"check", "--trials", "0", "--notify", "true"}, exitBadInput, "--trials"},
	} {
		code, stdout, stderr := call(t, row.args...)
		if said := stdout + stderr; code != row.code || !strings.Contains(said, row.want) || strings.Contains(said, "canary") {
			t.Errorf("%q: exit code %d, %s", row.args, code, said)
		}
		if strings.Contains(stderr, "--notify runs") != strings.HasPrefix(row.want, config.Name) {
			t.Errorf("%q: %s", row.args, stderr)
		}
	}
}

// TestHookCommand: words as in a shell, and nothing else of one.
func TestHookCommand(t *testing.T) {
	for given, want := range map[string][]string{
		"":                                nil,
		"sh":                              {"sh"},
		`sh -c 'a b; c' "d e" f\ g`:       {"sh", "-c", "a b; c", "d e", "f g"},
		"sh $HOME `id` *":                 {"sh", "$HOME", "`id`", "*"},
		`sh "say \"so\""`:                 {"sh", `say "so"`},
		"  sh   x  ":                      {"sh", "x"},
		"sh a;b":                          {"sh", "a;b"},
		"sh a|b":                          {"sh", "a|b"},
		"sh a>b":                          {"sh", "a>b"},
		"sh https://x.example/?a=1&b=(2)": {"sh", "https://x.example/?a=1&b=(2)"},
	} {
		got, err := hookCommand(given)
		if err != nil || len(got) != len(want) {
			t.Errorf("hookCommand(%q) = %q, %v; want %q", given, got, err, want)
			continue
		}
		for i := 1; i < len(want); i++ {
			if got[i] != want[i] {
				t.Errorf("hookCommand(%q)[%d] = %q, want %q", given, i, got[i], want[i])
			}
		}
	}
}
