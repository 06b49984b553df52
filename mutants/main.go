// Command mutants breaks pixelload in known ways, one after another, and sees
// whether its own tests notice. Sources are never touched: the compiler gets the
// edited file in an overlay (go help build, -overlay).
//
// It exits 1 unless every mutant is caught.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// mutant is one way to break pixelload.
type mutant struct {
	Name    string   `yaml:"name"`
	File    string   `yaml:"file"`
	Was     string   `yaml:"was"`
	Becomes string   `yaml:"becomes"`
	Tests   []string `yaml:"tests"`
}

func main() {
	caught, all, err := run("mutants/mutants.yaml")
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
	fmt.Printf("%d of %d caught\n", caught, all)
	if caught < all {
		os.Exit(1)
	}
}

func run(path string) (caught, all int, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, 0, fmt.Errorf("reading the list (run at the root of the repository): %w", err)
	}
	var list struct {
		Mutants []mutant `yaml:"mutants"`
	}
	if err := yaml.UnmarshalWithOptions(data, &list, yaml.Strict()); err != nil {
		return 0, 0, fmt.Errorf("%s: %w", path, err)
	}
	if err := unbroken(list.Mutants); err != nil {
		return 0, 0, err
	}
	for _, m := range list.Mutants {
		begun := time.Now()
		by, err := m.caughtBy()
		if err != nil {
			return 0, 0, fmt.Errorf("%s: %w", m.Name, err)
		}
		if by != "" {
			caught++
		} else {
			by = "NOT CAUGHT"
		}
		fmt.Printf("%-42s %-34s %5.1f s  %s\n", m.Name, m.File, time.Since(begun).Seconds(), by)
	}
	return caught, len(list.Mutants), nil
}

// unbroken makes sure that the tests pass without a mutant: else anything would
// count as caught.
func unbroken(mutants []mutant) error {
	packages := map[string]bool{}
	args := []string{"test"}
	for _, m := range mutants {
		for _, p := range m.Tests {
			if !packages[p] {
				packages[p], args = true, append(args, p)
			}
		}
	}
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("the tests fail without a mutant: %w\n%s", err, out)
	}
	return nil
}

// caughtBy returns the first test that fails under the mutant; "" for none.
func (m mutant) caughtBy() (string, error) {
	dir, err := os.MkdirTemp("", "pixelload-mutant-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	overlay, err := m.overlay(dir)
	if err != nil {
		return "", err
	}
	// A mutant that does not compile would be caught by nothing but the compiler.
	if out, err := exec.Command("go", "build", "-overlay", overlay, "./"+filepath.Dir(m.File)).CombinedOutput(); err != nil {
		return "", fmt.Errorf("it does not compile: %w\n%s", err, out)
	}
	out, err := exec.Command("go", append([]string{"test", "-failfast", "-overlay", overlay}, m.Tests...)...).CombinedOutput()
	if err == nil {
		return "", nil
	}
	for line := range strings.Lines(string(out)) {
		if name, found := strings.CutPrefix(strings.TrimSpace(line), "--- FAIL: "); found {
			return strings.Fields(name)[0], nil
		}
	}
	return "", fmt.Errorf("no test failed, and go test did: %w\n%s", err, out)
}

// overlay writes the edited file into dir, and the file that tells the compiler.
func (m mutant) overlay(dir string) (string, error) {
	source, err := os.ReadFile(m.File)
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(source), m.Was); n != 1 {
		return "", fmt.Errorf("%q stands %d times in %s, want once: the list is behind the source", m.Was, n, m.File)
	}
	original, err := filepath.Abs(m.File)
	if err != nil {
		return "", err
	}
	edited := filepath.Join(dir, filepath.Base(m.File))
	if err := os.WriteFile(edited, []byte(strings.Replace(string(source), m.Was, m.Becomes, 1)), 0o600); err != nil {
		return "", err
	}
	tell, err := json.Marshal(map[string]map[string]string{"Replace": {original: edited}})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, tell, 0o600)
}
