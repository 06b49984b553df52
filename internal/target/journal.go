package target

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/google/renameio/v2"

	"github.com/pixeltales/pixelload/internal/memory"
)

// proc is where procfs is mounted.
const proc = "/proc"

// A Journal is a folder that holds a file for each run that has something to
// clean up. A run that is killed leaves its file; the next one reads it.
type Journal struct{ dir string }

// OpenJournal names the folder of the journal; Begin makes it.
func OpenJournal(dir string) *Journal { return &Journal{dir: dir} }

// An Entry is one run's file in the journal. What is added is on disk before
// the call returns. The methods may be called on a nil Entry, which keeps
// nothing, and by several goroutines.
type Entry struct {
	path string
	mu   sync.Mutex
	held record
}

// record is what the file holds.
type record struct {
	Harness   process   `json:"harness"`
	Processes []process `json:"processes,omitempty"`
	Cgroups   []string  `json:"cgroups,omitempty"` // in the order they were made
	Paths     []string  `json:"paths,omitempty"`
}

// A process is one that lives or lived: a number and a start time, in clock
// ticks since the machine booted, are not used twice.
type process struct {
	PID   int    `json:"pid"`
	Start uint64 `json:"start"`
}

func (p process) alive() bool {
	stat, err := memory.ReadProcess(proc, p.PID)
	return err == nil && stat.Start == p.Start
}

func identify(pid int) (process, error) {
	stat, err := memory.ReadProcess(proc, pid)
	return process{PID: pid, Start: stat.Start}, err
}

// Begin adds an entry for the run of this process.
func (j *Journal) Begin(runID string) (*Entry, error) {
	if err := os.MkdirAll(j.dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the journal: %w", err)
	}
	self, err := identify(os.Getpid())
	if err != nil {
		return nil, fmt.Errorf("beginning a journal entry: %w", err)
	}
	name := fmt.Sprintf("%s-%d.json", filepath.Base(runID), self.PID)
	e := &Entry{path: filepath.Join(j.dir, name), held: record{Harness: self}}
	return e, e.save()
}

// AddProcess notes a process that must not outlive the run.
func (e *Entry) AddProcess(pid int) error {
	p, err := identify(pid)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it has ended already
	}
	if err != nil {
		return err
	}
	return e.change(func(r *record) { r.Processes = append(r.Processes, p) })
}

// AddCgroup notes a cgroup directory that is about to be made.
func (e *Entry) AddCgroup(path string) error {
	return e.change(func(r *record) { r.Cgroups = append(r.Cgroups, path) })
}

// AddPath notes a file or folder that must not outlive the run.
func (e *Entry) AddPath(path string) error {
	return e.change(func(r *record) { r.Paths = append(r.Paths, path) })
}

// dropTarget forgets a target that was cleaned up behind.
func (e *Entry) dropTarget(pid int, cgroups []string) error {
	return e.change(func(r *record) {
		r.Processes = slices.DeleteFunc(r.Processes, func(p process) bool { return p.PID == pid })
		r.Cgroups = slices.DeleteFunc(r.Cgroups, func(dir string) bool { return slices.Contains(cgroups, dir) })
	})
}

// Close removes the entry. When something that it names is still there, the
// entry stays for the next Clean, and the error says what.
func (e *Entry) Close() error {
	if e == nil {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if left := e.held.left(); len(left) > 0 {
		return fmt.Errorf("left behind, for pixelload doctor --clean: %s", strings.Join(left, ", "))
	}
	if err := os.Remove(e.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("closing the journal entry: %w", err)
	}
	return nil
}

// left names what is still there of what the record holds.
func (r record) left() (names []string) {
	for _, p := range r.Processes {
		if p.alive() {
			names = append(names, fmt.Sprint("process ", p.PID))
		}
	}
	for _, path := range slices.Concat(r.Cgroups, r.Paths) {
		if _, err := os.Lstat(path); err == nil {
			names = append(names, path)
		}
	}
	return names
}

func (e *Entry) change(do func(*record)) error {
	if e == nil {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	do(&e.held)
	return e.save()
}

func (e *Entry) save() error {
	data, err := json.Marshal(e.held)
	if err == nil {
		err = renameio.WriteFile(e.path, data, 0o600)
	}
	if err != nil {
		return fmt.Errorf("writing the journal: %w", err)
	}
	return nil
}

// Clean removes what runs have left behind whose process lives no more, and
// returns a word for each thing that it removed. An entry that could not be
// cleaned wholly stays.
func (j *Journal) Clean() (removed []string, err error) {
	files, err := filepath.Glob(filepath.Join(j.dir, "*.json"))
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, path := range files {
		words, err := cleanEntry(path)
		removed = append(removed, words...)
		errs = append(errs, err)
	}
	return removed, errors.Join(errs...)
}

func cleanEntry(path string) (removed []string, err error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // its run has just ended
	}
	if err != nil {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	var r record
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("parsing the journal's %s (remove it by hand): %w", path, err)
	}
	if r.Harness.alive() {
		return nil, nil
	}
	if removed, err = r.clean(); err != nil {
		return removed, err
	}
	return removed, os.Remove(path)
}

// clean undoes a record: processes first, since they hold the cgroups and
// files.
func (r record) clean() (removed []string, err error) {
	var errs []error
	note := func(kind, name string, err error) {
		errs = append(errs, err)
		if err == nil {
			removed = append(removed, kind+" "+name)
		}
	}
	for _, p := range r.Processes {
		if p.alive() {
			note("process", fmt.Sprint(p.PID), syscall.Kill(p.PID, syscall.SIGKILL))
		}
	}
	for _, dir := range r.Cgroups {
		if _, err := os.Stat(dir); err == nil {
			g := &group{memory: dir}
			note("cgroup", dir, errors.Join(g.kill(), g.remove()))
		}
	}
	for _, path := range r.Paths {
		if _, err := os.Lstat(path); err == nil {
			note("path", path, os.RemoveAll(path))
		}
	}
	return removed, errors.Join(errs...)
}
