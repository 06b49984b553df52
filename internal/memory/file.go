package memory

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// A kernelFile is one small file of /sys or /proc that is kept open and read
// again from its start. The kernel makes the whole text anew for each read at
// offset 0, so a single pread is both the cheapest and the only consistent
// way; os.File.ReadAt would ask a second time for the end of the file, which
// doubles the cost. It serves one goroutine.
type kernelFile struct {
	name string
	file *os.File
	fd   int // the file's; -1 once it is closed
}

// openKernelFile opens the file name in dir.
func openKernelFile(dir, name string) (*kernelFile, error) {
	file, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return nil, err // an *fs.PathError: it says "open PATH: reason"
	}
	return &kernelFile{name: name, file: file, fd: int(file.Fd())}, nil
}

// openOptional is openKernelFile for a file that not every kernel has: it
// returns nil where the file does not exist.
func openOptional(dir, name string) (*kernelFile, error) {
	f, err := openKernelFile(dir, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return f, err
}

// read returns the file's text. It is in buf, which is replaced by a larger one
// where it is too small.
func (f *kernelFile) read(buf *[]byte) ([]byte, error) {
	if f.fd < 0 {
		return nil, fmt.Errorf("reading %s: %w", f.name, os.ErrClosed)
	}
	for {
		switch n, err := syscall.Pread(f.fd, *buf, 0); {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return nil, fmt.Errorf("reading %s: %w", f.name, err)
		case n < len(*buf):
			return (*buf)[:n], nil
		default:
			*buf = make([]byte, 2*len(*buf))
		}
	}
}

func (f *kernelFile) close() error {
	f.fd = -1
	return f.file.Close()
}

// parseFigure reads the text of a file that holds one number, or "max" for
// none.
func parseFigure(data []byte) (Figure, error) {
	text := bytes.TrimSpace(data)
	if string(text) == "max" {
		return Figure{}, nil
	}
	v, err := strconv.ParseUint(string(text), 10, 64)
	if err != nil {
		return Figure{}, fmt.Errorf("%q is not a number", text)
	}
	return Known(v), nil
}

// parseKeyed reads lines of "key value". where gives the place for a key's
// value, nil for a key that is not wanted: a kernel adds keys at will, also in
// the middle. A key that is not there leaves its figure unknown.
func parseKeyed(data []byte, where func(key []byte) *Figure) error {
	for line := range bytes.Lines(data) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		key, value, _ := bytes.Cut(line, []byte(" "))
		place := where(key)
		if place == nil {
			continue
		}
		v, err := strconv.ParseUint(string(value), 10, 64)
		if err != nil {
			return fmt.Errorf("line %q: want a key and a number", line)
		}
		*place = Known(v)
	}
	return nil
}

// sum adds figures; it is unknown when one of them is.
func sum(figures ...Figure) Figure {
	var total uint64
	for _, f := range figures {
		if !f.known {
			return Figure{}
		}
		total += f.value
	}
	return Known(total)
}

// less is a - b, at least 0: the two may have been read at slightly different
// moments. It is unknown when one of them is.
func less(a, b Figure) Figure {
	if !a.known || !b.known {
		return Figure{}
	}
	return Known(a.value - min(a.value, b.value))
}
