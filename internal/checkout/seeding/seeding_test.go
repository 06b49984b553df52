package seeding

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWriteIsAWholePackage(t *testing.T) {
	dir := t.TempDir()
	if err := Write(dir); err != nil {
		t.Fatal(err)
	}
	sources, err := filepath.Glob("pixelload_seed/*.py")
	if err != nil || len(sources) < 10 {
		t.Fatalf("the sources are gone: %q, %v", sources, err)
	}
	for _, name := range sources {
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != string(want) {
			t.Errorf("%s is not written as it is: %v", name, err)
		}
	}
	if err := Write(filepath.Join(dir, "pixelload_seed", "__init__.py")); err == nil {
		t.Error("writing into a file is no error")
	}
	if digest, err := Digest(); err != nil || len(digest) != 12 {
		t.Errorf("Digest() = %q, %v; want 12 digits", digest, err)
	}
}

func TestReportErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "manifest.json")
	if _, err := ReadReport(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v does not name %s", err, path)
	}
	for text, want := range map[string]string{
		"{":                           "parsing",
		`{"data":{}}`:                 "no lists found and missing",
		`{"found":{},"missing":null}`: "no lists found and missing",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadReport(path); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), want) {
			t.Errorf("ReadReport of %s = %v; want an error with the path and %q", text, err, want)
		}
	}
	whole := `{"found":{"word":"a.Word"},"missing":[{"what":"w","why":"y","costs":"c"}],"password":"p"}`
	if err := os.WriteFile(path, []byte(whole), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := ReadReport(path)
	if err != nil || r.Found["word"] != "a.Word" || r.Missing[0] != (Missing{"w", "y", "c"}) {
		t.Errorf("ReadReport = %+v, %v", r, err)
	}
}
