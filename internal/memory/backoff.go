package memory

import (
	"math/rand/v2"
	"time"
)

// Waits between attempts to reach a server that does not answer.
const (
	firstWait   = 250 * time.Millisecond
	longestWait = 30 * time.Second
)

// A backoff waits longer after each failure, with chance in it, so that many
// clients of one server don't come back at once. The zero value is ready.
type backoff struct{ wait time.Duration }

// next is how long to wait now: between a half and all of a time that doubles.
func (b *backoff) next() time.Duration {
	b.wait = min(longestWait, max(firstWait, 2*b.wait))
	return b.wait/2 + rand.N(b.wait/2) //nolint:gosec // chance, not a secret
}

func (b *backoff) reset() { b.wait = 0 }
