package collector

import (
	"sync"
	"time"
)

// A flight runs one function at a time. Those who ask while it runs share its
// result, so that concurrent scrapes cost one reading. A function that hangs
// is waited for once: until it returns it is not started again, and nobody
// waits for it any more.
type flight[T any] struct {
	mu  sync.Mutex
	now *call[T] // nil: nothing runs
}

type call[T any] struct {
	began  time.Time
	done   chan struct{}
	result T // written before done is closed
}

// do returns the result of run, or false when it runs for longer than the
// scrape can wait.
func (f *flight[T]) do(s scrape, run func() T) (result T, ok bool) {
	c := f.join(run)
	wait := min(time.Until(s.deadline), s.patience-time.Since(c.began))
	late := time.NewTimer(wait)
	defer late.Stop()
	select {
	case <-c.done:
		return c.result, true
	case <-late.C:
		return result, false
	}
}

// join returns the call that runs, or a new one.
func (f *flight[T]) join(run func() T) *call[T] {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.now != nil {
		return f.now
	}
	c := &call[T]{began: time.Now(), done: make(chan struct{})}
	f.now = c
	go func() {
		c.result = run()
		f.mu.Lock()
		f.now = nil
		f.mu.Unlock()
		close(c.done)
	}()
	return c
}
