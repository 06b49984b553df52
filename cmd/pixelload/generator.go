package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// findK6 returns the k6 that carries the extension: K6_BIN, the one beside
// this program, or the one on PATH.
func findK6(ctx context.Context) (string, error) {
	path, err := locateK6()
	if err != nil {
		return "", err
	}
	out, err := exec.CommandContext(ctx, path, "version").Output()
	if err != nil {
		return "", fmt.Errorf("running %s version: %w", path, err)
	}
	if !bytes.Contains(out, []byte("k6/x/pixeltales")) {
		return "", fmt.Errorf("%s is a k6 without k6/x/pixeltales: run `make build`, or set K6_BIN", path)
	}
	return path, nil
}

func locateK6() (string, error) {
	if path := os.Getenv("K6_BIN"); path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("K6_BIN: %w", err)
		}
		return filepath.Abs(path)
	}
	if self, err := os.Executable(); err == nil {
		if path := filepath.Join(filepath.Dir(self), "k6"); isFile(path) {
			return path, nil
		}
	}
	path, err := exec.LookPath("k6")
	if errors.Is(err, exec.ErrNotFound) {
		return "", errors.New("no k6 beside pixelload or on PATH: run `make build`, or set K6_BIN")
	}
	return path, err
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
