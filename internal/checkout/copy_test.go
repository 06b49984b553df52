package checkout

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCopyIsTheCodeAlone(t *testing.T) {
	dir := tree(t, map[string]string{
		"manage.py": manage, "shop/words.json": "[]", ".python-version": "3.11", "serve": "#!/bin/sh\n",
		".env": "SECRET_KEY=live", ".env.production": "x", ".git/HEAD": "x", "node_modules/a.js": "x", "db.sqlite3": "x",
		"shop/__pycache__/a.pyc": "x", "shop/b.pyc": "x", "venv/pyvenv.cfg": "x",
	})
	if err := os.Chmod(filepath.Join(dir, "serve"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	copied, err := copySource(t.Context(), dir, home, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"manage.py": true, "shop/words.json": true, ".python-version": true, "serve": true,
		".env": false, ".env.production": false, ".git": false, "node_modules": false, "db.sqlite3": false,
		"shop/__pycache__": false, "shop/b.pyc": false, "venv": false, "link": false,
	} {
		if _, err := os.Stat(filepath.Join(copied.src, name)); (err == nil) != want {
			t.Errorf("%s is in the copy: %v, want %v", name, err == nil, want)
		}
	}
	if info, err := os.Stat(filepath.Join(copied.src, "serve")); err != nil || info.Mode().Perm()&0o100 == 0 {
		t.Errorf("a program is none in the copy: %v", err)
	}
	again, err := copySource(t.Context(), dir, home, io.Discard)
	if err != nil || again.src != copied.src || again.digest != copied.digest {
		t.Errorf("the same code is another copy: %+v, %v", again, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "shop", "words.json"), []byte("[1]"), 0o644); err != nil {
		t.Fatal(err)
	}
	if other, err := copySource(t.Context(), dir, home, io.Discard); err != nil || other.src == copied.src || other.digest == copied.digest {
		t.Errorf("changed code is the same copy: %+v, %v", other, err)
	}
	if left, _ := filepath.Glob(filepath.Join(home, "copying-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// held fails where the copy does not hold what it should.
func held(t *testing.T, src string, names map[string]bool) {
	t.Helper()
	for name, want := range names {
		if _, err := os.Stat(filepath.Join(src, name)); (err == nil) != want {
			t.Errorf("%s is in the copy: %v, want %v", name, err == nil, want)
		}
	}
}

// TestCopyOfARepository: what git tracks or would add is the app, and what
// lies there beside it makes no other one of it.
func TestCopyOfARepository(t *testing.T) {
	dir, _ := repository(t, map[string]string{
		"app/manage.py": manage, "app/gone.py": "", "app/.gitignore": "/cache\n", ".gitignore": "runs/\n", "README": "",
	})
	app, home := filepath.Join(dir, "app"), t.TempDir()
	if err := os.Remove(filepath.Join(app, "gone.py")); err != nil {
		t.Fatal(err)
	}
	fill(t, dir, map[string]string{"app/new.py": "", "app/cache/a": "1", "app/.env": "SECRET_KEY=live"})
	part := filepath.Join(app, "part") // a submodule, as git has it in its index
	fill(t, part, map[string]string{"in.py": "", "__pycache__/in.pyc": ""})
	inGit(t, part, "init", "--quiet")
	inGit(t, part, "add", "in.py")
	inGit(t, part, "commit", "--quiet", "--message", "part")
	inGit(t, dir, "add", "app/part")
	copied, err := copySource(t.Context(), app, home, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	held(t, copied.src, map[string]bool{
		"manage.py": true, "new.py": true, "part/in.py": true,
		"gone.py": false, "cache": false, ".env": false, "part/__pycache__": false, "part/.git": false, "README": false,
	})
	fill(t, dir, map[string]string{"app/cache/b": "2", "app/runs/x/trial-1.ndjson": "{}"})
	if again, err := copySource(t.Context(), app, home, io.Discard); err != nil || again.digest != copied.digest {
		t.Errorf("a run's results are another app: %s, %s, %v", copied.digest, again.digest, err)
	}
	// An app that git ignores, as one beside the repository's own, is copied as without git.
	fill(t, dir, map[string]string{"runs/other/manage.py": manage})
	other, err := copySource(t.Context(), filepath.Join(dir, "runs", "other"), home, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	held(t, other.src, map[string]bool{"manage.py": true})
}

// TestCopyLeavesOutWhatIgnoresItself: without git, too, results are no code.
func TestCopyLeavesOutWhatIgnoresItself(t *testing.T) {
	dir := tree(t, map[string]string{"manage.py": manage, "run/.gitignore": "*\n", "run/verdict.json": "{}"})
	copied, err := copySource(t.Context(), dir, t.TempDir(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	held(t, copied.src, map[string]bool{"manage.py": true, "run": false})
}

// TestCopyFollowsLinks: within the app they stay links, a file is copied from
// where it is, and a folder elsewhere is left out, and said so.
func TestCopyFollowsLinks(t *testing.T) {
	other := tree(t, map[string]string{"a.py": "x"})
	dir := tree(t, map[string]string{"manage.py": manage, "shop/v2/views.py": "", "tools/a": ""})
	for name, to := range map[string]string{
		"shop/latest": "v2", "shop/tools": filepath.Join(dir, "tools"), "one.py": filepath.Join(other, "a.py"), "shared": other, "nowhere": "x",
	} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	var said strings.Builder
	copied, err := copySource(t.Context(), dir, t.TempDir(), &said)
	if err != nil {
		t.Fatal(err)
	}
	held(t, copied.src, map[string]bool{"shop/latest/views.py": true, "shop/tools/a": true, "one.py": true, "shared": false, "nowhere": false})
	if to, err := os.Readlink(filepath.Join(copied.src, "shop", "tools")); err != nil || to != "../tools" {
		t.Errorf("a link in the copy leads to %s, %v", to, err)
	}
	if !strings.Contains(said.String(), "shared") {
		t.Errorf("it was not said that a link is left out: %q", &said)
	}
}

// TestSweep: what a trial wrote beside the code is not the next one's, byte code
// stays.
func TestSweep(t *testing.T) {
	dir := tree(t, map[string]string{"manage.py": manage, "shop/v2/views.py": ""})
	if err := os.Symlink("v2", filepath.Join(dir, "shop", "latest")); err != nil {
		t.Fatal(err)
	}
	copied, err := copySource(t.Context(), dir, t.TempDir(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, copied.src, map[string]string{"shop/words.db": "", "cache/pages/a": "", "shop/__pycache__/views.pyc": ""})
	if err := copied.sweep(); err != nil {
		t.Fatal(err)
	}
	held(t, copied.src, map[string]bool{
		"manage.py": true, "shop/latest/views.py": true, "shop/__pycache__/views.pyc": true, "shop/words.db": false, "cache/pages/a": false,
	})
}
