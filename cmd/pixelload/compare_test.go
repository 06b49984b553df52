package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pixeltales/pixelload/internal/compare"
	"github.com/pixeltales/pixelload/internal/config"
	"github.com/pixeltales/pixelload/internal/needed"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/trial"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// runFolder writes the runs as their trials' files into a folder.
func runFolder(t *testing.T, runs []*run.Run) string {
	t.Helper()
	dir := t.TempDir()
	if err := runtest.Write(dir, runs); err != nil {
		t.Fatal(err)
	}
	return dir
}

// trialsOf are healthy trials whose levels lie so many MiB higher than usual.
func trialsOf(n int, more float64) []*run.Run {
	var runs []*run.Run
	for i := range n {
		off := more + float64(i)/2
		runs = append(runs, runtest.Healthy(i+1, n, runtest.Levels{0: 80 + off, 3: 120 + off, 10: 160 + off}))
	}
	return runs
}

func TestCompareRuns(t *testing.T) {
	before, after, again := runFolder(t, trialsOf(3, 0)), runFolder(t, trialsOf(3, 40)), runFolder(t, trialsOf(3, 0.2))
	for _, row := range []struct {
		name string
		args []string
		code int
		want []string
	}{
		{"grown", []string{before, after}, 99, []string{"FAIL", "users=10", "+40.0 MiB", "✗ grown"}},
		{"the same", []string{before, again}, 0, []string{"PASS", "no difference larger than", "✓ within the budget"}},
		{"allowed", []string{before, after, "--budget-growth", "60MiB"}, 0, []string{"PASS"}},
		{"nothing is allowed", []string{before, after, "--budget-growth", "0"}, 99, []string{"more than the 0.0 MiB allowed"}},
		{"one trial", []string{before, runFolder(t, trialsOf(1, 0))}, 3, []string{"CANNOT TELL"}},
		{"as Markdown", []string{before, after, "--format", "md"}, 99, []string{"## ✗ FAIL", "| users=10 |"}},
		{"as JSON", []string{before, after, "--format", "json"}, 99, []string{`"exit_code": 99`}},
	} {
		code, stdout, stderr := call(t, append([]string{"compare"}, row.args...)...)
		if code != row.code || stderr != "" {
			t.Errorf("%s: exit code %d, want %d; stderr %s", row.name, code, row.code, stderr)
		}
		for _, want := range row.want {
			if !strings.Contains(stdout, want) {
				t.Errorf("%s: %q is missing in\n%s", row.name, want, stdout)
			}
		}
	}
	for _, row := range []struct {
		name string
		args []string
		want string
	}{
		{"one argument", []string{"compare", before}, "two runs' folders"},
		{"no run", []string{"compare", before, "main"}, "main is no folder of a run: for two revisions name your checkout with --app DIR"},
		{"empty folder", []string{"compare", before, t.TempDir()}, "no trial-*.ndjson here"},
		{"rounds", []string{"compare", "a", "b", "--app", ".", "--rounds", "0"}, "--rounds 0"},
		{"growth", []string{"compare", before, after, "--budget-growth", "10"}, "512MiB"},
		{"reference", []string{"compare", "a", "b", "--app", "reference"}, "name the folder of your checkout"},
		{"backend of neither", []string{"compare", "a", "b", "--app", ".", "--app-backend", "/srv/app"}, "both revisions would run from it"},
		{"no checkout", []string{"compare", "a", "b", "--app", t.TempDir()}, "is in no git checkout"},
	} {
		if code, stdout, stderr := call(t, row.args...); code != exitBadInput || stdout != "" || !strings.Contains(stderr, row.want) {
			t.Errorf("%s: exit code %d, stdout %q, stderr %q, want %q", row.name, code, stdout, stderr, row.want)
		}
	}
}

func emptyRepository(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		needed.Skip(t, "git is not here")
	}
	dir := t.TempDir()
	if out, err := exec.Command("git", "init", "--quiet", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir
}

