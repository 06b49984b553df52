package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/pixeltales/pixelload/internal/claim"
)

// claimsFile is the name of the copy that a run keeps of its own claims.
const claimsFile = "claims.yaml"

// loadClaims returns the built-in document, with the claims of the file in
// place of its own when there is one.
func loadClaims(path string) (*claim.Document, error) {
	doc, err := claim.Load()
	if err != nil || path == "" {
		return doc, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading claims: %w", err)
	}
	own, err := claim.Parse(path, data)
	if err != nil {
		return nil, err
	}
	return doc.With(own)
}

// keepClaims copies the claims into the run's folder, so that it is judged by
// them ever after.
func keepClaims(path, dir string) error {
	if path == "" {
		return nil
	}
	data, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, claimsFile), data, 0o644)
	}
	if err != nil {
		return fmt.Errorf("keeping the claims with the run: %w", err)
	}
	return nil
}

// claimsOf returns what the run in dir is judged by.
func claimsOf(dir, path string) (*claim.Document, error) {
	if kept := filepath.Join(dir, claimsFile); path == "" && isFile(kept) {
		path = kept
	}
	return loadClaims(path)
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}
