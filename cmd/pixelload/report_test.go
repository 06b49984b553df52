package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/report"
)

// demoRun is the recorded run in a folder of its own.
func demoRun(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := unpack(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestJudgeKeepsItsReports: in the run's folder, the same bytes each time.
func TestJudgeKeepsItsReports(t *testing.T) {
	dir := demoRun(t)
	read := func() map[string]string {
		t.Helper()
		if code, stdout, stderr := call(t, "judge", dir); code != 0 || !strings.Contains(stdout, "report.html") {
			t.Fatalf("exit code %d, stdout %s, stderr %s", code, stdout, stderr)
		}
		files := map[string]string{}
		for _, name := range []string{"verdict.json", "report.html", "summary.md", "junit.xml"} {
			data, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			files[name] = string(data)
		}
		return files
	}
	first, second := read(), read()
	for name := range first {
		if first[name] != second[name] {
			t.Errorf("%s differs when it is judged again", name)
		}
		if strings.Contains(first[name], dir) {
			t.Errorf("%s says where it lies: moved, it would not be the same", name)
		}
	}
}

// TestReportFormats: each goes to stdout, and with -o into a file alone.
func TestReportFormats(t *testing.T) {
	dir := demoRun(t)
	begins := map[string]string{"table": "\n PixelTales", "html": "<!doctype html>", "json": "{", "md": "## ", "junit": "<?xml", "csv": "row,"}
	of := slices.DeleteFunc(formats().of, func(name string) bool { return name == "svg" }) // of a frontier alone
	if len(of) != len(begins) {
		t.Fatalf("formats %v", of)
	}
	for _, name := range of {
		code, stdout, stderr := call(t, "report", dir, "--format", name)
		if code != 0 || stderr != "" || !strings.HasPrefix(stdout, begins[name]) {
			t.Errorf("%s: exit code %d, stderr %q, stdout %.60q", name, code, stderr, stdout)
		}
		path := filepath.Join(dir, "saved."+name)
		if code, out, _ := call(t, "report", dir, "--format", name, "-o", path); code != 0 || out != "" {
			t.Errorf("%s -o: exit code %d, stdout %.60q", name, code, out)
		}
		saved, err := os.ReadFile(path)
		if err != nil || string(saved) != stdout {
			t.Errorf("%s -o writes something else than stdout: %v", name, err)
		}
	}
	kept := slices.ContainsFunc(report.Formats, func(f report.Format) bool {
		_, err := os.Stat(filepath.Join(dir, f.File))
		return err == nil
	})
	if kept {
		t.Error("report writes into the run's folder")
	}
}
