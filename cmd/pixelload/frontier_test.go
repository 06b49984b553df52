package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/capacity"
	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/target"
	"github.com/pixeltales/pixelload/internal/trial"
)

// The default grid is told to take 90 minutes at most, as promised.
func TestDefaultFrontierTakesNinetyMinutesAtMost(t *testing.T) {
	f := frontierSearch{grid: capacityOptions{check: checkOptions{users: usersFlag{1, 2, 3, 5, 8, 10}}, mibs: mibsFlag{1, 2, 4, 8, 16, 32, 64}}.grid(claim.Plan{Name: "free"})}
	stairs := capacity.Staircase{Users: f.grid.Users, Rows: len(f.grid.Data), Confirm: 2}
	trials, most := stairs.Left(nil, f.cost)
	t.Logf("at most %d trials and %v", trials, most)
	if most > 90*time.Minute || most < 30*time.Minute {
		t.Errorf("at most %v, want 30 to 90 minutes", most)
	}
}

func TestRowsOf(t *testing.T) {
	rows := rowsOf([]float64{1, 6.2, 64})
	for i, want := range []string{"stories=30,drawn=1,words=1000", "stories=30,drawn=10,words=1000", "stories=105,drawn=105,words=1000"} {
		if rows[i].Name != want {
			t.Errorf("%g MiB are %s, want %s", rows[i].MiB, rows[i].Name, want)
		}
		if err := target.CheckData(rows[i].Name); err != nil {
			t.Error(err)
		}
	}
}

func TestFrontierFlags(t *testing.T) {
	for _, args := range []string{
		"--frontier --data heavy", "--frontier --most 3", "--users 1,3", "--data-mib 1,4", "--quick", "--frontier --users 0,3",
		"--frontier --users 3,1", "--frontier --data-mib 4,1", "--frontier --data-mib 1,1.1", "--frontier --data-mib NaN", "--frontier --data-mib 0",
		"--frontier --data-mib 1,", "--frontier --trials 0", "--frontier --plan gold",
	} {
		var stdout, stderr bytes.Buffer
		if code := execute(append([]string{"capacity"}, strings.Fields(args)...), &stdout, &stderr); code != exitBadInput {
			t.Errorf("capacity %s: exit code %d, want %d: %s", args, code, exitBadInput, &stderr)
		}
		if strings.Count(strings.TrimSpace(stderr.String()), "\n") != 0 || stderr.Len() == 0 {
			t.Errorf("capacity %s: stderr %q, want one line", args, &stderr)
		}
	}
}

// mapped is a folder with a whole search: two rows, of which the second one's
// second step was killed.
func mapped(t *testing.T) string {
	t.Helper()
	grid := &run.Frontier{Plan: "free", Users: []int{3, 10}, Data: []run.Row{{Name: "a", MiB: 4}, {Name: "b", MiB: 48}}}
	dir := t.TempDir()
	for i, row := range grid.Data {
		r := runtest.Healthy(i+1, i+1, runtest.Levels{0: 80, 3: 120, 10: 160})
		r.Header.Frontier, r.Header.BudgetBytes, r.Header.Quick, r.Header.Campaign = grid, 0, false, "test"
		r.Header.Data.Name = row.Name
		if i == 1 {
			runtest.Killed(r, 75)
		}
		storeRun(t, trial.Path(dir, i+1), r)
	}
	return dir
}

// Judging a search again makes its map, the same bytes each time.
func TestJudgeMakesTheMapAgain(t *testing.T) {
	dir := mapped(t)
	kept := map[string]string{}
	for range 2 {
		var stdout, stderr bytes.Buffer
		if code := execute([]string{"judge", dir}, &stdout, &stderr); code != 0 || !strings.Contains(stdout.String(), "48 MiB") {
			t.Fatalf("exit code %d, want 0 and the map\n%s%s", code, &stdout, &stderr)
		}
		for _, name := range []string{"frontier.json", "frontier.svg", "frontier.html", "verdict.json"} {
			data, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if was, again := kept[name]; again && was != string(data) {
				t.Errorf("%s differs", name)
			}
			kept[name] = string(data)
		}
	}
	for format, name := range map[string]string{"svg": "frontier.svg", "json": "frontier.json", "html": "frontier.html"} {
		var stdout, stderr bytes.Buffer
		if code := execute([]string{"report", dir, "--format", format}, &stdout, &stderr); code != 0 || stdout.String() != kept[name] {
			t.Errorf("report --format %s: exit code %d, and not %s: %s", format, code, name, &stderr)
		}
	}
	if err := os.Remove(trial.Path(dir, 2)); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	if code := execute([]string{"judge", dir}, &stdout, &stderr); code != 3 || !strings.Contains(stdout.String(), "CANNOT TELL") {
		t.Errorf("a part of a search: exit code %d, want 3\n%s", code, &stdout)
	}
}

// A run that is no search has no picture.
func TestOnlyAFrontierHasAPicture(t *testing.T) {
	dir := stored(t, runtest.Healthy(1, 1, runtest.Levels{0: 80, 3: 120, 10: 160}))
	var stdout, stderr bytes.Buffer
	if code := execute([]string{"report", filepath.Join(dir, "search", "a"), "--format", "svg"}, &stdout, &stderr); code != exitBadInput || !strings.Contains(stderr.String(), "--frontier") {
		t.Errorf("exit code %d, %q: want %d and how to make one", code, &stderr, exitBadInput)
	}
}

// A folder of another run, or of another search, is not gone on with, and stays as
// it is; what was interrupted is put aside.
func TestResume(t *testing.T) {
	dir := mapped(t)
	whole, err := run.Read(trial.Path(dir, 1))
	if err != nil {
		t.Fatal(err)
	}
	search := func() (*frontierSearch, *trial.Plan) {
		f := &frontierSearch{grid: *whole.Header.Frontier}
		f.dir = dir
		return f, &trial.Plan{Header: whole.Header, Limit: whole.Header.LimitBytes}
	}
	f, like := search()
	if err := f.resume(like); err != nil || len(f.seen) != 2 || f.last != 2 || f.seen[1].Memory != (capacity.Found{Holds: 3, Fails: 10}) {
		t.Errorf("resumed %+v after trial %d: %v", f.seen, f.last, err)
	}
	f, like = search()
	like.Header.Seed++
	if err := f.resume(like); err == nil || !strings.Contains(err.Error(), "another seed") {
		t.Errorf("another seed: %v", err)
	}
	cut := *whole
	cut.Header.Trial = 3
	cut.End = &run.End{Outcome: run.Interrupted}
	storeRun(t, trial.Path(dir, 3), &cut)
	f, like = search()
	if err := f.resume(like); err != nil || len(f.seen) != 2 || f.last != 2 {
		t.Errorf("resumed %+v after trial %d: %v", f.seen, f.last, err)
	}
	if aside := filesIn(filepath.Join(dir, "interrupted"), "*.ndjson"); len(aside) != 1 {
		t.Errorf("put aside %v, want the interrupted one", aside)
	}
	storeRun(t, trial.Path(dir, 4), runtest.Healthy(4, 4, runtest.Levels{0: 80}))
	f, like = search()
	if err := f.resume(like); err == nil || !strings.Contains(err.Error(), "another run") {
		t.Errorf("another run's folder: %v", err)
	}
}
