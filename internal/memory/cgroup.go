package memory

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// OpenCgroup opens the memory cgroup whose directory is path, for instance
// /sys/fs/cgroup/memory/docker/ID or /sys/fs/cgroup/user.slice. The files in
// the directory tell whether it is cgroup v1 or v2; the root of a v2 hierarchy
// has no figures and is refused. The Source keeps its files open and serves one
// goroutine.
func OpenCgroup(path string) (Source, error) {
	if exists(path, "memory.usage_in_bytes") {
		return openCgroup1(path)
	}
	if exists(path, "memory.current") {
		return openCgroup2(path)
	}
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("opening a memory cgroup: %w", err)
	}
	return nil, fmt.Errorf("opening a memory cgroup: %s has neither memory.usage_in_bytes (v1) nor memory.current (v2): "+
		"it is no memory cgroup, or the root of a v2 hierarchy", path)
}

func exists(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}

// opener opens a source's files one after another and remembers the first
// error.
type opener struct {
	dir   string
	files []*kernelFile
	err   error
}

func (o *opener) must(name string) *kernelFile { return o.open(name, openKernelFile) }
func (o *opener) may(name string) *kernelFile  { return o.open(name, openOptional) }

func (o *opener) open(name string, open func(dir, name string) (*kernelFile, error)) *kernelFile {
	if o.err != nil {
		return nil
	}
	f, err := open(o.dir, name)
	if err != nil {
		o.err = fmt.Errorf("opening a memory cgroup: %w", err)
	} else if f != nil {
		o.files = append(o.files, f)
	}
	return f
}

// Close closes every file that was opened.
func (o *opener) Close() error {
	var errs []error
	for _, f := range o.files {
		errs = append(errs, f.close())
	}
	return errors.Join(errs...)
}

// reader reads figures one after another and remembers the first error.
type reader struct{ err error }

// figure reads a file of one number.
func (r *reader) figure(f *kernelFile) Figure {
	if r.err != nil {
		return Figure{}
	}
	var v Figure
	v, r.err = f.figure()
	return v
}

// parse reads f and hands its text to parse.
func (r *reader) parse(f *kernelFile, parse func([]byte) error) {
	if r.err != nil {
		return
	}
	data, err := f.read()
	if err != nil {
		r.err = err
		return
	}
	if err := parse(data); err != nil {
		r.err = fmt.Errorf("parsing %s: %w", f.name, err)
	}
}
