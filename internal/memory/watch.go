package memory

import (
	"context"
	"fmt"
	"time"
)

// gapPeriods is how many periods may pass between two samples before the time
// between them is a gap.
const gapPeriods = 5

// A Gap is a stretch without a sample, from the last good one (or the start)
// to the next good one (or the end).
type Gap struct {
	Length time.Duration
	// Err is why the first reading in it failed; nil when none failed and the
	// readings were merely late, as on a machine that is too busy or asleep.
	Err error
}

func (g *Gap) Error() string {
	if g.Err == nil {
		return fmt.Sprintf("no sample for %.1f s: the machine was too busy to take one", g.Length.Seconds())
	}
	return fmt.Sprintf("no sample for %.1f s: %v", g.Length.Seconds(), g.Err)
}

func (g *Gap) Unwrap() error { return g.Err }

// Period is how often src is read when it should be read every so often: not
// more often than is good for the target.
func Period(src Source, every time.Duration) time.Duration {
	if _, ok := src.(*process); ok {
		return max(every, procPeriod)
	}
	return every
}

// Watch reads src at once and then every period until ctx is done, and hands
// observe each outcome:
//
//   - a sample;
//   - the error of a reading that failed, with a Sample of which only Time is set;
//   - a *Gap, once, as soon as it is over.
//
// A reading that takes longer than the period delays the next ones and never
// makes them pile up. observe is called on Watch's own goroutine.
func Watch(ctx context.Context, src Source, every time.Duration, observe func(Sample, error)) {
	every = Period(src, every)
	w := watch{observe: observe, longest: gapPeriods * every, last: time.Now()}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for ctx.Err() == nil {
		w.take(src)
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	w.gap(time.Now())
}

type watch struct {
	observe func(Sample, error)
	longest time.Duration
	last    time.Time // of the last good sample
	err     error     // the first since then
}

func (w *watch) take(src Source) {
	s, err := src.Read()
	if err != nil {
		if w.err == nil {
			w.err = err
		}
		w.observe(Sample{Time: time.Now()}, err)
		return
	}
	w.gap(s.Time)
	w.last, w.err = s.Time, nil
	w.observe(s, nil)
}

// gap reports the time since the last good sample when a reading failed in it
// or it is too long.
func (w *watch) gap(now time.Time) {
	length := now.Sub(w.last)
	if w.err == nil && length <= w.longest {
		return
	}
	w.observe(Sample{Time: now}, &Gap{Length: length, Err: w.err})
}
