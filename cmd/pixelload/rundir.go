package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// place is the folder of a run: out, or runs/ID here. Nothing is written into the
// app's checkout unasked: called in there, it is runs/ID of the state folder.
func (o appOptions) place(out, id string) (string, error) {
	dir := filepath.Join("runs", id)
	if out != "" || !o.holds(dir) {
		return cmp.Or(out, dir), nil
	}
	state, err := stateDir()
	return filepath.Join(state, dir), err
}

// holds reports that the path lies in the app's checkout, or in the git work
// tree that the checkout is a part of.
func (o appOptions) holds(path string) bool {
	if o.folder() == "" {
		return false
	}
	app, err := resolved(o.app)
	if err != nil {
		return false // there is no such checkout, which others say
	}
	top := app
	for dir := app; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			top = dir
			break
		}
	}
	there, err := resolved(path)
	if err != nil {
		return false
	}
	inside, err := filepath.Rel(top, there)
	return err == nil && filepath.IsLocal(inside)
}

// resolved is the absolute path without links, of which the last parts need not be
// there yet.
func resolved(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	there, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) && path != filepath.Dir(path) {
		there, err = resolved(filepath.Dir(path))
		there = filepath.Join(there, filepath.Base(path))
	}
	return there, err
}

// makeFolder makes the folder of a run. In the app's checkout, where only
// somebody's own --out leads, it tells git to ignore it: results are no change
// of the app.
func (o appOptions) makeFolder(dir string) error {
	err := makeWritable(dir)
	if err == nil && o.holds(dir) {
		err = os.WriteFile(filepath.Join(dir, ".gitignore"), []byte("*\n"), 0o644)
	}
	return err
}

// makeRunDir makes the run's folder, which must hold no run yet.
func (o appOptions) makeRunDir(out, id string) (string, error) {
	dir, err := o.place(out, id)
	if err == nil {
		err = o.makeFolder(dir)
	}
	if err != nil {
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
