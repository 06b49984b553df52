package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/needed"
)

const (
	serviceUnit = "systemd/pixelload-nightly.service"
	timerUnit   = "systemd/pixelload-nightly.timer"
)

// analyze runs systemd-analyze on the units, whose programs are those of a folder
// of this test's: where they are installed there is none.
func analyze(t *testing.T, verb string, edit func(string) string, more ...string) (string, error) {
	t.Helper()
	path, err := exec.LookPath("systemd-analyze")
	if err != nil {
		needed.Skip(t, "systemd-analyze is missing: install the package systemd")
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "program")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	args := append([]string{verb}, more...)
	for _, unit := range []string{serviceUnit, timerUnit} {
		text := edit(read(t, unit))
		for _, installed := range []string{"/opt/pixelload/deploy/systemd/in-subgroup", "/opt/pixelload/bin/pixelload"} {
			text = strings.ReplaceAll(text, installed, program)
		}
		file := filepath.Join(dir, filepath.Base(unit))
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if verb == "verify" || unit == serviceUnit {
			args = append(args, file)
		}
	}
	out, err := exec.Command(path, args...).CombinedOutput()
	return string(out), err
}

func asItIs(text string) string { return text }

func TestUnits(t *testing.T) {
	if out, err := analyze(t, "verify", asItIs, "--man=no"); err != nil || strings.Contains(out, "pixelload-nightly") {
		t.Errorf("%v\n%s", err, out)
	}
	// 0 is shut in, 10 is wide open.
	if out, err := analyze(t, "security", asItIs, "--offline=yes", "--threshold=35", "--no-pager"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestUnitsAreChecked: each mistake is noticed.
func TestUnitsAreChecked(t *testing.T) {
	for _, test := range []struct{ verb, old, new, want string }{
		{"verify", "StateDirectory=", "StateDirektory=", "StateDirektory"},
		{"verify", "OnCalendar=*-*-* 02:17", "OnCalendar=*-*-* 25:17", "calendar"},
		{"verify", "Delegate=memory cpu pids", "Delegate=memory kettle", "kettle"},
		{"security", "CapabilityBoundingSet=\n", "", "CapabilityBoundingSet"},
	} {
		edited := false
		edit := func(text string) string {
			edited = edited || strings.Contains(text, test.old)
			return strings.ReplaceAll(text, test.old, test.new)
		}
		more := []string{"--man=no"}
		if test.verb == "security" {
			more = []string{"--offline=yes", "--threshold=35", "--no-pager"}
		}
		out, err := analyze(t, test.verb, edit, more...)
		if !edited {
			t.Errorf("%q is in no unit: this row tests nothing", test.old)
		}
		if err == nil && test.verb == "security" || !strings.Contains(out, test.want) {
			t.Errorf("with %q: %v, %s; want %q", test.new, err, out, test.want)
		}
	}
}

// TestInSubgroup: what it runs gets its arguments and its exit code comes back,
// also where there is no cgroup v2.
func TestInSubgroup(t *testing.T) {
	cmd := exec.Command("systemd/in-subgroup", "sh", "-c", `echo "$0 $1"; exit 7`, "a b", "c")
	cmd.Env = append(os.Environ(), "CGROUP_MOUNT="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != 7 || string(out) != "a b c\n" {
		t.Errorf("%v, %q", err, out)
	}
}

// TestOldRunsAreRemoved: by the rule that the documentation installs, and the
// young ones stay.
func TestOldRunsAreRemoved(t *testing.T) {
	path, err := exec.LookPath("systemd-tmpfiles")
	if err != nil {
		needed.Skip(t, "systemd-tmpfiles is missing: install the package systemd")
	}
	dir := t.TempDir()
	for name, days := range map[string]int{"runs/old": 91, "runs/young": 89, "history": 400} {
		file := filepath.Join(dir, name, "verdict.json")
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, nil, 0o640); err != nil {
			t.Fatal(err)
		}
		then := time.Now().AddDate(0, 0, -days)
		for _, aged := range []string{file, filepath.Dir(file)} {
			if err := os.Chtimes(aged, then, then); err != nil {
				t.Fatal(err)
			}
		}
	}
	rule := filepath.Join(dir, "rule.conf")
	if err := os.WriteFile(rule, []byte(strings.ReplaceAll(read(t, "systemd/pixelload-runs.conf"), "/var/lib/pixelload", dir)), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(path, "--clean", rule).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, stays := range map[string]bool{"runs": true, "runs/old": false, "runs/young/verdict.json": true, "history/verdict.json": true} {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != stays {
			t.Errorf("%s is there: %v, want %v; %s", name, err == nil, stays, out)
		}
	}
}
