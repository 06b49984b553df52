package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// application marks the file as ours: "pxld" as SQLite's application_id.
const application = 0x70786c64

// migrations bring a file from the schema of their place to the next one;
// SQLite's user_version is how many were done. One that was released is never
// changed.
var migrations = []string{`
CREATE TABLE runs (
	id          INTEGER PRIMARY KEY,
	run         TEXT NOT NULL,
	started     INTEGER NOT NULL, -- Unix milliseconds
	folder      TEXT NOT NULL,
	kind        TEXT NOT NULL,    -- of the target, and so on
	name        TEXT NOT NULL,
	ref         TEXT NOT NULL,
	source      TEXT NOT NULL,
	tool        TEXT NOT NULL,
	fingerprint TEXT NOT NULL,
	what        TEXT NOT NULL,    -- the fingerprint as JSON
	variants    TEXT NOT NULL,    -- a JSON array
	data        TEXT NOT NULL,    -- a JSON array
	trials      INTEGER NOT NULL,
	outcome     TEXT NOT NULL,
	exit_code   INTEGER NOT NULL,
	UNIQUE (run, started)
) STRICT;
CREATE INDEX runs_started ON runs (started);
CREATE TABLE points (
	run_id   INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
	place    INTEGER NOT NULL, -- in the verdict
	metric   TEXT NOT NULL,
	variant  TEXT NOT NULL,
	data     TEXT NOT NULL,
	under    TEXT NOT NULL,
	unit     TEXT NOT NULL,
	value    REAL, -- NULL: not known, and so the others
	low      REAL,
	high     REAL,
	n        INTEGER NOT NULL,
	each     TEXT NOT NULL,    -- one figure a trial, a JSON array
	outcome  TEXT NOT NULL,
	at_least REAL,
	at_most  REAL,
	PRIMARY KEY (run_id, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX points_metric ON points (metric);
`}

// version is the file's schema; an error if it is none that this pixelload can
// read. A new file has 0.
func (s *Store) version(ctx context.Context) (int, error) {
	var owner, version, tables int
	err := s.db.QueryRowContext(ctx, `SELECT (SELECT application_id FROM pragma_application_id),
		(SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_master)`).Scan(&owner, &version, &tables)
	switch {
	case err != nil:
		return 0, err
	case owner != application && (owner != 0 || tables > 0 || version != 0):
		return 0, errors.New("it is another program's database: give another --file")
	case version > len(migrations):
		return 0, fmt.Errorf("a newer pixelload made it (schema %d, this one knows %d): update pixelload, or give another --file", version, len(migrations))
	}
	return version, nil
}

// prepare makes a new file ours and brings an older one forward. Whoever comes
// second finds it done.
func (s *Store) prepare(ctx context.Context) error {
	version, err := s.version(ctx)
	if err != nil || version == len(migrations) {
		return err
	}
	if err := s.logAhead(ctx); err != nil {
		return err
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing after a commit
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version > len(migrations) {
		return fmt.Errorf("a newer pixelload has just made it (schema %d, this one knows %d): update pixelload", version, len(migrations))
	}
	for _, step := range migrations[version:] {
		if _, err := tx.ExecContext(ctx, step); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", application, len(migrations))); err != nil {
		return err
	}
	return tx.Commit()
}

// logAhead switches to the write-ahead log, in which readers do not wait for
// writers. It is not waited for by SQLite itself when others do the same.
func (s *Store) logAhead(ctx context.Context) error {
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		_, err := s.db.ExecContext(ctx, "PRAGMA journal_mode = wal")
		var refused *sqlite.Error
		if !errors.As(err, &refused) || primary(refused) != sqlite3.SQLITE_BUSY || time.Now().After(deadline) {
			return err
		}
	}
}
