package run

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
)

// ErrNoRuns says that a folder holds no run file.
var ErrNoRuns = errors.New("no trial-*.ndjson here")

// ErrNewer says that a newer pixelload wrote the file.
var ErrNewer = errors.New("use a newer pixelload")

// Run is the content of one run file.
type Run struct {
	Path    string // as given to Read; empty for a run that was not read
	Header  Header
	Marks   []Mark
	Samples []Sample
	Users   []Users
	Events  []Event
	// End is nil when the file was cut: its writer was killed or the disk full.
	End *End
	// DroppedBytes is what could not be read behind the first bad line.
	DroppedBytes int64
	// Unreadable says why ReadDir could not read as much as the header: then
	// nothing is known but the path. It is empty for every run that was read.
	Unreadable string
}

// ReadDir reads all run files of the folder, in the order of their trials, the
// unreadable ones last. A file of a newer version is an error.
func ReadDir(dir string) ([]*Run, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("reading runs: %w", err)
	}
	paths, err := filepath.Glob(filepath.Join(dir, "trial-*.ndjson"))
	if err != nil {
		return nil, fmt.Errorf("reading runs: %w", err)
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("reading runs in %s: %w", dir, ErrNoRuns)
	}
	runs := make([]*Run, len(paths))
	var reading errgroup.Group
	reading.SetLimit(runtime.GOMAXPROCS(0))
	for i, path := range paths {
		reading.Go(func() (err error) {
			runs[i], err = Read(path)
			var none headless
			if errors.As(err, &none) {
				runs[i], err = &Run{Path: path, Unreadable: none.Error()}, nil
			}
			return err
		})
	}
	if err := reading.Wait(); err != nil {
		return nil, err
	}
	slices.SortStableFunc(runs, func(a, b *Run) int {
		if (a.Unreadable == "") != (b.Unreadable == "") {
			return cmp.Compare(len(a.Unreadable), len(b.Unreadable))
		}
		return cmp.Compare(a.Header.Trial, b.Header.Trial)
	})
	return runs, nil
}

// Read reads the file at path up to its first bad line. Only a file without a
// readable header, or of a newer version, is an error.
func Read(path string) (*Run, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading run file: %w", err)
	}
	defer file.Close()
	r, err := parse(file)
	if err != nil {
		return nil, fmt.Errorf("reading run file %s: %w", path, err)
	}
	r.Path = path
	return r, nil
}

// ReadHeader reads the header of the file at path and nothing else of it.
func ReadHeader(path string) (Header, error) {
	file, err := os.Open(path)
	if err != nil {
		return Header{}, fmt.Errorf("reading run file: %w", err)
	}
	defer file.Close()
	line, err := bufio.NewReader(io.LimitReader(file, maxHeader)).ReadBytes('\n')
	if err == nil {
		var r Run
		if err = r.add(1, line); err == nil {
			return r.Header, nil
		}
	}
	return Header{}, fmt.Errorf("reading run file %s: line 1: %w", path, err)
}

// maxHeader is how long a header may be, in bytes.
const maxHeader = 1 << 20

// headless is why a file has no header that can be read.
type headless struct{ error }

func parse(in io.Reader) (*Run, error) {
	r := &Run{}
	lines := bufio.NewReaderSize(in, 1<<16)
	for n := 1; ; n++ {
		line, readErr := lines.ReadBytes('\n')
		if readErr != nil && readErr != io.EOF {
			return nil, readErr
		}
		if len(line) == 0 {
			break
		}
		err := r.add(n, line)
		switch {
		case n == 1 && errors.Is(err, ErrNewer):
			return nil, err
		case n == 1 && err != nil:
			return nil, headless{fmt.Errorf("line 1: %w", err)}
		}
		if err != nil {
			rest, err := io.Copy(io.Discard, lines)
			r.DroppedBytes = int64(len(line)) + rest
			if err != nil {
				return nil, err
			}
			break
		}
	}
	if r.Header.Version == 0 {
		return nil, headless{errors.New("no header: the file is empty")}
	}
	return r, nil
}

// add appends the line, which must be whole and of the known shape.
func (r *Run) add(n int, line []byte) error {
	if n == 1 {
		// A newer version may be sealed and shaped otherwise: say that first.
		var version struct{ Header struct{ Version int } }
		if err := json.Unmarshal(line, &version); err != nil {
			return fmt.Errorf("not a run file: %w", err)
		}
		if v := version.Header.Version; v > Version {
			return fmt.Errorf("format version %d is newer than this pixelload's %d: %w", v, Version, ErrNewer)
		}
	}
	object, err := unseal(line)
	if err != nil {
		return err
	}
	var l Line
	d := json.NewDecoder(bytes.NewReader(object))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil {
		return err
	}
	if (l.Header != nil) != (n == 1) || r.End != nil {
		return errors.New("a line out of place")
	}
	return r.append(l)
}

func (r *Run) append(l Line) error {
	t := 0.0
	switch {
	case l.Header != nil && l.Header.Version > 0:
		r.Header = *l.Header
	case l.Mark != nil:
		t, r.Marks = l.Mark.T, append(r.Marks, *l.Mark)
	case l.Sample != nil:
		t, r.Samples = l.Sample.T, append(r.Samples, *l.Sample)
	case l.Users != nil:
		t, r.Users = l.Users.T, append(r.Users, *l.Users)
	case l.Event != nil:
		t, r.Events = l.Event.T, append(r.Events, *l.Event)
	case l.End != nil:
		t, r.End = l.End.T, l.End
	default:
		return errors.New("a line of no known kind")
	}
	if t < 0 || math.IsInf(t, 0) {
		return fmt.Errorf("impossible time %v", t)
	}
	return nil
}
