package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
)

// stored writes runs as run files, each in a folder of its own.
func stored(t *testing.T, runs ...*run.Run) string {
	t.Helper()
	dir := t.TempDir()
	for i, r := range runs {
		folder := filepath.Join(dir, "search", string(rune('a'+i)))
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		storeRun(t, filepath.Join(folder, "trial-01.ndjson"), r)
	}
	return dir
}

// storeRun writes a run file.
func storeRun(t *testing.T, path string, r *run.Run) {
	t.Helper()
	if err := runtest.WriteFile(path, r); err != nil {
		t.Fatal(err)
	}
}

func TestPlanReadsWhatIsStored(t *testing.T) {
	held, again := runtest.Healthy(1, 3, runtest.Levels{0: 80, 3: 120, 10: 160}), runtest.Healthy(2, 3, runtest.Levels{0: 80, 3: 118, 10: 166})
	shared := runtest.Healthy(3, 3, runtest.Levels{0: 80, 3: 120, 10: 160})
	shared.Header.CPUs = 0.1
	other := runtest.Healthy(1, 1, runtest.Levels{0: 80, 3: 120, 10: 160})
	other.Header.Started, other.Header.Target.Ref = other.Header.Started.AddDate(-1, 0, 0), "older"
	dir := stored(t, held, again, shared, other)
	if err := os.WriteFile(filepath.Join(dir, "trial-99.ndjson"), []byte("no run\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]int{
		"--users 10 --data-mib 6":                   0,
		"--users 10 --data-mib 60":                  3,
		"--plan free":                               0,
		"--plan free --variant after":               3,
		"--users 10":                                exitBadInput,
		"--users 0 --data-mib 6":                    exitBadInput,
		"--data-mib NaN --plan free":                exitBadInput,
		"":                                          exitBadInput,
		"--plan gold":                               exitBadInput,
		"--plan free --variant gold":                exitBadInput,
		"--plan free --runs " + dir + "/nowhere":    3,
		"--plan free --runs " + dir + "/search/a/x": 3,
	} {
		var stdout, stderr bytes.Buffer
		fields := append([]string{"plan", "--runs", dir}, strings.Fields(args)...)
		if code := execute(fields, &stdout, &stderr); code != want {
			t.Errorf("plan %s: exit code %d, want %d\n%s%s", args, code, want, &stdout, &stderr)
		}
	}
	var stdout, stderr bytes.Buffer
	execute([]string{"plan", "--runs", dir, "--users", "10", "--data-mib", "6", "--format", "json"}, &stdout, &stderr)
	var answer struct {
		Smallest struct{ Plan string }
		Trials   int
		LeftOut  int `json:"left_out"`
	}
	if err := json.Unmarshal(stdout.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	if answer.Smallest.Plan != "free" || answer.Trials != 3 || answer.LeftOut != 1 {
		t.Errorf("%+v, want plan free by three trials, the older build left out", answer)
	}
	if !strings.Contains(stderr.String(), "trial-99.ndjson") {
		t.Errorf("stderr %q does not say which file could not be read", &stderr)
	}
}
