package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// Writer appends lines to a run file. It is the file's only writer; its
// methods may be called from several goroutines.
//
// Every line is one write, so that a killed process leaves whole lines. After
// a failed write (a full disk) nothing more is written: what stands in the
// file stays readable, and Err and Close return the cause.
type Writer struct {
	mu   sync.Mutex // protects all following fields
	file io.WriteCloser
	err  error
}

// Create makes the file, which must not exist, and writes its header.
func Create(path string, h Header) (*Writer, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("creating run file: %w", err)
	}
	w := &Writer{file: file}
	h.Version = Version
	w.Write(Line{Header: &h})
	if err := w.Err(); err != nil {
		// A file without a header would be one more trial that nobody can read.
		return nil, errors.Join(err, file.Close(), os.Remove(path))
	}
	return w, nil
}

// Write appends one line, unless an earlier one failed.
func (w *Writer) Write(l Line) {
	data, err := json.Marshal(l)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return
	}
	if err == nil {
		_, err = w.file.Write(seal(data))
	}
	if err != nil {
		w.err = fmt.Errorf("writing run file: %w", err)
	}
}

// Err returns the first error of any write.
func (w *Writer) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Close closes the file and returns the first error of its life.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.file.Close(); w.err == nil && err != nil {
		w.err = fmt.Errorf("closing run file: %w", err)
	}
	return w.err
}
