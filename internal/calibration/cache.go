//go:build linux

package calibration

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// cache is page cache: the beginning of a file, read anew so that its pages are
// charged to this program, and read twice so that the kernel counts them as
// active. They stay until it needs them.
type cache struct {
	path  string // of a file to read; "": a temporary one is written
	file  *os.File
	bytes int64
}

// set drops what the kernel holds of the file, and reads that many bytes of it.
func (c *cache) set(bytes int64) (err error) {
	if err := c.close(); err != nil || bytes == 0 {
		return err
	}
	if c.file, err = c.open(bytes); err != nil {
		return fmt.Errorf("filling the page cache: %w", err)
	}
	if err := c.drop(); err != nil {
		return err
	}
	for range 2 {
		if c.bytes, err = io.Copy(io.Discard, io.NewSectionReader(c.file, 0, bytes)); err != nil {
			return fmt.Errorf("filling the page cache: %w", err)
		}
	}
	if c.bytes < bytes {
		return fmt.Errorf("filling the page cache: %s has %d bytes only", c.file.Name(), c.bytes)
	}
	return nil
}

func (c *cache) drop() error {
	if err := unix.Fadvise(int(c.file.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
		return fmt.Errorf("dropping the page cache of %s: %w", c.file.Name(), err)
	}
	return nil
}

func (c *cache) close() error {
	if c.file == nil {
		return nil
	}
	err := errors.Join(c.drop(), c.file.Close())
	c.file, c.bytes = nil, 0
	return err
}

// open opens the file to read. A temporary one has no name any more, and is
// gone with the program; it was written to the disk, for only such pages can
// be dropped.
func (c *cache) open(bytes int64) (*os.File, error) {
	if c.path != "" {
		return os.Open(c.path)
	}
	file, err := os.CreateTemp("", "calibration-")
	if err != nil {
		return nil, err
	}
	for left := bytes; left > 0 && err == nil; left -= int64(len(zeros)) {
		_, err = file.Write(zeros[:min(left, int64(len(zeros)))])
	}
	if err = errors.Join(err, file.Sync(), os.Remove(file.Name())); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}
