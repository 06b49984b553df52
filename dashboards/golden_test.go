package dashboards

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the files of folder grafana anew")

// made returns what the code makes of the rules as they are.
func made(t *testing.T) map[string][]byte {
	t.Helper()
	alerts, err := os.ReadFile("prometheus/rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	files, err := Files(alerts)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestCommittedFilesAreTheCodes(t *testing.T) {
	files := made(t)
	for name, want := range files {
		path := filepath.Join("grafana", name)
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what the code makes: run go test ./dashboards -update", path)
		}
	}
	// A dashboard that nobody makes any more would still be provisioned.
	found, err := fs.Glob(os.DirFS("grafana"), "dashboards/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range found {
		if files[name] == nil {
			t.Errorf("grafana/%s is made by no code: remove it", name)
		}
	}
}
