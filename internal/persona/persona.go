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

// Stagger returns how long after its arrival the user of the index (from 0)
// first opens the library, so that the lists of all users lie evenly over
// ListInterval however many they are: it is the van der Corput sequence
// (0, 1/2, 1/4, 3/4, 1/8, ...) of that interval.
func Stagger(index int) time.Duration {
	share, weight := 0.0, 0.5
	for ; index > 0; index >>= 1 {
		if index&1 == 1 {
			share += weight
		}
		weight /= 2
	}
	return time.Duration(share * float64(ListInterval))
}
