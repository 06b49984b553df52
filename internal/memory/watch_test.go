package memory

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// A scripted source answers reading by reading.
type scripted struct {
	read func(n int) error
	n    int
}

func (s *scripted) Name() string { return "scripted" }
func (s *scripted) Close() error { return nil }
func (s *scripted) Read() (Sample, error) {
	s.n++
	at := time.Now()
	if err := s.read(s.n); err != nil {
		return Sample{}, err
	}
	return Sample{Time: at, Usage: Known(uint64(s.n))}, nil
}

type outcome struct {
	gaps  []gap
	times []time.Time
}

type gap struct {
	length time.Duration
	err    error
}

func watchFor(length time.Duration, src Source) (o outcome) {
	ctx, cancel := context.WithTimeout(context.Background(), length)
	defer cancel()
	Watch(ctx, src, 100*time.Millisecond,
		func(s Sample) { o.times = append(o.times, s.Time) },
		func(length time.Duration, err error) { o.gaps = append(o.gaps, gap{length, err}) })
	return o
}

func TestWatchSteady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := watchFor(time.Hour, &scripted{read: func(int) error { return nil }})
		if n := len(o.times); n < 36000 || n > 36001 || len(o.gaps) != 0 {
			t.Errorf("%d samples, %d gaps; want 36000, 0", n, len(o.gaps))
		}
	})
}

// Readings 3 to 12 fail: one gap from the 2nd sample to the 13th.
func TestWatchFailingSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("reading memory.stat: no such device")
		o := watchFor(2050*time.Millisecond, &scripted{read: func(n int) error {
			if n >= 3 && n <= 12 {
				return broken
			}
			return nil
		}})
		if len(o.times) != 11 || len(o.gaps) != 1 {
			t.Fatalf("%d samples, %d gaps; want 11, 1", len(o.times), len(o.gaps))
		}
		if want := (gap{1100 * time.Millisecond, broken}); o.gaps[0] != want {
			t.Errorf("gap %v; want %v", o.gaps[0], want)
		}
	})
}

// The 5th reading takes 3 s: a gap, and not 30 readings at once after it.
func TestWatchLateReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := watchFor(5050*time.Millisecond, &scripted{read: func(n int) error {
			if n == 5 {
				time.Sleep(3 * time.Second)
			}
			return nil
		}})
		if len(o.gaps) != 1 || o.gaps[0].err != ErrLate || o.gaps[0].length < 2900*time.Millisecond {
			t.Fatalf("gaps %v; want one of 3 s that was late", o.gaps)
		}
		if n := len(o.times); n > 23 {
			t.Errorf("%d samples in 5 s with a stop of 3 s; want no more than 23: they piled up", n)
		}
		for i, at := range o.times[1:] {
			if at.Before(o.times[i]) {
				t.Errorf("sample %d is older than the one before", i+1)
			}
		}
	})
}

// A source that never answers well is one gap as long as the watch.
func TestWatchEndsInGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := watchFor(time.Second, &scripted{read: func(int) error { return errors.New("gone") }})
		if len(o.times) != 0 || len(o.gaps) != 1 || o.gaps[0].length != time.Second {
			t.Errorf("%d samples, gaps %v; want none and a gap of 1 s", len(o.times), o.gaps)
		}
	})
}

// A source with nothing new gives its last sample again: that is no sample, and
// no gap before it lasts.
func TestWatchSourceSlowerThanItsReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		src := &slow{began: began}
		var got []time.Duration
		ctx, cancel := context.WithTimeout(t.Context(), 1990*time.Millisecond)
		defer cancel()
		Watch(ctx, src, 100*time.Millisecond, func(s Sample) { got = append(got, s.Time.Sub(began)) },
			func(length time.Duration, err error) { t.Errorf("a gap of %v: %v", length, err) })
		want := []time.Duration{0, 300 * time.Millisecond, 600 * time.Millisecond, 900 * time.Millisecond,
			1200 * time.Millisecond, 1500 * time.Millisecond, 1800 * time.Millisecond}
		if !slices.Equal(got, want) {
			t.Errorf("samples at %v; want %v", got, want)
		}
	})
}

// slow has something new every 300 ms, and first of all something old.
type slow struct {
	scripted
	began time.Time
	n     int
}

func (s *slow) Read() (Sample, error) {
	if s.n++; s.n == 1 {
		return Sample{Time: s.began.Add(-time.Second)}, nil
	}
	return Sample{Time: s.began.Add(time.Since(s.began).Truncate(300 * time.Millisecond))}, nil
}

func TestPeriod(t *testing.T) {
	if got := Period(&process{}, 100*time.Millisecond); got != time.Second {
		t.Errorf("a process tree is read every %v; want 1s", got)
	}
	if got := Period(&cgroup1{}, 100*time.Millisecond); got != 100*time.Millisecond {
		t.Errorf("a cgroup is read every %v; want 100ms", got)
	}
}
