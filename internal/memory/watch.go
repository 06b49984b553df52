package memory

import (
	"context"
	"errors"
	"time"
)

// gapPeriods is how many periods may pass between two samples before the time
// between them is a gap.
const gapPeriods = 5

// ErrLate is why a gap came about in which no reading failed: they were late,
// as on a machine that is too busy or was asleep.
var ErrLate = errors.New("the machine was too busy to take a sample")

// Period is how often src is read when it should be read every so often: not
// more often than is good for the target.
func Period(src Source, every time.Duration) time.Duration {
	if slow, ok := src.(interface{ period() time.Duration }); ok {
		return max(every, slow.period())
	}
	return every
}

// Watch reads src at once and then every period until ctx is done. Each
// reading that succeeds goes to sample. A stretch without one, from the last
// sample (or the start) to the next (or the end), goes to gap as soon as it is
// over, with its length and the first error in it, or ErrLate.
//
// A source that has nothing new gives its last sample again; that is neither a
// sample nor a gap, and one from before Watch began is none either.
//
// A reading that takes longer than the period delays the next ones and never
// makes them pile up. Both functions are called on Watch's own goroutine.
func Watch(ctx context.Context, src Source, every time.Duration, sample func(Sample), gap func(time.Duration, error)) {
	every = Period(src, every)
	w := watch{sample: sample, gap: gap, longest: gapPeriods * every, last: time.Now()}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for ctx.Err() == nil {
		w.take(src)
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	w.close(time.Now())
}

type watch struct {
	sample  func(Sample)
	gap     func(time.Duration, error)
	longest time.Duration // between two samples
	last    time.Time     // when the last sample was taken
	began   bool          // there was one
	err     error         // the first one since then
}

func (w *watch) take(src Source) {
	s, err := src.Read()
	if err != nil {
		if w.err == nil {
			w.err = err
		}
		return
	}
	if s.Time.Before(w.last) || w.began && s.Time.Equal(w.last) {
		return
	}
	w.close(s.Time)
	w.last, w.err, w.began = s.Time, nil, true
	w.sample(s)
}

// close reports the stretch from the last sample until now if it is a gap.
func (w *watch) close(now time.Time) {
	length := now.Sub(w.last)
	switch {
	case w.err != nil:
		w.gap(length, w.err)
	case length > w.longest:
		w.gap(length, ErrLate)
	}
}
