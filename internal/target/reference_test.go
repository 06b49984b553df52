package target

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestFindReferenceErrors(t *testing.T) {
	whole := t.TempDir()
	put(t, filepath.Join(whole, "manage.py"), "")
	put(t, filepath.Join(whole, "serve"), "")
	for dir, want := range map[string]string{
		t.TempDir(): "manage.py: no such file or directory",
		whole:       "run `make setup`",
	} {
		if _, err := FindReference(dir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("FindReference(%s) = %v; want an error with %q", dir, err, want)
		}
	}
}

// The digest is of what the app is, not of what running it leaves.
func TestDigest(t *testing.T) {
	app := fstest.MapFS{"manage.py": {Data: []byte("1")}, "storybook/urls.py": {Data: []byte("2")}}
	same := fstest.MapFS{
		"manage.py": app["manage.py"], "storybook/urls.py": app["storybook/urls.py"],
		"storybook/__pycache__/urls.pyc": {Data: []byte("3")}, ".venv/bin/python": {Data: []byte("4")},
		"db.sqlite3": {Data: []byte("5")}, "tests/test_x.py": {Data: []byte("6")},
	}
	changed := fstest.MapFS{"manage.py": app["manage.py"], "storybook/urls.py": {Data: []byte("3")}}
	moved := fstest.MapFS{"manage.py": app["manage.py"], "storybook/url.py": app["storybook/urls.py"]}
	of := func(fs fstest.MapFS) string {
		d, err := digest(fs)
		if err != nil || len(d) != 12 {
			t.Fatalf("digest = %q, %v; want 12 digits", d, err)
		}
		return d
	}
	if of(app) != of(same) {
		t.Error("the digest depends on files that running the app makes")
	}
	if of(app) == of(changed) || of(app) == of(moved) {
		t.Error("the digest does not see a changed or renamed source")
	}
}

func TestEnvIsClean(t *testing.T) {
	t.Setenv("MALLOC_ARENA_MAX", "2")
	t.Setenv("DATABASE_URL", "postgres://somewhere")
	env := Env(map[string]string{"PORT": "8000", "SECRET_KEY": "k"})
	if !slices.Contains(env, "PORT=8000") || !slices.Contains(env, "SECRET_KEY=k") {
		t.Errorf("Env() = %q; want the settings in it", env)
	}
	for _, v := range env {
		if strings.HasPrefix(v, "MALLOC_") || strings.HasPrefix(v, "DATABASE_URL") {
			t.Errorf("Env() lets %s through", v)
		}
	}
}

func TestCheckData(t *testing.T) {
	for data, ok := range map[string]bool{
		"light": true, "typical": true, "heavy": true,
		"stories=30,drawn=10,words=1000": true, "words=0,stories=0,drawn=0": true,
		"": false, "huge": false, "stories=30": false, "stories=30,drawn=10,words=": false,
		"stories=1,drawn=2,words=1": false, "stories=2,drawn=1,words=-1": false,
		"stories=2,stories=2,drawn=1,words=1": false, "stories=2,drawn=1,words=1,pages=6": false,
	} {
		if err := CheckData(data); (err == nil) != ok {
			t.Errorf("CheckData(%q) = %v; want ok %v", data, err, ok)
		}
	}
}

func TestFingerprint(t *testing.T) {
	m := Fingerprint("")
	if m.Arch == "" || m.CPUs < 1 || m.Python != "" {
		t.Errorf("Fingerprint() = %+v", m)
	}
	root := t.TempDir()
	put(t, filepath.Join(root, "proc/meminfo"), "MemTotal:        2048 kB\nSwapTotal:       1024 kB\n")
	put(t, filepath.Join(root, "proc/cpuinfo"), "processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\n")
	put(t, filepath.Join(root, "etc/os-release"), "NAME=x\nPRETTY_NAME=\"Debian 12\"\n")
	put(t, filepath.Join(root, "sys/kernel/mm/transparent_hugepage/enabled"), "always [madvise] never\n")
	m = fingerprint(root, "")
	if m.OS != "Debian 12" || m.CPUModel != "Some CPU @ 2 GHz" || m.MemoryMiB != 2 || m.SwapMiB != 1 ||
		m.THP != "madvise" || m.Cgroup != "none" || m.Kernel != "" {
		t.Errorf("fingerprint = %+v", m)
	}
}
