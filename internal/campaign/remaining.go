package campaign

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/trial"
)

// aside is the folder, in a campaign's, for trials that were interrupted. They
// are kept and not judged.
const aside = "interrupted"

// unusable is the folder for trials that the harness has spoilt. What is in it is
// not done a third time.
const unusable = "unusable"

// Remaining returns the slots whose trials the folder does not hold yet. A
// trial that was interrupted or cut, or whose generator died, is put aside and is
// to be done again; a target that was killed, or died, is a result. So is, once,
// a trial that spoilt gives a reason for: the harness's own failure, and never what
// was measured. like is what the next trial's header will say: trials of another
// campaign, machine, target or build are an error, for they are no series together.
func Remaining(dir string, slots []Slot, like run.Header, spoilt func(*run.Run) string) ([]Slot, error) {
	var left []Slot
	for _, s := range slots {
		done, err := isDone(trial.Path(dir, s.Number), like, spoilt)
		if err != nil {
			return nil, fmt.Errorf("going on with the campaign in %s: %w", dir, err)
		}
		if !done {
			left = append(left, s)
		}
	}
	return left, nil
}

func isDone(path string, like run.Header, spoilt func(*run.Run) string) (bool, error) {
	r, err := run.Read(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil: // not even a header
		return false, PutAside(path)
	case r.End == nil || r.End.Outcome == run.Interrupted || r.End.Outcome == run.GeneratorDied:
		return false, PutAside(path)
	}
	if err := differs(r.Header, like); err != nil || spoilt(r) == "" {
		return true, err
	}
	again, err := putOnce(path)
	return !again, err
}

// putOnce moves a spoilt run file away; false when that was done with this trial
// before, and the file stays.
func putOnce(path string) (bool, error) {
	dir := filepath.Join(filepath.Dir(path), unusable)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return false, err
	}
	to := filepath.Join(dir, filepath.Base(path))
	if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	return true, os.Rename(path, to)
}

// differs names what keeps a trial from being in one campaign with like.
func differs(h, like run.Header) error {
	what, was, isIt := h.Unlike(like)
	switch {
	case h.Campaign != like.Campaign:
		what, was, isIt = "campaign", h.Campaign, like.Campaign
	case what == "" && h.FailOn != like.FailOn:
		what, was, isIt = "--fail-on", h.FailOn, like.FailOn
	}
	if what == "" {
		return nil
	}
	return fmt.Errorf("trial %d was done with another %s (%v, now %v): choose another folder with --out", h.Trial, what, was, isIt)
}

// PutAside moves a run file to where it is kept and not judged, under the first
// name that is free.
func PutAside(path string) error {
	dir := filepath.Join(filepath.Dir(path), aside)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for n := 1; ; n++ {
		to := filepath.Join(dir, fmt.Sprintf("%d-%s", n, filepath.Base(path)))
		if _, err := os.Lstat(to); errors.Is(err, fs.ErrNotExist) {
			return os.Rename(path, to)
		}
	}
}
