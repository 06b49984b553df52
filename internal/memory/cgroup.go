package memory

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
)

// OpenCgroup opens the memory cgroup whose directory is path, for instance
// /sys/fs/cgroup/memory/docker/ID or /sys/fs/cgroup/user.slice. The files in
// the directory tell whether it is cgroup v1 or v2; the root of a v2 hierarchy
// has no figures and is refused. The Source keeps its files open and serves one
// goroutine.
//
// When the cgroup is removed, reading fails; when one is made again under the
// same path, reading goes on there as a new Epoch. What was killed between the
// last sample and the removal is lost: the counter goes with the cgroup. A
// cgroup does not know of restarts within it.
func OpenCgroup(path string) (Source, error) {
	c := &cgroup{dir: path}
	if err := c.open(); err != nil {
		return nil, err
	}
	return c, nil
}

// A cgroup is a path at which there is a memory cgroup at most times.
type cgroup struct {
	dir    string
	files  Source // of the present cgroup; its last one when it was removed
	epoch  Epoch
	kills  total
	closed bool
}

var _ Source = (*cgroup)(nil)

func (c *cgroup) open() error {
	info, err := os.Stat(c.dir)
	if err != nil {
		return fmt.Errorf("opening a memory cgroup: %w", err)
	}
	files, err := openVersion(c.dir)
	if err != nil {
		return err
	}
	c.files = files
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		c.epoch.ID = strconv.FormatUint(stat.Ino, 10)
	}
	return nil
}

func openVersion(dir string) (Source, error) {
	if exists(dir, "memory.usage_in_bytes") {
		return openCgroup1(dir)
	}
	if exists(dir, "memory.current") {
		return openCgroup2(dir)
	}
	return nil, fmt.Errorf("opening a memory cgroup: %s has neither memory.usage_in_bytes (v1) nor memory.current (v2): "+
		"it is no memory cgroup, or the root of a v2 hierarchy", dir)
}

func exists(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}

// Name returns "cgroup1" or "cgroup2".
func (c *cgroup) Name() string { return c.files.Name() }

// Close closes the files; reading fails from then on.
func (c *cgroup) Close() error {
	c.closed = true
	return c.files.Close()
}

// Read takes one sample.
func (c *cgroup) Read() (Sample, error) {
	s, err := c.files.Read()
	if removed(err) && !c.closed {
		s, err = c.again(err)
	}
	if err != nil {
		return Sample{}, fmt.Errorf("%s: %w", c.dir, err)
	}
	s.Epoch = c.epoch
	s.OOMKills = c.kills.of(s.OOMKills)
	return s, nil
}

// again reads the cgroup that has been made under the path of a removed one.
func (c *cgroup) again(removed error) (Sample, error) {
	old := c.files
	if err := c.open(); err != nil {
		return Sample{}, fmt.Errorf("the cgroup was removed: %w", removed)
	}
	_ = old.Close() // nothing was written
	c.kills.newLife()
	return c.files.Read()
}

// removed reports that a cgroup was removed while its files were open, or that
// there is none.
func removed(err error) bool {
	return errors.Is(err, syscall.ENODEV) || errors.Is(err, fs.ErrNotExist)
}

// A total is a counter that goes on when what it counts begins anew at zero.
type total struct{ before, last uint64 }

// of is the total when the present life's counter shows f.
func (t *total) of(f Figure) Figure {
	if !f.known {
		return f
	}
	if f.value < t.last {
		t.newLife()
	}
	t.last = f.value
	return Known(t.before + t.last)
}

func (t *total) newLife() { t.before, t.last = t.before+t.last, 0 }

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
	switch {
	case errors.Is(err, fs.ErrPermission):
		o.err = fmt.Errorf("opening a memory cgroup: %w: run pixelload as a user who may read it", err)
	case err != nil:
		o.err = fmt.Errorf("opening a memory cgroup: %w", err)
	case f != nil:
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

// A reader reads files one after another and remembers the first error. They
// share its buffer: with one for each file, what a hundred cgroups say would
// not stay in the processor's cache.
type reader struct {
	buf []byte
	err error
}

var readers = sync.Pool{New: func() any { return &reader{buf: make([]byte, 4096)} }}

// newReader returns a reader, to be given back with done.
func newReader() *reader {
	r := readers.Get().(*reader)
	r.err = nil
	return r
}

func (r *reader) done() { readers.Put(r) }

// figure reads a file of one number. The figure is unknown where the file does
// not exist (f is nil) and where it says "max".
func (r *reader) figure(f *kernelFile) (v Figure) {
	if f == nil {
		return Figure{}
	}
	r.parse(f, func(data []byte) (err error) {
		v, err = parseFigure(data)
		return err
	})
	return v
}

// parse reads f and hands its text to parse.
func (r *reader) parse(f *kernelFile, parse func([]byte) error) {
	if r.err != nil {
		return
	}
	data, err := f.read(&r.buf)
	if err != nil {
		r.err = err
		return
	}
	if err := parse(data); err != nil {
		r.err = fmt.Errorf("parsing %s: %w", f.name, err)
	}
}
