package main

import (
	"cmp"
	"fmt"
	"path/filepath"
)

// makeRunDir makes the run's folder, which must hold no run yet.
func makeRunDir(out, id string) (string, error) {
	dir := cmp.Or(out, filepath.Join("runs", id))
	if err := makeWritable(dir); err != nil {
		return "", fmt.Errorf("making the run's folder (choose another with --out): %w", err)
	}
	for _, pattern := range []string{"trial-*.ndjson", "verdict.json", claimsFile, heldAgainst} {
		if found := filesIn(dir, pattern); len(found) > 0 {
			return "", fmt.Errorf("%s holds a run already (%s): choose another folder with --out", dir, filepath.Base(found[0]))
		}
	}
	return dir, nil
}

func filesIn(dir, pattern string) []string {
	if dir == "" {
		return nil
	}
	found, _ := filepath.Glob(filepath.Join(dir, pattern)) // the patterns are right
	return found
}
