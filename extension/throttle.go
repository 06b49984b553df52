package extension

import (
	"context"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// longestRetryAfter caps what a target may ask for: it must not silence the
// users for the rest of the test.
const longestRetryAfter = 30 * time.Second

// throttle holds a user's calls back for as long as the target asked for by
// Retry-After, and where the guard caps their rate. What is held back is
// counted, and late: the load is not silently lowered. The zero value holds
// nothing back.
type throttle struct {
	until atomic.Int64 // Unix nanoseconds
	limit *limiter     // of all users; nil: none
}

// heed notes what an answer asks for.
func (t *throttle) heed(header http.Header, now time.Time) {
	if pause := retryAfter(header, now); pause > 0 {
		t.until.Store(now.Add(pause).UnixNano())
	}
}

// pass waits until calls may be made; false when ctx ends before. It returns
// how long the call was held back.
func (t *throttle) pass(ctx context.Context) (held time.Duration, ok bool) {
	pause := max(0, time.Until(time.Unix(0, t.until.Load())))
	if pause > 0 && !wait(ctx, pause) {
		return pause, false
	}
	held, ok = t.limit.pass(ctx)
	return pause + held, ok
}

// retryAfter reads the header, seconds or a date (RFC 9110, 10.2.3); 0 when it
// is absent, or nonsense.
func retryAfter(header http.Header, now time.Time) time.Duration {
	value := header.Get("Retry-After")
	pause := time.Duration(0)
	if seconds, err := strconv.ParseUint(value, 10, 32); err == nil {
		pause = time.Duration(seconds) * time.Second
	} else if date, err := http.ParseTime(value); err == nil {
		pause = date.Sub(now)
	}
	return max(0, min(pause, longestRetryAfter))
}
