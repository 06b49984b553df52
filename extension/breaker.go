package extension

import (
	"sync"
	"time"
)

const (
	// mostFailed is how many calls in a row may be answered by errors before a
	// user takes the target for broken. One call alone that fails again and again,
	// as the word list at each keystroke does, is no such row: others lie between.
	mostFailed = 50
	// reloadEvery is how often it then looks whether the target is well again.
	reloadEvery = 5 * time.Second
)

// breaker holds a user's calls back when the target answers nothing but errors,
// as a person would who stops clicking and reloads now and then: a storm of
// errors is not to be fed. What is held back is counted. The zero value lets
// all calls pass.
//
// Calls without an answer do not count: a target that is overloaded and slow
// must feel the load that it was promised.
type breaker struct {
	mu     sync.Mutex
	failed int       // calls in a row
	reload time.Time // when the next call may be made
}

// pass says whether a call may be made now.
func (b *breaker) pass(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failed < mostFailed {
		return true
	}
	if now.Before(b.reload) {
		return false
	}
	b.reload = now.Add(reloadEvery)
	return true
}

// heed notes what was wrong with an answer.
func (b *breaker) heed(found trouble, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch found {
	case timedOut, unconnected, unencrypted, oversize:
	case serverError, malformed:
		if b.failed++; b.failed == mostFailed {
			b.reload = now.Add(reloadEvery)
		}
	default:
		b.failed = 0
	}
}
