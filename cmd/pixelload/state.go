package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"github.com/pixeltales/pixelload/internal/target"
)

// stateDir is where pixelload keeps what outlives a run: seeded databases and
// the journal of what is running.
func stateDir() (string, error) {
	if dir := os.Getenv("PIXELLOAD_STATE"); dir != "" {
		return filepath.Abs(dir)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding a folder for pixelload's state (set PIXELLOAD_STATE): %w", err)
	}
	return filepath.Join(cache, "pixelload"), nil
}

// state is the opened state folder, held by one run at a time: two runs on
// one machine would measure each other.
type state struct {
	dir     string
	lock    *flock.Flock
	journal *target.Journal
}

// openState takes the lock and cleans up behind a run that was killed.
func openState(w io.Writer) (*state, error) {
	dir, err := stateDir()
	if err != nil {
		return nil, err
	}
	if err := makeWritable(dir); err != nil {
		return nil, fmt.Errorf("making pixelload's state folder (or set PIXELLOAD_STATE): %w", err)
	}
	s := &state{dir: dir, lock: flock.New(filepath.Join(dir, "lock")), journal: target.OpenJournal(filepath.Join(dir, "journal"))}
	locked, err := s.lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", s.lock.Path(), err)
	}
	if !locked {
		return nil, fmt.Errorf("another pixelload is measuring on this machine: wait for it, or stop it")
	}
	cleaned, err := s.journal.Clean()
	for _, word := range cleaned {
		fmt.Fprintln(w, "removed", word, "of a run that was killed")
	}
	if err != nil {
		return nil, fmt.Errorf("cleaning up behind a run that was killed: %w", err)
	}
	return s, nil
}

// makeWritable makes the folder and tries whether it can be written to.
func makeWritable(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	probe, err := os.CreateTemp(dir, ".writable-")
	if err != nil {
		return err
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

func (s *state) cache() string { return filepath.Join(s.dir, "data") }

func (s *state) close() error { return s.lock.Close() }