// What two revisions measured is printed, kept beside their trials, and told
// again from the trials alone.
func TestCompareConcludes(t *testing.T) {
	dir := t.TempDir()
	r := revisions{compareOptions: compareOptions{growth: 10 << 20, format: choice{value: "json"}}, dir: dir}
	for i, left := range []float64{0, 30} {
		var runs []*run.Run
		for round := range 3 {
			off := left + float64(round%2)
			runs = append(runs, runtest.Visiting(round+1, 3, 5, 80, 110+off, 84+off))
		}
		folder := filepath.Join(dir, string("ab"[i]))
		if err := runtest.Write(folder, runs); err != nil {
			t.Fatal(err)
		}
		r.arms[i] = arm{name: []string{"main", "leak"}[i], plan: &trial.Plan{Dir: folder}}
	}
	var stdout bytes.Buffer
	var coded exitCode
	if err := r.conclude(&stdout); !errors.As(err, &coded) || coded.code != verdict.ExitFail {
		t.Errorf("%v, want exit code %d", err, verdict.ExitFail)
	}
	kept, err := os.ReadFile(filepath.Join(dir, "compare.json"))
	if err != nil || string(kept) != stdout.String() {
		t.Errorf("stdout and compare.json differ, %v", err)
	}
	comment, err := os.ReadFile(filepath.Join(dir, "compare.md"))
	if err != nil || !strings.Contains(string(comment), "## ✗ FAIL") || !strings.Contains(string(comment), "leak") {
		t.Errorf("compare.md, %v:\n%s", err, comment)
	}
	code, again, _ := call(t, "compare", r.arms[0].plan.Dir, r.arms[1].plan.Dir, "--format", "json")
	var first, second compare.Comparison
	if err := errors.Join(json.Unmarshal(kept, &first), json.Unmarshal([]byte(again), &second)); err != nil || code != verdict.ExitFail {
		t.Fatalf("exit code %d, %v", code, err)
	}
	if !first.Paired || !cmp.Equal(first.Phases, second.Phases) {
		t.Errorf("from the trials alone: %s", cmp.Diff(first.Phases, second.Phases))
	}
}

// A revision that is none is said before anything is begun.
func TestCompareUnknownRevision(t *testing.T) {
	dir := emptyRepository(t)
	t.Setenv("PIXELLOAD_STATE", filepath.Join(t.TempDir(), "state"))
	code, _, stderr := call(t, "compare", "main", "kettle", "--app", dir)
	if code != exitBadInput || !strings.Contains(stderr, `has no revision "main"`) {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
	if _, err := os.Stat(os.Getenv("PIXELLOAD_STATE")); err == nil {
		t.Error("a folder for the state was made")
	}
}

// What A and B are is said by a typed --app; the configuration's leaves folders
// runs, of which one may be empty or not there.
func TestCompareWhat(t *testing.T) {
	t.Chdir(emptyRepository(t))
	before := runFolder(t, trialsOf(3, 0))
	for name, text := range map[string]string{config.Name: "common: {app: .}\n", "empty/kettle": ""} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	for _, row := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{before, runFolder(t, trialsOf(3, 0.2))}, 0, ""},
		{[]string{before, "runs/mistyped"}, exitBadInput, "runs/mistyped is no folder of a run"},
		{[]string{"empty", before}, exitBadInput, "no trial-*.ndjson here"},
		{[]string{"main", "HEAD"}, exitBadInput, `has no revision "main"`},
		{[]string{before, before, "--app", "."}, exitBadInput, "has no revision"},
	} {
		if code, _, stderr := call(t, append([]string{"compare"}, row.args...)...); code != row.code || !strings.Contains(stderr, row.want) {
			t.Errorf("%v: exit code %d, stderr %q; want %d, %q", row.args, code, stderr, row.code, row.want)
		}
	}
}

