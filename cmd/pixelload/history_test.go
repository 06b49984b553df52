package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/history/historytest"
	"github.com/pixeltales/pixelload/internal/report"
)

// nightsIn stores the plan's nights and records them, and returns the history's file.
func nightsIn(t *testing.T, p historytest.Plan) string {
	t.Helper()
	dirs, err := p.Keep(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "history.db")
	code, stdout, stderr := call(t, append([]string{"history", "add", "--file", file}, dirs...)...)
	if code != 0 || strings.Count(stdout, "recorded") != p.Nights {
		t.Fatalf("exit code %d, stdout %s, stderr %s", code, stdout, stderr)
	}
	return file
}

// TestHistoryShowsTheJump: in the list, in the chart and in the JSON, at the night
// that it was planted at.
func TestHistoryShowsTheJump(t *testing.T) {
	const jump = 14
	file := nightsIn(t, historytest.Plan{Nights: 22, Trials: 1, Jump: jump, JumpMiB: 20, SD: 2, Seed: 5})
	code, list, stderr := call(t, "history", "list", "--file", file, "--metric", "level:3")
	if code != 0 {
		t.Fatalf("exit code %d, stderr %s", code, stderr)
	}
	for _, line := range strings.Split(list, "\n") {
		jumped := strings.Contains(line, historytest.ID(jump))
		if jumped != strings.Contains(line, "level:3 +") {
			t.Errorf("list: %s", line)
		}
	}
	if strings.Count(list, "before") < 22 || !strings.Contains(list, "160 MiB") {
		t.Errorf("list:\n%s", list)
	}

	code, chart, stderr := call(t, "history", "show", "level:3", "--file", file)
	if code != 0 {
		t.Fatalf("exit code %d, stderr %s", code, stderr)
	}
	lines := strings.Split(chart, "\n")
	for i, line := range lines {
		if strings.Contains(line, "changed by +") && !strings.Contains(lines[i+1], historytest.Ref(jump)) {
			t.Errorf("the rule stands before %q", lines[i+1])
		}
	}
	if strings.Count(chart, "changed by +") != 1 || strings.Count(chart, "●") != 22 || !strings.Contains(chart, "p < 0.001") {
		t.Errorf("chart:\n%s", chart)
	}

	code, text, _ := call(t, "history", "show", "peak", "--file", file, "--format", "json")
	var doc report.HistoryJSON
	if err := json.Unmarshal([]byte(text), &doc); err != nil || code != 0 {
		t.Fatalf("%v, exit code %d: %s", err, code, text)
	}
	if len(doc.Series) != 1 || len(doc.Series[0].Changes) != 1 || doc.Series[0].Changes[0].At != jump {
		t.Errorf("JSON: %s", text)
	}
	for n, night := range doc.Series[0].Nights {
		if night.Ref != historytest.Ref(n) || !night.Started.Equal(historytest.Began(n)) || night.N != 1 || night.Value == nil || night.Outcome == "" {
			t.Errorf("night %d: %+v", n, night)
		}
	}
}

// TestHistorySince leaves out what was before, but not the change that it came from.
func TestHistorySince(t *testing.T) {
	file := nightsIn(t, historytest.Plan{Nights: 3, Trials: 6, Jump: 1, JumpMiB: 20, SD: 2})
	day := historytest.Began(1).Format("2006-01-02")
	code, chart, stderr := call(t, "history", "show", "level:10", "--file", file, "--since", day)
	if code != 0 || strings.Count(chart, "●") != 2 || strings.Count(chart, "changed by +") != 1 {
		t.Errorf("exit code %d, %s%s", code, chart, stderr)
	}
	code, list, _ := call(t, "history", "list", "--file", file, "--since", day)
	if code != 0 || strings.Contains(list, historytest.ID(0)) || !strings.Contains(list, historytest.ID(2)) || !strings.Contains(list, "and 1 more") && !strings.Contains(list, "level:10 +") {
		t.Errorf("exit code %d, %s", code, list)
	}
	if code, list, _ := call(t, "history", "list", "--file", file, "--since", "1h"); code != 0 || !strings.Contains(list, "no run is chosen") {
		t.Errorf("exit code %d, %s", code, list)
	}
}

// TestHistoryPrune removes runs and says how many.
func TestHistoryPrune(t *testing.T) {
	file := nightsIn(t, historytest.Plan{Nights: 3, Trials: 1})
	day := historytest.Began(2).Format("2006-01-02")
	for _, row := range []struct {
		args []string
		want string
		left int
	}{
		{[]string{"--before", day, "--dry-run"}, "would remove 2 runs", 3},
		{[]string{"--before", day}, "removed 2 runs", 1},
		{[]string{"--before", day}, "removed 0 runs", 1},
	} {
		code, stdout, stderr := call(t, append([]string{"history", "prune", "--file", file}, row.args...)...)
		if code != 0 || !strings.HasPrefix(stdout, row.want) {
			t.Errorf("%v: exit code %d, %s%s", row.args, code, stdout, stderr)
		}
		_, list, _ := call(t, "history", "list", "--file", file)
		if got := strings.Count(list, "before"); got != 2*row.left {
			t.Errorf("%v: %d runs are left, want %d: %s", row.args, got/2, row.left, list)
		}
	}
}

