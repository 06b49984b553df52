package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestErrorsSayWhatHelps: each refusal names the file and the remedy, and leaves
// the file as it was.
func TestErrorsSayWhatHelps(t *testing.T) {
	for _, row := range []struct {
		name string
		make func(t *testing.T, path string)
		want string
	}{
		{"no database", func(t *testing.T, path string) { write(t, path, strings.Repeat("kettle ", 1000)) }, "no SQLite file"},
		{"newer", func(t *testing.T, path string) {
			database(t, path, fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = 99; CREATE TABLE runs (a)", application))
		}, "a newer pixelload made it (schema 99"},
		{"another program's", func(t *testing.T, path string) { database(t, path, "CREATE TABLE kettles (a)") }, "another program's database"},
		{"another program's mark", func(t *testing.T, path string) {
			database(t, path, "PRAGMA application_id = 7; CREATE TABLE kettles (a)")
		}, "another program's database"},
		{"a folder", func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o755); err != nil {
				t.Fatal(err)
			}
		}, "is a folder"},
	} {
		path := filepath.Join(t.TempDir(), "history.db")
		row.make(t, path)
		before, _ := os.ReadFile(path) // a folder has none
		for doing, open := range map[string]func(context.Context, string) (*Store, error){"writing": Open, "reading": Read} {
			_, err := open(t.Context(), path)
			if err == nil || !strings.Contains(err.Error(), row.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("%s, %s: %v; want %q and the path", row.name, doing, err, row.want)
			}
		}
		if after, _ := os.ReadFile(path); string(after) != string(before) {
			t.Errorf("%s: the file was changed", row.name)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// database makes a database with the statements.
func database(t *testing.T, path, statements string) {
	t.Helper()
	s, err := open(path, map[string][]string{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.db.Exec(statements); err != nil {
		t.Fatal(err)
	}
}

// TestDamaged: a file whose pages were overwritten.
func TestDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	s := opened(t, path)
	for n := range 20 {
		add(t, s, night(t, n))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 4096; i < len(data); i++ {
		data[i] = 0xaa
	}
	write(t, path, string(data))
	if _, err := Open(t.Context(), path); err == nil {
		broken := opened(t, path)
		_, err = broken.Runs(t.Context(), Filter{})
		if err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("a damaged file: %v", err)
		}
	} else if !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a damaged file: %v", err)
	}
}

// TestNoneYet: reading makes no file.
func TestNoneYet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	_, err := Read(t.Context(), path)
	if !errors.Is(err, ErrNone) || !strings.Contains(err.Error(), path) {
		t.Errorf("%v, want ErrNone and the path", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("reading made the file")
	}
}

// TestLocked: who waits in vain says so.
func TestLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	holder, waiter := opened(t, path), opened(t, path)
	if _, err := waiter.db.Exec("PRAGMA busy_timeout = 50"); err != nil {
		t.Fatal(err)
	}
	tx, err := holder.db.Begin() // immediate
	if err != nil {
		t.Fatal(err)
	}
	if _, err := waiter.Add(t.Context(), night(t, 0)); err == nil || !strings.Contains(err.Error(), "locked") {
		t.Errorf("%v, want that it is locked", err)
	}
	if got := len(stored(t, path, Filter{})); got != 0 { // readers do not wait
		t.Errorf("%d runs", got)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	add(t, waiter, night(t, 0))
}

// TestFullDisk: what was recorded stays, and the rest is recorded later. SQLite
// itself is told how large the file may be.
func TestFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	s := opened(t, path)
	add(t, s, night(t, 0))
	var pages int
	if err := s.db.QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if err := s.db.QueryRow(fmt.Sprintf("PRAGMA max_page_count = %d", pages+1)).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	var err error
	kept := 1
	for n := 1; n < 20 && err == nil; n++ {
		if _, err = s.Add(t.Context(), night(t, n)); err == nil {
			kept++
		}
	}
	if err == nil || !strings.Contains(err.Error(), "the disk is full") {
		t.Errorf("%v, want that the disk is full", err)
	}
	if got := len(stored(t, path, Filter{})); got != kept {
		t.Errorf("%d runs, want the %d that were recorded", got, kept)
	}
	if err := s.db.QueryRow("PRAGMA max_page_count = 100000").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	add(t, s, night(t, 19))
}

// TestUnwritableFolder: a reader needs to write nothing, once the writer is gone.
func TestUnwritableFolder(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Log("root may write everywhere: only that it can be read is tested")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "history.db")
	s := opened(t, path)
	add(t, s, night(t, 0))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Chmod(path, 0o444), os.Chmod(dir, 0o555)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o755) })
	if got := len(stored(t, path, Filter{})); got != 1 {
		t.Errorf("%d runs", got)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("a reader left %v, %v", files, err)
	}
}
