package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const nobody = 65534

// TestWithoutRights: a user who may make no cgroup still gets a verdict, by
// PSS, and is told what cannot be told.
func TestWithoutRights(t *testing.T) {
	long(t)
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user; without root every other test runs without rights")
	}
	census(t)
	dir, err := os.MkdirTemp(filepath.Dir(stateFolder), "nobody-") // t.TempDir is root's alone
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	app := referenceForNobody(t, dir)
	self := copyFile(t, mustExecutable(t), filepath.Join(dir, "pixelload"), 0o755)
	for _, name := range []string{"state", "out", "tmp"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(filepath.Join(dir, name), nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	p := pixelload(t, quick(filepath.Join(dir, "out"), "--hold", "15s")...)
	p.Path, p.Dir = self, "/"
	p.Env = append(p.Env, "PIXELLOAD_REFERENCE="+app, "PIXELLOAD_STATE="+filepath.Join(dir, "state"),
		"TMPDIR="+filepath.Join(dir, "tmp"), "HOME="+dir)
	p.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	p.expect(t, 0)
	for _, want := range []string{"no limit", "PSS"} {
		if !strings.Contains(p.stdout.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, &p.stdout)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "tmp", "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func mustExecutable(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return self
}

// referenceForNobody copies the reference app and gives it a Python that nobody
// may run: the one that made .venv may live in root's home.
func referenceForNobody(t *testing.T, dir string) string {
	t.Helper()
	app := filepath.Join(dir, "reference")
	if err := os.CopyFS(app, os.DirFS("../../reference")); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(app, ".venv")); err != nil {
		t.Fatal(err)
	}
	packages, err := filepath.Glob("../../reference/.venv/lib/python3*/site-packages")
	if err != nil || len(packages) != 1 {
		t.Fatalf("site-packages of reference/.venv: %v, %v", packages, err)
	}
	if packages[0], err = filepath.Abs(packages[0]); err != nil {
		t.Fatal(err)
	}
	version := filepath.Base(filepath.Dir(packages[0])) // python3.11
	python, err := exec.LookPath("/usr/bin/" + version)
	if err != nil {
		t.Fatalf("no %s that nobody may run: %v", version, err)
	}
	if out, err := exec.Command(python, "-m", "venv", "--without-pip", filepath.Join(app, ".venv")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	link := filepath.Join(app, ".venv", "lib", version, "site-packages", "packages.pth")
	if err := os.WriteFile(link, []byte(packages[0]+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return app
}

func copyFile(t *testing.T, from, to string, mode os.FileMode) string {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE, mode)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return to
}
