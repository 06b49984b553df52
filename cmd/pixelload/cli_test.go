package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// call runs pixelload in this process.
func call(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = execute(args, &out, &err)
	return code, out.String(), err.String()
}

// TestBadInput: one line that names what is wrong and the remedy, exit 104.
func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("claims:\n  - {id: L1, kettle: 1}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name string
		args []string
		want []string
	}{
		{"unknown command", []string{"chek"}, []string{`unknown command "chek"`, "did you mean check"}},
		{"unknown flag", []string{"check", "--kettle"}, []string{"--kettle", "pixelload check --help"}},
		{"unknown argument", []string{"check", "kettle"}, []string{`"kettle"`, "pixelload check --help"}},
		{"users ten", []string{"check", "--users", "ten"}, []string{"ten", "0,3,10"}},
		{"users descending", []string{"check", "--users", "10,3"}, []string{"ascending"}},
		{"users twice", []string{"check", "--users", "3,3"}, []string{"ascending"}},
		{"users negative", []string{"check", "--users", "-3"}, []string{"0,3,10"}},
		{"unknown variant", []string{"check", "--variant", "kettle"}, []string{"kettle", "before", "postgres"}},
		{"unknown plan", []string{"check", "--plan", "kettle"}, []string{"kettle", "free", "standard"}},
		{"unknown data", []string{"check", "--data", "kettle"}, []string{"kettle", "light", "stories="}},
		{"unknown persona", []string{"check", "--persona", "kettle"}, []string{"kettle", "reader"}},
		{"unit missing", []string{"check", "--limit", "512"}, []string{"512", "512MiB"}},
		{"unit not binary", []string{"check", "--limit", "512MB"}, []string{"512MB", "512MiB"}},
		{"limit zero", []string{"check", "--limit", "0MiB"}, []string{"512MiB"}},
		{"trials none", []string{"check", "--trials", "0"}, []string{"--trials", "1"}},
		{"cpus negative", []string{"check", "--cpus", "-1"}, []string{"--cpus", "0.5"}},
		{"hold no length", []string{"check", "--hold", "kettle"}, []string{"kettle", "--hold"}},
		{"format", []string{"check", "--format", "kettle"}, []string{"table, json"}},
		{"fail-on", []string{"check", "--fail-on", "kettle"}, []string{"refuted"}},
		{"app", []string{"check", "--app", "/kettle"}, []string{"/kettle", "reference"}},
		{"claims missing", []string{"check", "--claims", dir + "/none"}, []string{dir + "/none", "no such file"}},
		{"claims unreadable", []string{"check", "--claims", file}, []string{file + ":2", "kettle"}},
		{"claims of no file", []string{"claims", "list", "--claims", dir + "/none"}, []string{dir + "/none", "no such file"}},
		{"claims format", []string{"claims", "list", "--format", "kettle"}, []string{"table, json"}},
		{"claims unknown", []string{"claims", "kettle"}, []string{"kettle", "pixelload claims --help"}},
		{"claims run of none", []string{"claims", "run", "L99"}, []string{"L99", "L1"}},
		{"claims run trials", []string{"claims", "run", "--trials", "0"}, []string{"--trials", "1"}},
		{"claims run quick trials", []string{"claims", "run", "--quick", "--trials", "3"}, []string{"--quick"}},
		{"claims run data", []string{"claims", "run", "--data", "kettle"}, []string{"kettle", "light"}},
		{"capacity most", []string{"capacity", "--most", "0"}, []string{"--most", "1000"}},
		{"capacity trials", []string{"capacity", "--trials", "0"}, []string{"--trials", "1"}},
		{"capacity plan", []string{"capacity", "--plan", "kettle"}, []string{"kettle", "free", "standard"}},
		{"capacity variant", []string{"capacity", "--variant", "kettle"}, []string{"kettle", "before"}},
		{"judge nothing", []string{"judge"}, []string{"runs/ID"}},
		{"judge no folder", []string{"judge", dir + "/none"}, []string{dir + "/none"}},
		{"judge no run", []string{"judge", dir}, []string{dir, "trial-*.ndjson"}},
		{"report no run", []string{"report", dir}, []string{dir, "trial-*.ndjson"}},
		{"report to nowhere", []string{"report", "-o"}, []string{"-o"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			code, stdout, stderr := call(t, row.args...)
			if code != exitBadInput {
				t.Errorf("exit code %d, want %d", code, exitBadInput)
			}
			if stdout != "" || strings.Count(stderr, "\n") != 1 {
				t.Errorf("stdout %q, stderr %q; want one line on stderr", stdout, stderr)
			}
			for _, word := range row.want {
				if !strings.Contains(stderr, word) {
					t.Errorf("stderr %q lacks %q", stderr, word)
				}
			}
		})
	}
}

