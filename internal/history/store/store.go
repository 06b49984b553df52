// Package store keeps the history in one SQLite file.
//
// Its opinion: several programs may write at once and each waits for the others;
// a run is in the file whole or not at all; a file that is another program's, is
// damaged or was made by a newer pixelload is left as it is.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrNone says that there is no history yet.
var ErrNone = errors.New("there is no history yet")

// patience is how long a writer waits for others. Each holds the file for the
// milliseconds that one run takes.
const patience = 10 * time.Second

// Store is an opened history. Its methods may be called at once.
type Store struct {
	path string
	db   *sql.DB
}

// Open opens the history at path to write to it, and makes it where there is none.
func Open(ctx context.Context, path string) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("making the folder of the history: %w", err)
	}
	s, err := open(path, url.Values{"_txlock": {"immediate"}})
	if err != nil {
		return nil, err
	}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(s.explain("opening", err), s.Close())
	}
	return s, nil
}

// Read opens the history at path to read it, also where nothing can be written.
// Without a file the error is ErrNone.
func Read(ctx context.Context, path string) (*Store, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s is not there; runs are recorded when they end, `pixelload history add DIR` records stored ones", ErrNone, path)
	}
	s, err := readable(ctx, path)
	if err != nil {
		return nil, err
	}
	version, err := s.version(ctx)
	if err == nil && version < len(migrations) {
		err = fmt.Errorf("its schema %d is older than this pixelload's %d: record a run, or `pixelload history add` one, and it is brought forward", version, len(migrations))
	}
	if err != nil {
		return nil, errors.Join(s.explain("opening", err), s.Close())
	}
	return s, nil
}

// readable opens the file to read it. In a folder that cannot be written to
// SQLite cannot coordinate with writers: without a log beside it the file is
// whole, and is read as one that nobody changes.
func readable(ctx context.Context, path string) (*Store, error) {
	s, err := open(path, url.Values{"mode": {"rw"}}) // the last to close it takes the log away
	if err != nil {
		return nil, err
	}
	_, err = s.version(ctx)
	var refused *sqlite.Error
	if !errors.As(err, &refused) || primary(refused) != sqlite3.SQLITE_CANTOPEN && primary(refused) != sqlite3.SQLITE_READONLY {
		return s, nil
	}
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() > 0 {
		return s, nil // which says why it cannot be read
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return open(path, url.Values{"mode": {"ro"}, "immutable": {"1"}})
}

func open(path string, options url.Values) (*Store, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("opening the history: %w", err)
	}
	if info, err := os.Stat(absolute); err == nil && info.IsDir() {
		return nil, fmt.Errorf("opening the history %s: it is a folder: give a file, as %s", path, filepath.Join(path, "history.db"))
	}
	options["_pragma"] = []string{fmt.Sprintf("busy_timeout(%d)", patience.Milliseconds()), "foreign_keys(1)", "synchronous(normal)"}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: absolute, RawQuery: options.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("opening the history %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	return &Store{path: path, db: db}, nil
}

// Close closes the file. The last to close it folds the log into it.
func (s *Store) Close() error { return s.db.Close() }

// primary is an error's code without what SQLite adds to it.
func primary(err *sqlite.Error) int { return err.Code() & 0xff }

// explain says of an error of SQLite what it means here and what helps.
func (s *Store) explain(doing string, err error) error {
	if err == nil {
		return nil
	}
	var refused *sqlite.Error
	if !errors.As(err, &refused) {
		return fmt.Errorf("%s the history %s: %w", doing, s.path, err)
	}
	means := map[int]string{
		sqlite3.SQLITE_NOTADB:   "it is no SQLite file: give another --file, or move this one away",
		sqlite3.SQLITE_CORRUPT:  "it is damaged: move it away and record the stored runs again with `pixelload history add runs/*`",
		sqlite3.SQLITE_BUSY:     fmt.Sprintf("another program has kept it locked for %v: end that one, or try again", patience),
		sqlite3.SQLITE_FULL:     "the disk is full: make room, then record the run with `pixelload history add DIR`",
		sqlite3.SQLITE_READONLY: "it cannot be written to: look at the rights of the file and of its folder, or give another --file",
		sqlite3.SQLITE_CANTOPEN: "it cannot be opened: look at the rights of the file and of its folder, or give another --file",
		sqlite3.SQLITE_IOERR:    "reading or writing it failed: look at the disk; a network drive does not do, since SQLite needs its locks",
	}
	if text, ok := means[primary(refused)]; ok {
		return fmt.Errorf("%s the history %s: %s (%w)", doing, s.path, text, err)
	}
	return fmt.Errorf("%s the history %s: %w", doing, s.path, err)
}
