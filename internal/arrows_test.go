// Package internal_test holds the direction in which data flows: target and
// users, then the run file, then what is computed from it alone.
package internal_test

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/pixeltales/pixelload"

type pkg struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string
}

// packages lists this module's packages.
func packages(t *testing.T) map[string]pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports", module+"/...")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]pkg{}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); err == io.EOF {
			return found
		} else if err != nil {
			t.Fatal(err)
		}
		found[short(p.ImportPath)] = p
	}
}

// short is a package's path within the module; the root is "".
func short(path string) string { return strings.TrimPrefix(strings.TrimPrefix(path, module), "/") }

// ours are the imports of p within this module.
func (p pkg) ours() []string {
	var in []string
	for _, path := range p.Imports {
		if path == module || strings.HasPrefix(path, module+"/") {
			in = append(in, short(path))
		}
	}
	return in
}

// arrows are, for each package, the packages of ours that it may import.
var arrows = map[string][]string{
	"internal":         {},
	"internal/memory":  {},
	"internal/stats":   {},
	"internal/persona": {},
	"internal/service": {},
	"internal/guard":   {},
	// A network for tests, in which other machines stand.
	"internal/guard/guardtest": {"internal/needed"},
	"internal/revision":        {},
	"internal/config":          {"internal/guard"}, // the hosts that the file allows
	"internal/fault":           {},
	"internal/run":             {"internal/memory"},
	"internal/run/runtest":     {"internal/memory", "internal/run"},
	"internal/account":         {"internal/run"},
	"internal/isolate":         {},
	// A checkout is what a trial starts, as the reference app in target is.
	"internal/checkout": {"internal/checkout/seeding", "internal/claim", "internal/isolate", "internal/revision", "internal/run", "internal/target"},
	"internal/target":   {"internal/claim", "internal/guard", "internal/isolate", "internal/memory", "internal/persona", "internal/run"},
	"internal/trial": {"internal/account", "internal/claim", "internal/fault", "internal/guard", "internal/memory", "internal/run",
		"internal/service", "internal/target"},
	// Explaining has an evidence of its own beside the run file: what is measured
	// here is an instrumented target, and no verdict may be made of it.
	"internal/explain":  {"internal/memory", "internal/run", "internal/stats"},
	"internal/probe":    {"internal/account", "internal/explain", "internal/guard", "internal/memory", "internal/persona", "internal/run", "internal/target"},
	"internal/capacity": {},
	"internal/campaign": {"internal/claim", "internal/memory", "internal/run", "internal/trial", "scenarios"},
	"internal/claim":    {"internal/memory", "scenarios"},
	"internal/phase":    {"internal/memory", "internal/run", "internal/stats"},
	"internal/verdict":  {"internal/claim", "internal/memory", "internal/phase", "internal/run", "internal/stats"},
	"internal/frontier": {"internal/capacity", "internal/claim", "internal/memory", "internal/phase", "internal/run", "internal/stats", "internal/verdict"},
	"internal/compare":  {"internal/memory", "internal/run", "internal/stats", "internal/verdict"},
	"internal/plan":     {"internal/claim", "internal/memory", "internal/phase", "internal/run", "internal/stats", "internal/verdict"},
	"internal/report":   {"internal/claim", "internal/compare", "internal/explain", "internal/frontier", "internal/history", "internal/memory", "internal/plan", "internal/run", "internal/verdict"},
	// What runs said over weeks is made of verdicts; only the store below it knows a file.
	"internal/history":             {"internal/memory", "internal/run", "internal/stats", "internal/verdict"},
	"internal/history/store":       {"internal/history"},
	"internal/history/historytest": {"internal/run", "internal/run/runtest"},
	"extension":                    {"internal/account", "internal/config", "internal/guard", "internal/memory", "internal/persona", "internal/run"},
	"scenarios":                    {},
	// The collector reads sources itself, and of runs only the files.
	"internal/collector": {"internal/claim", "internal/history", "internal/history/store", "internal/memory", "internal/run", "internal/verdict"},
	// The target whose memory is known is on its own, as any target is.
	"internal/calibration":           {},
	"internal/calibration/program":   {"internal/calibration"},
	"internal/calibration/calibtest": {"internal/calibration", "internal/memory", "internal/needed", "internal/target"},
	// Schemas held against the types, for tests.
	"internal/schematest": {"internal/memory"},
	// What a test needs of the machine.
	"internal/needed": {},
	// Grafana's files are made from what Prometheus has: it knows our names only.
	"dashboards": {},
	// What fills a checkout is Python that ships in a package of its own.
	"internal/checkout/seeding": {},
	// The checkout that nobody has seen is made for tests, of files alone.
	"internal/checkout/stranger": {},
	// Tests and benchmarks stand beside the flow.
	"internal/conformance": {},
	"bench":                {"internal/account"},
	"deploy":               {},
	"mutants":              {},
	"":                     {"extension"},
	"cmd/k6":               {""},
}

func TestDataFlowsOneWay(t *testing.T) {
	for name, p := range packages(t) {
		allowed, known := arrows[name]
		if name == "cmd/pixelload" {
			continue // it joins all but the extension, which the next test checks
		}
		if !known {
			t.Errorf("package %q has no arrows: add it to the table, or argue for it in docs/decisions", name)
		}
		for _, path := range p.ours() {
			if !slices.Contains(allowed, path) {
				t.Errorf("%s imports %s: data flows the other way", name, path)
			}
		}
	}
}

func TestOnlyTheExtensionLinksK6(t *testing.T) {
	for name, p := range packages(t) {
		if name == "" || name == "cmd/k6" || name == "extension" || strings.HasPrefix(name, "extension/") {
			continue
		}
		for _, path := range p.Imports {
			if strings.HasPrefix(path, "go.k6.io/") || path == module || path == module+"/extension" {
				t.Errorf("%s imports %s: only the extension links k6", name, path)
			}
		}
	}
}

// TestTheVerdictIsAFunctionOfTheFile bans network, processes and clocks right
// of the run file.
func TestTheVerdictIsAFunctionOfTheFile(t *testing.T) {
	banned := []string{"net", "net/http", "os/exec", "syscall", "math/rand", "math/rand/v2", "crypto/rand"}
	all := packages(t)
	for _, name := range []string{"internal/stats", "internal/phase", "internal/claim", "internal/explain", "internal/verdict", "internal/frontier", "internal/plan", "internal/report"} {
		p, ok := all[name]
		if !ok {
			t.Errorf("package %s is gone: this test guards nothing", name)
		}
		for _, path := range p.Imports {
			if slices.Contains(banned, path) {
				t.Errorf("%s imports %s", name, path)
			}
		}
		for _, file := range p.GoFiles {
			source, err := os.ReadFile(filepath.Join(p.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			for _, clock := range []string{"time.Now(", "time.Since(", "time.After(", "time.Sleep("} {
				if strings.Contains(string(source), clock) {
					t.Errorf("%s/%s calls %s)", name, file, clock)
				}
			}
		}
	}
}
