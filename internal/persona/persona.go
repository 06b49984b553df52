// Package persona holds the figures of the default user that others than the
// user need: whoever sizes a hold, and whoever prints what a "user" was.
//
// The default user sits at two browser tabs. Tab one goes round a cycle of
// CycleLength: a full page load, the library's discover tab with its public
// list, a story. Tab two holds a collaboration session the whole time.
package persona

import "time"

const (
	// CycleLength is how long tab one takes to come back to where it was.
	CycleLength = time.Minute
	// ListInterval lies between two requests of the public list by one user:
	// the discover tab polls, and the cycle is a multiple of it.
	ListInterval = 30 * time.Second
	// ListRequestsAMinute is how often one user asks for the public list.
	// The target's memory is a sawtooth counted in these requests.
	ListRequestsAMinute = int(time.Minute / ListInterval)
	// GroupSize is how many users share a collaboration session at most. The
	// user of the lowest index in a group is its host.
	GroupSize = 5
)

// arrivalSpread is the time within which all users of a phase arrive: people
// do not open a page in the same millisecond.
const arrivalSpread = 3 * time.Second

// Arrival returns how long after the beginning of its first phase the user of
// the index (from 0) arrives.
func Arrival(index int) time.Duration { return scale(Share(index), arrivalSpread) }

// FirstList returns when the user of the index, who arrived at the time given,
// first asks for the public list. Both count from the beginning of the test.
// Whenever they arrived, the lists of all users lie evenly over ListInterval.
func FirstList(index int, arrived time.Duration) time.Duration {
	wait := (scale(Share(index), ListInterval) - arrived) % ListInterval
	if wait < 0 {
		wait += ListInterval
	}
	return arrived + wait
}

// Share returns the index-th number of the van der Corput sequence (0, 1/2,
// 1/4, 3/4, 1/8, ...): its first n numbers lie evenly between 0 and 1 for any n.
func Share(index int) float64 {
	sum, weight := 0.0, 0.5
	for ; index > 0; index >>= 1 {
		if index&1 == 1 {
			sum += weight
		}
		weight /= 2
	}
	return sum
}

func scale(share float64, d time.Duration) time.Duration { return time.Duration(share * float64(d)) }