func TestBaseline(t *testing.T) {
	file := filepath.Join(t.TempDir(), "baseline.json")
	before := runFolder(t, trialsOf(3, 0))
	if code, _, stderr := call(t, "baseline", "show", "--file", file); code != exitBadInput || !strings.Contains(stderr, "pixelload baseline set RUN") {
		t.Errorf("show of none: exit code %d, %q", code, stderr)
	}
	if code, _, stderr := call(t, "baseline", "set", runFolder(t, trialsOf(1, 0)), "--file", file); code != exitBadInput || !strings.Contains(stderr, "no interval") {
		t.Errorf("set to one trial: exit code %d, %q", code, stderr)
	}
	if code, _, stderr := call(t, "baseline", "set", before, "--file", file, "--budget-growth", "20MiB"); code != 0 || !strings.Contains(stderr, "check --baseline") {
		t.Fatalf("set: exit code %d, %q", code, stderr)
	}
	if code, stdout, _ := call(t, "baseline", "show", "--file", file); code != 0 || !strings.Contains(stdout, "users=10") || !strings.Contains(stdout, "160.5 MiB") || !strings.Contains(stdout, "exceed it by 20.0 MiB") {
		t.Errorf("show: exit code %d\n%s", code, stdout)
	}
	saved, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if code, stdout, _ := call(t, "baseline", "show", "--file", file, "--format", "json"); code != 0 || stdout != string(saved) {
		t.Errorf("show as JSON: exit code %d, and not what is saved", code)
	}
	for more, want := range map[float64]struct {
		code    int
		outcome string
	}{0.3: {0, "pass"}, 40: {99, "fail"}} {
		dir := runFolder(t, trialsOf(3, more))
		if err := os.WriteFile(filepath.Join(dir, heldAgainst), saved, 0o644); err != nil {
			t.Fatal(err)
		}
		code, stdout, stderr := call(t, "judge", dir)
		if code != want.code || !strings.Contains(stdout, "growth, users=10") || !strings.Contains(stdout, "baseline, +20.0 MiB") {
			t.Errorf("%g MiB more: exit code %d, want %d, %s\n%s", more, code, want.code, stderr, stdout)
		}
		var v struct {
			Outcome string
			Growth  []struct{ Phase, Outcome string }
		}
		data, err := os.ReadFile(filepath.Join(dir, "verdict.json"))
		if err == nil {
			err = json.Unmarshal(data, &v)
		}
		if err != nil || v.Outcome != want.outcome || len(v.Growth) != 3 || v.Growth[2].Outcome != want.outcome {
			t.Errorf("%g MiB more: %+v, %v", more, v, err)
		}
	}
	other := trialsOf(3, 0)
	for _, r := range other {
		r.Header.Variant = "redis"
	}
	dir := runFolder(t, other)
	if err := os.WriteFile(filepath.Join(dir, heldAgainst), saved, 0o644); err != nil {
		t.Fatal(err)
	}
	if code, stdout, _ := call(t, "judge", dir); code != verdict.ExitInconclusive || !strings.Contains(stdout, "another variant, before and redis") {
		t.Errorf("another variant: exit code %d\n%s", code, stdout)
	}
	if code, _, stderr := call(t, "baseline", "clear", "--file", file); code != 0 {
		t.Errorf("clear: exit code %d, %q", code, stderr)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("clear leaves the file")
	}
}

// What is no baseline of ours is refused, kept and named.
func TestBaselineDamaged(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON": "kettle", "unknown key": `{"schema_version":1,"kettle":1}`, "another version": `{"schema_version":2}`,
		"without trials": `{"schema_version":1,"budget_growth_bytes":1}`,
	} {
		file := filepath.Join(t.TempDir(), "baseline.json")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"baseline", "show", "--file", file}, {"baseline", "clear", "--file", file}, {"check", "--baseline=" + file}} {
			if code, _, stderr := call(t, args...); code != exitBadInput || !strings.Contains(stderr, file) {
				t.Errorf("%s, %v: exit code %d, %q", name, args, code, stderr)
			}
		}
		if _, err := os.Stat(file); err != nil {
			t.Errorf("%s: the file is gone", name)
		}
	}
	if code, _, stderr := call(t, "check", "--budget-growth", "5MiB"); code != exitBadInput || !strings.Contains(stderr, "add --baseline") {
		t.Errorf("a budget for growth alone: exit code %d, %q", code, stderr)
	}
}