// TestHistoryBadInput: one line, exit 104, and nothing made or lost.
func TestHistoryBadInput(t *testing.T) {
	t.Setenv("PIXELLOAD_STATE", t.TempDir())
	dir := t.TempDir()
	file, kettle := nightsIn(t, historytest.Plan{Nights: 1, Trials: 1}), filepath.Join(dir, "kettle")
	if err := os.WriteFile(kettle, []byte(strings.Repeat("kettle", 1000)), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		args []string
		want []string
	}{
		{[]string{"list"}, []string{"no history yet", "history.db", "history add"}},
		{[]string{"show", "level:3"}, []string{"no history yet"}},
		{[]string{"prune", "--before", "1d"}, []string{"no history yet"}},
		{[]string{"list", "--file", kettle}, []string{kettle, "no SQLite file", "--file"}},
		{[]string{"add", dir, "--file", kettle}, []string{kettle, "no SQLite file"}},
		{[]string{"add", dir}, []string{dir, "trial-*.ndjson"}},
		{[]string{"add"}, []string{"runs/*"}},
		{[]string{"show", "--file", file}, []string{"level:10"}},
		{[]string{"show", "kettles", "--file", file}, []string{`"kettles"`, "level:10", "claim:L1"}},
		{[]string{"show", "l", "--file", file}, []string{"claim:L1", "whole name"}},
		{[]string{"list", "--since", "kettle", "--file", file}, []string{"kettle", "30d"}},
		{[]string{"list", "--format", "kettle", "--file", file}, []string{"table, json"}},
		{[]string{"prune", "--file", file}, []string{"--before", "400d"}},
		{[]string{"prune", "--before", "12m", "--file", file}, []string{`"12m"`, "400d"}}, // months are meant, and minutes are not
		{[]string{"prune", "--before", "12h", "--file", file}, []string{`"12h"`, "400d"}},
		{[]string{"kettle"}, []string{"kettle", "history --help"}},
	} {
		code, stdout, stderr := call(t, append([]string{"history"}, row.args...)...)
		if code != exitBadInput || stdout != "" || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: exit code %d, stdout %q, stderr %q", row.args, code, stdout, stderr)
		}
		for _, word := range row.want {
			if !strings.Contains(stderr, word) {
				t.Errorf("%v: stderr %q lacks %q", row.args, stderr, word)
			}
		}
	}
}

// TestHistoryAddKeepsWhatItCan: one bad folder does not keep the others out.
func TestHistoryAddKeepsWhatItCan(t *testing.T) {
	dirs, err := historytest.Plan{Nights: 2, Trials: 1}.Keep(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	file, none := filepath.Join(t.TempDir(), "history.db"), filepath.Join(t.TempDir(), "none")
	code, stdout, stderr := call(t, "history", "add", "--file", file, dirs[0], none, dirs[1])
	if code != exitBadInput || strings.Count(stdout, "recorded") != 2 || !strings.Contains(stderr, none) {
		t.Errorf("exit code %d, stdout %s, stderr %s", code, stdout, stderr)
	}
	code, stdout, _ = call(t, "history", "add", "--file", file, dirs[1])
	if code != 0 || !strings.HasPrefix(stdout, "replaced "+historytest.ID(1)) {
		t.Errorf("exit code %d, stdout %s", code, stdout)
	}
	for _, dir := range dirs {
		if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
			t.Errorf("%s holds %v, %v: add writes nothing there", dir, files, err)
		}
	}
}

// TestARunRecordsItself: behind its verdict, once, and a history that cannot be
// written to costs a warning and nothing of the run.
func TestARunRecordsItself(t *testing.T) {
	dirs, err := historytest.Plan{Nights: 1, Trials: 1}.Keep(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(t.TempDir(), "kettle")
	if err := os.WriteFile(bad, []byte(strings.Repeat("kettle", 1000)), 0o644); err != nil {
		t.Fatal(err)
	}
	good := filepath.Join(t.TempDir(), "new", "history.db")
	t.Setenv("PIXELLOAD_STATE", t.TempDir())
	inState := filepath.Join(os.Getenv("PIXELLOAD_STATE"), "history.db")
	for _, row := range []struct{ given, file, warning string }{
		{good, good, ""}, {good, good, ""}, {"", inState, ""}, {noHistory, "", ""}, {bad, "", "warning: the run is not in the history"},
	} {
		code, stderr := concluded(t, dirs[0], afterOptions{history: row.given})
		if code != 0 || !strings.HasPrefix(stderr, row.warning) || row.warning == "" && stderr != "" {
			t.Errorf("--history %q: exit code %d, stderr %q", row.given, code, stderr)
		}
		if _, err := os.Stat(filepath.Join(dirs[0], "verdict.json")); err != nil {
			t.Error(err)
		}
		if row.file == "" {
			continue
		}
		code, list, stderr := call(t, "history", "list", "--file", row.file)
		if code != 0 || strings.Count(list, historytest.ID(0)) != 1 {
			t.Errorf("--history %q: exit code %d, %s%s", row.given, code, list, stderr)
		}
	}
}

// concluded judges a folder as check does at its end.
func concluded(t *testing.T, dir string, o afterOptions) (code int, stderr string) {
	t.Helper()
	doc, err := loadClaims("")
	if err != nil {
		t.Fatal(err)
	}
	var out, said strings.Builder
	err = conclude(dir, doc, "table", &out, o.follow(t.Context(), &said))
	var coded exitCode
	if err != nil && !errors.As(err, &coded) {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "largest U") {
		t.Errorf("no table: %s", out.String())
	}
	return coded.code, said.String()
}

// TestHistoryIsAbsentForJudge: judging again records nothing by itself.
func TestHistoryIsAbsentForJudge(t *testing.T) {
	t.Setenv("PIXELLOAD_STATE", t.TempDir())
	if code, _, stderr := call(t, "judge", demoRun(t)); code != 0 || stderr != "" {
		t.Errorf("exit code %d, stderr %s", code, stderr)
	}
	if found, _ := os.ReadDir(os.Getenv("PIXELLOAD_STATE")); len(found) > 0 {
		t.Error(fmt.Sprint("judge left ", found))
	}
}
