package runtest

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/pixeltales/pixelload/internal/run"
)

// Write leaves the runs in dir as a check would: a file each, named after its
// trial, which its Path then says.
func Write(dir string, runs []*run.Run) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, r := range runs {
		r.Path = filepath.Join(dir, fmt.Sprintf("trial-%02d.ndjson", r.Header.Trial))
		if err := WriteFile(r.Path, r); err != nil {
			return err
		}
	}
	return nil
}

// WriteFile writes the run's file, without an end where the run has none.
func WriteFile(path string, r *run.Run) error {
	w, err := run.Create(path, r.Header)
	if err != nil {
		return err
	}
	for i := range r.Marks {
		w.Write(run.Line{Mark: &r.Marks[i]})
	}
	for i := range r.Samples {
		w.Write(run.Line{Sample: &r.Samples[i]})
	}
	for i := range r.Users {
		w.Write(run.Line{Users: &r.Users[i]})
	}
	for i := range r.Events {
		w.Write(run.Line{Event: &r.Events[i]})
	}
	if r.End != nil {
		w.Write(run.Line{End: r.End})
	}
	return w.Close()
}