// TestBadEnvironment: the same for what a machine lacks.
func TestBadEnvironment(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("a check needs Linux")
	}
	dir := t.TempDir()
	app := filepath.Join(dir, "reference")
	if err := os.MkdirAll(app, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"manage.py", "serve"} {
		if err := os.WriteFile(filepath.Join(app, name), []byte("#!/bin/sh\nexec sleep 60\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	bare := filepath.Join(dir, "k6")
	if err := os.WriteFile(bare, []byte("#!/bin/sh\necho k6 v2.2.0\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	python := func(script string) {
		t.Helper()
		bin := filepath.Join(app, ".venv", "bin")
		if err := os.MkdirAll(bin, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(bin, "python"), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PIXELLOAD_REFERENCE", app)
	t.Setenv("PIXELLOAD_STATE", filepath.Join(dir, "state"))

	check := func(name string, want ...string) {
		t.Helper()
		code, _, stderr := call(t, "check", "--quick", "--out", filepath.Join(dir, name))
		if code != exitBadInput {
			t.Errorf("%s: exit code %d, want %d", name, code, exitBadInput)
		}
		for _, word := range want {
			if !strings.Contains(stderr, word) {
				t.Errorf("%s: stderr %q lacks %q", name, stderr, word)
			}
		}
	}
	check("python missing", "make setup")
	python("#!/bin/sh\necho kettle >&2; exit 1\n")
	t.Setenv("K6_BIN", filepath.Join(dir, "none"))
	check("k6 missing", "K6_BIN", "none")
	t.Setenv("K6_BIN", bare)
	check("k6 without the extension", bare, "k6/x/pixeltales", "make build")
	if err := os.WriteFile(bare, []byte("#!/bin/sh\necho k6 v2.2.0 k6/x/pixeltales\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	check("seeding fails", "kettle")
	t.Setenv("PIXELLOAD_STATE", filepath.Join(bare, "state"))
	check("state folder", "PIXELLOAD_STATE")
	code, _, stderr := call(t, "check", "--quick", "--out", filepath.Join(bare, "run"))
	if code != exitBadInput || !strings.Contains(stderr, "not a directory") {
		t.Errorf("unwritable output: exit code %d, stderr %q", code, stderr)
	}
}

func TestDemo(t *testing.T) {
	code, stdout, stderr := call(t, "demo")
	if code != 0 || stderr != "" || !strings.Contains(stdout, "idle (L1)") {
		t.Errorf("demo: exit code %d, stderr %q, stdout\n%s", code, stderr, stdout)
	}
	code, stdout, _ = call(t, "demo", "--format", "json")
	if !json.Valid([]byte(stdout)) || code != 0 {
		t.Errorf("demo --format json: exit code %d, stdout\n%s", code, stdout)
	}
}

// TestHelp: every command explains itself with examples.
func TestClaimsList(t *testing.T) {
	code, stdout, stderr := call(t, "claims", "list")
	if code != 0 || stderr != "" || strings.Count(stdout, "\n") != 35 || strings.Contains(stdout, "\x1b") {
		t.Errorf("claims list: exit code %d, stderr %q, stdout\n%s", code, stderr, stdout)
	}
	code, stdout, _ = call(t, "claims", "list", "--format", "json")
	var list []struct {
		ID     string
		Source struct{ Line int }
		Versus *struct {
			HabitsOff []string `json:"habits_off"`
		}
	}
	if err := json.Unmarshal([]byte(stdout), &list); err != nil || code != 0 || len(list) != 34 {
		t.Fatalf("claims list --format json: exit code %d, %d claims, %v", code, len(list), err)
	}
	for _, c := range list {
		if c.Source.Line == 0 || c.ID == "C4" && (c.Versus == nil || len(c.Versus.HabitsOff) != 1) {
			t.Errorf("claim %+v", c)
		}
	}
}

func TestHelp(t *testing.T) {
	for _, c := range newRoot().Commands() {
		code, stdout, _ := call(t, c.Name(), "--help")
		if code != 0 || !strings.Contains(stdout, "Examples:\n  pixelload "+c.Name()) {
			t.Errorf("%s --help: exit code %d\n%s", c.Name(), code, stdout)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if code, stdout, _ := call(t, "completion", shell); code != 0 || stdout == "" {
			t.Errorf("completion %s: exit code %d", shell, code)
		}
	}
}

// TestReportToALink: what is no regular file is written to, not replaced.
func TestReportToALink(t *testing.T) {
	dir := demoRun(t)
	target := filepath.Join(t.TempDir(), "file")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := call(t, "report", dir, "-o", link); code != 0 {
		t.Fatalf("exit code %d, stderr %s", code, stderr)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link became %v, %v", info.Mode(), err)
	}
	if data, err := os.ReadFile(target); err != nil || !strings.Contains(string(data), "idle (L1)") {
		t.Errorf("the file behind the link holds %q, %v", data, err)
	}
}

func TestBytesFlag(t *testing.T) {
	for in, want := range map[string]bytesFlag{"512MiB": 512 << 20, "2GiB": 2 << 30, "1.5 GiB": 3 << 29, "100KiB": 100 << 10} {
		var b bytesFlag
		if err := b.Set(in); err != nil || b != want {
			t.Errorf("Set(%q) = %d, %v; want %d", in, b, err, want)
		}
	}
	for _, in := range []string{"", "512", "512M", "512mib", "-1MiB", "NaNMiB", "InfMiB", "1e300GiB"} {
		var b bytesFlag
		if err := b.Set(in); err == nil {
			t.Errorf("Set(%q) = %d, want an error", in, b)
		}
	}
}
