package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/history"
	"github.com/pixeltales/pixelload/internal/history/historytest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// night is the nth night's run, as its verdict has it.
func night(t testing.TB, n int) history.Run {
	t.Helper()
	doc, err := claim.Load()
	if err != nil {
		t.Fatal(err)
	}
	runs := historytest.Plan{Trials: 1, SD: 2, Seed: 1}.Night(n)
	r, err := history.Of(verdict.Judge(runs, doc), runs, fmt.Sprintf("runs/%d", n))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func opened(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func add(t testing.TB, s *Store, r history.Run) (replaced bool) {
	t.Helper()
	replaced, err := s.Add(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return replaced
}

// stored are the runs of the file, through a reader of its own.
func stored(t testing.TB, path string, f Filter) []history.Run {
	t.Helper()
	s, err := Read(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	runs, err := s.Runs(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return runs
}

// TestRunsComeBackAsTheyWere: all of them, in the order of time.
func TestRunsComeBackAsTheyWere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "history.db")
	s := opened(t, path)
	var want []history.Run
	for _, n := range []int{2, 0, 1} {
		if add(t, s, night(t, n)) {
			t.Errorf("night %d replaced one", n)
		}
	}
	for n := range 3 {
		want = append(want, night(t, n))
	}
	if diff := cmp.Diff(want, stored(t, path, Filter{})); diff != "" {
		t.Errorf("(-recorded +read):\n%s", diff)
	}
}

// TestJudgedAgainIsReplaced: one run, not two.
func TestJudgedAgainIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	s := opened(t, path)
	add(t, s, night(t, 0))
	again := night(t, 0)
	again.Outcome, again.Points = verdict.Fail, again.Points[:1]
	if !add(t, s, again) {
		t.Error("the run of the same id and begin was not replaced")
	}
	if diff := cmp.Diff([]history.Run{again}, stored(t, path, Filter{})); diff != "" {
		t.Errorf("(-recorded +read):\n%s", diff)
	}
}

func TestFilters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	s := opened(t, path)
	for n := range 4 {
		r := night(t, n)
		if n == 3 {
			r.Variants, r.Data = []string{"after"}, []string{"heavy"}
			for i := range r.Points {
				r.Points[i].Variant, r.Points[i].Data = "after", "heavy"
			}
		}
		add(t, s, r)
	}
	for _, row := range []struct {
		filter Filter
		nights []int
		points int // of each run; 0 for all
	}{
		{Filter{}, []int{0, 1, 2, 3}, 0},
		{Filter{Variant: "before"}, []int{0, 1, 2}, 0},
		{Filter{Variant: "after", Data: "light"}, nil, 0},
		{Filter{Data: "heavy"}, []int{3}, 0},
		{Filter{Metric: "level:3"}, []int{0, 1, 2, 3}, 1},
		{Filter{Metric: "level:4"}, nil, 0},
		{Filter{Since: historytest.Began(2)}, []int{2, 3}, 0},
		{Filter{Since: historytest.Began(1).Add(time.Millisecond), Metric: "level:3", Variant: "before"}, []int{2}, 1},
		{Filter{Newest: 2}, []int{2, 3}, 0},
		{Filter{Newest: 9}, []int{0, 1, 2, 3}, 0},
	} {
		runs := stored(t, path, row.filter)
		var got []int
		for _, r := range runs {
			for n := range 4 {
				if r.Started.Equal(historytest.Began(n)) {
					got = append(got, n)
				}
			}
			if row.points > 0 && len(r.Points) != row.points {
				t.Errorf("%+v: %d points, want %d", row.filter, len(r.Points), row.points)
			}
		}
		if diff := cmp.Diff(row.nights, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", row.filter, diff)
		}
	}
}

// TestManyWriters: programs that write at once all come through, also to a file
// that is not there yet.
func TestManyWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	const writers, each = 8, 5
	var wg sync.WaitGroup
	failed := make(chan error, writers*each)
	for w := range writers {
		runs := make([]history.Run, each)
		for i := range runs {
			runs[i] = night(t, w*each+i)
		}
		wg.Go(func() {
			s, err := Open(context.Background(), path) // as a program of its own
			if err != nil {
				failed <- err
				return
			}
			defer s.Close()
			for _, r := range runs {
				if _, err := s.Add(context.Background(), r); err != nil {
					failed <- err
				}
			}
		})
	}
	wg.Wait()
	close(failed)
	for err := range failed {
		t.Error(err)
	}
	if runs := stored(t, path, Filter{}); len(runs) != writers*each {
		t.Errorf("%d of %d runs are there", len(runs), writers*each)
	}
}

// TestKilledWriter: what a program had not committed is not there, and the next
// one goes on.
func TestKilledWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	if os.Getenv("PIXELLOAD_TEST_WRITE") != "" {
		s := opened(t, os.Getenv("PIXELLOAD_TEST_WRITE"))
		add(t, s, night(t, 0))
		if _, err := s.db.Exec("BEGIN; DELETE FROM runs"); err != nil {
			t.Fatal(err)
		}
		fmt.Println("written")
		time.Sleep(time.Minute)
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^TestKilledWriter$")
	cmd.Env = append(os.Environ(), "PIXELLOAD_TEST_WRITE="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fscanln(out, new(string)); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	add(t, opened(t, path), night(t, 1))
	if runs := stored(t, path, Filter{}); len(runs) != 2 {
		t.Errorf("%d runs, want the one committed before the kill and the one after", len(runs))
	}
}

// TestPrune removes what is old, and nothing of it stays.
func TestPrune(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	s := opened(t, path)
	for n := range 5 {
		add(t, s, night(t, n))
	}
	if n, err := s.Prune(t.Context(), historytest.Began(3), true); n != 3 || err != nil {
		t.Errorf("%d would go, %v; want 3", n, err)
	}
	if got := len(stored(t, path, Filter{})); got != 5 {
		t.Errorf("%d runs after a dry one", got)
	}
	if n, err := s.Prune(t.Context(), historytest.Began(3), false); n != 3 || err != nil {
		t.Errorf("%d went, %v; want 3", n, err)
	}
	var orphans int
	if err := s.db.QueryRow("SELECT count(*) FROM points WHERE run_id NOT IN (SELECT id FROM runs)").Scan(&orphans); err != nil || orphans != 0 {
		t.Errorf("%d points of no run, %v", orphans, err)
	}
	if got := len(stored(t, path, Filter{})); got != 2 {
		t.Errorf("%d runs are left, want 2", got)
	}
}

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
