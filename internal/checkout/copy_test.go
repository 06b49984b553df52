package checkout

import (
	"os"
	"path/filepath"
	"testing"
	"time"
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
	src, digest, err := copySource(dir, home)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"manage.py": true, "shop/words.json": true, ".python-version": true, "serve": true,
		".env": false, ".env.production": false, ".git": false, "node_modules": false, "db.sqlite3": false,
		"shop/__pycache__": false, "shop/b.pyc": false, "venv": false, "link": false,
	} {
		if _, err := os.Stat(filepath.Join(src, name)); (err == nil) != want {
			t.Errorf("%s is in the copy: %v, want %v", name, err == nil, want)
		}
	}
	if info, err := os.Stat(filepath.Join(src, "serve")); err != nil || info.Mode().Perm()&0o100 == 0 {
		t.Errorf("a program is none in the copy: %v", err)
	}
	again, same, err := copySource(dir, home)
	if err != nil || again != src || same != digest {
		t.Errorf("the same code is another copy: %s, %s, %v", again, same, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "shop", "words.json"), []byte("[1]"), 0o644); err != nil {
		t.Fatal(err)
	}
	if other, changed, err := copySource(dir, home); err != nil || other == src || changed == digest {
		t.Errorf("changed code is the same copy: %s, %v", other, err)
	}
	if left, _ := filepath.Glob(filepath.Join(home, "copying-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestPrune(t *testing.T) {
	home := tree(t, map[string]string{"old/a": "", "new/a": "", "copying-1/a": "", "copying-2/a": ""})
	now := time.Now()
	for name, age := range map[string]time.Duration{"old": unused + time.Hour, "new": unused - time.Hour, "copying-1": 25 * time.Hour, "copying-2": time.Hour} {
		if err := os.Chtimes(filepath.Join(home, name), now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	if err := prune(home, now); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"old": false, "new": true, "copying-1": false, "copying-2": true} {
		if _, err := os.Stat(filepath.Join(home, name)); (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", name, err == nil, want)
		}
	}
}
