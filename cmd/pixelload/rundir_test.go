package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/pixeltales/pixelload/internal/needed"
)

// TestRunsLieOutsideTheCheckout: who calls pixelload in the checkout finds
// nothing new there, unless he has named a folder in it.
func TestRunsLieOutsideTheCheckout(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		needed.Skip(t, "%v", err)
	}
	state, repo, link := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "current")
	t.Setenv("PIXELLOAD_STATE", state)
	app := filepath.Join(repo, "backend")
	if err := os.Mkdir(app, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(app, link); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(git, "-C", repo, "init", "--quiet").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	elsewhere := t.TempDir()
	for _, row := range []struct{ here, app, out, want string }{
		{app, ".", "", state + "/runs/ID"},
		{repo, "backend", "", state + "/runs/ID"}, // in the same work tree
		{app, link, "", state + "/runs/ID"},
		{elsewhere, app, "", "runs/ID"},
		{elsewhere, "nowhere", "", "runs/ID"},
		{repo, "reference", "", "runs/ID"},
		{repo, ".", "mine", "mine"},
		{repo, ".", elsewhere + "/mine", elsewhere + "/mine"},
	} {
		t.Chdir(row.here)
		o := appOptions{app: row.app}
		if got, err := o.place(row.out, "ID"); err != nil || got != row.want {
			t.Errorf("in %s with --app %s --out %q: %s, %v; want %s", row.here, row.app, row.out, got, err, row.want)
		}
		dir, err := o.makeRunDir(row.out, "ID")
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "summary.md"), nil, 0o644)
		}
		if err != nil {
			t.Error(err)
		}
	}
	if out, err := exec.Command(git, "-C", repo, "status", "--porcelain").Output(); err != nil || string(out) != "?? runs/\n" { // the reference app's
		t.Errorf("git status: %s, %v", out, err)
	}
	if _, err := os.Stat(filepath.Join(elsewhere, "mine", ".gitignore")); err == nil {
		t.Error("a folder that is no part of the checkout is hidden from git")
	}
}
