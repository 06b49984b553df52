package target

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// stale turns an entry into that of a run whose process has ended.
func stale(t *testing.T, e *Entry) {
	t.Helper()
	if err := e.change(func(r *record) { r.Harness.Start++ }); err != nil {
		t.Fatal(err)
	}
}

func TestJournalCleans(t *testing.T) {
	j := OpenJournal(filepath.Join(t.TempDir(), "journal"))
	entry, err := j.Begin("20260102-030405-before")
	if err != nil {
		t.Fatal(err)
	}
	sleeper := exec.Command("sleep", "60")
	if err := sleeper.Start(); err != nil {
		t.Fatal(err)
	}
	scratch := filepath.Join(t.TempDir(), "scratch")
	put(t, filepath.Join(scratch, "db.sqlite3"), "data")
	for _, err := range []error{entry.AddProcess(sleeper.Process.Pid), entry.AddPath(scratch), entry.AddCgroup("/sys/fs/cgroup/none")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if removed, err := j.Clean(); err != nil || len(removed) != 0 {
		t.Errorf("Clean() of a living run = %q, %v; want nothing", removed, err)
	}

	stale(t, entry)
	removed, err := j.Clean()
	if err != nil || len(removed) != 2 || !strings.HasPrefix(removed[0], "process ") || removed[1] != "path "+scratch {
		t.Errorf("Clean() = %q, %v; want the process and the path", removed, err)
	}
	if err := sleeper.Wait(); err == nil || err.Error() != "signal: killed" {
		t.Errorf("the process ended with %v; want killed", err)
	}
	if left, _ := filepath.Glob(filepath.Join(j.dir, "*")); len(left) != 0 {
		t.Errorf("left in the journal: %q", left)
	}
}

// A number that another process has by now is left alone.
func TestJournalSparesNewOwner(t *testing.T) {
	j := OpenJournal(t.TempDir())
	entry, err := j.Begin("run")
	if err != nil {
		t.Fatal(err)
	}
	sleeper := exec.Command("sleep", "60")
	if err := sleeper.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { sleeper.Process.Kill(); sleeper.Wait() }()
	if err := entry.AddProcess(sleeper.Process.Pid); err != nil {
		t.Fatal(err)
	}
	entry.held.Processes[0].Start--
	stale(t, entry)
	if removed, err := j.Clean(); err != nil || len(removed) != 0 {
		t.Errorf("Clean() = %q, %v; want nothing", removed, err)
	}
	time.Sleep(10 * time.Millisecond)
	if p, err := identify(sleeper.Process.Pid); err != nil || !p.alive() {
		t.Errorf("the process was killed (%v)", err)
	}
}

func TestJournalClose(t *testing.T) {
	j := OpenJournal(t.TempDir())
	entry, err := j.Begin("run")
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(entry.path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the entry's mode is %v, %v; want 0600", info.Mode(), err)
	}
	if err := entry.Close(); err != nil {
		t.Error(err)
	}
	if err := entry.Close(); err != nil {
		t.Errorf("Close() again = %v", err)
	}
	if _, err := os.Stat(entry.path); !os.IsNotExist(err) {
		t.Errorf("the entry is still there (%v)", err)
	}
}

func TestJournalUnreadable(t *testing.T) {
	j := OpenJournal(t.TempDir())
	put(t, filepath.Join(j.dir, "bad.json"), "{")
	if _, err := j.Clean(); err == nil || !strings.Contains(err.Error(), "bad.json (remove it by hand)") {
		t.Errorf("Clean() = %v; want an error that names the file", err)
	}
}

func TestNilEntry(t *testing.T) {
	var e *Entry
	for _, err := range []error{e.AddCgroup("x"), e.AddPath("x"), e.AddProcess(os.Getpid()), e.Close()} {
		if err != nil {
			t.Error(err)
		}
	}
}
