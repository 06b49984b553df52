package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	causes "github.com/pixeltales/pixelload/internal/explain"
)

// Ctrl-C leaves what was measured until then, as table, document and page, and
// nothing else.
func TestLongExplainInterrupted(t *testing.T) {
	long(t)
	census(t)
	dir := t.TempDir()
	p := pixelload(t, "explain", "--data", "stories=3,drawn=1,words=10", "--out", dir)
	p.until(t, "call 4 of")
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	p.expectExit(t, exitInterrupted)
	d := readExplained(t, dir)
	if d.Outcome != causes.Interrupted || len(d.Rows) < 2 || len(d.Evidence.Start) == 0 {
		t.Errorf("%s with %d rows, start %v; want the calls that were measured", d.Outcome, len(d.Rows), d.Evidence.Start)
	}
	if !strings.Contains(p.stdout.String(), "GET /api/stories/?public=true") || !strings.Contains(p.stdout.String(), "interrupted") {
		t.Errorf("stdout lacks what was measured:\n%s", &p.stdout)
	}
	if info, err := os.Stat(filepath.Join(dir, explainedPage)); err != nil || info.Size() == 0 {
		t.Errorf("the page: %v", err)
	}
}

// A whole run on the reference app ends in time and leaves out nothing that has
// no reason; heavy data's public list and its garbage come first.
func TestLongExplainHeavy(t *testing.T) {
	long(t)
	census(t)
	dir := t.TempDir()
	pixelload(t, "explain", "--data", "heavy", "--out", dir).expect(t, 0)
	d := readExplained(t, dir)
	if len(d.Rows) == 0 || d.Rows[0].Name != "stories_public" || d.Rows[0].Kind != causes.Garbage {
		t.Fatalf("first %+v, want the public list and cyclic garbage", d.Rows)
	}
	if d.Outcome != causes.Complete || len(d.Personas) == 0 || d.Evidence.NoHook != "" {
		t.Errorf("%s, %d personas, no hook %q", d.Outcome, len(d.Personas), d.Evidence.NoHook)
	}
	for _, s := range d.Evidence.Subjects {
		if s.Name == d.Rows[0].Name && (s.Anatomy == nil || len(s.Anatomy.Loops) == 0 || len(s.Anatomy.Lines) == 0) {
			t.Errorf("what the first leaves was not looked into: %+v", s.Anatomy)
		}
	}
}

func readExplained(t *testing.T, dir string) causes.Document {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, explainedFile))
	if err != nil {
		t.Fatal(err)
	}
	var d causes.Document
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	return d
}
