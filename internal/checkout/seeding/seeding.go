// Package seeding fills the database of a PixelTales that pixelload has never
// seen. What does it is a Python package that ships in this one, for it must
// go through the application's own models: it runs in the application's own
// environment and settings, needs nothing but Django, recognises the
// protocol's tables by what is in them, and says what it could not find.
package seeding

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"strconv"
)

//go:embed pixelload_seed/*.py
var module embed.FS

// Write writes the Python package into the folder dir, which then belongs on
// PYTHONPATH.
func Write(dir string) error {
	if err := os.CopyFS(dir, module); err != nil {
		return fmt.Errorf("writing the seeding module: %w", err)
	}
	return nil
}

// Args are the arguments with which Python seeds the database of its settings
// and writes the manifest. The database must be migrated and empty.
func Args(data string, users int, seed uint64, manifest string) []string {
	return []string{"-m", "pixelload_seed", "--data", data, "--users", strconv.Itoa(users),
		"--seed", strconv.FormatUint(seed, 10), "--manifest", manifest}
}

// LookArgs are the arguments with which Python writes the Report of its
// settings' models to the file, without touching a database.
func LookArgs(report string) []string { return []string{"-m", "pixelload_seed", "--look", report} }

// Digest changes with the Python package: data that another one made is other data.
func Digest() (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(module, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := module.ReadFile(name)
		fmt.Fprintf(sum, "%s %d\n", name, len(text))
		sum.Write(text)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil))[:12], err
}

// Report is what the application's models were taken for.
type Report struct {
	// Found are models such as storybook.Story by what the protocol calls them:
	// user, profile, story, word, friendship, message, achievement.
	Found map[string]string `json:"found"`
	// Missing is what users will not find; empty when nothing is.
	Missing []Missing `json:"missing"`
}

// Missing is one thing that could not be found or filled.
type Missing struct {
	What  string `json:"what"`  // such as "words"
	Why   string `json:"why"`   // with the model and the field where there is one
	Costs string `json:"costs"` // what users will skip or find empty
}

// ReadReport reads the report in a manifest, or in the file of LookArgs. One
// without the list of what is missing is none: nothing missing is an empty list.
func ReadReport(path string) (*Report, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading what was found: %w", err)
	}
	var r Report
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("parsing what was found in %s: %w", path, err)
	}
	if r.Found == nil || r.Missing == nil {
		return nil, fmt.Errorf("parsing what was found: %s has no lists found and missing: a manifest of `manage.py seed` says nothing of them", path)
	}
	return &r, nil
}
