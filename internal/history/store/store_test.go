package store

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
