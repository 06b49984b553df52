// Package capacity chooses the numbers of users that tell how many a target
// holds: up in steps until it is too many, then down between, then the answer and
// one more, each on a fresh start of its own.
//
// It chooses only. Whether a number of users was held is decided from the run
// files, as every other verdict.
package capacity

import "slices"

// Steps are the numbers of users that the first trial goes up in.
var Steps = []int{1, 2, 3, 5, 8, 10, 15, 20, 30, 40, 51, 70, 100}

// Found is what one trial showed. Holds is the most users that it held, Fails the
// fewest that it did not; 0 for none.
type Found struct{ Holds, Fails int }

// Search is how far the search may go.
type Search struct {
	// Most is the largest number of users that is tried.
	Most int
	// Confirm is how many fresh starts must hold the answer, and how many must
	// fail at one user more.
	Confirm int
}

// First are the steps of the first trial.
func (s Search) First() []int {
	steps := slices.DeleteFunc(slices.Clone(Steps), func(n int) bool { return n >= s.Most })
	return append(steps, s.Most)
}

// Next returns the number of users of the next trial, on a fresh start; false
// when the answer is confirmed, or when nobody fits.
func (s Search) Next(found []Found) (users int, more bool) {
	holds, fails := Bounds(found)
	switch {
	case len(found) == 0:
		return s.Most, true
	case fails > 0 && fails-holds > 1:
		return (holds + fails) / 2, true
	case holds > 0 && count(found, func(f Found) bool { return f.Holds >= holds }) < s.Confirm:
		return holds, true
	case fails > 0 && count(found, func(f Found) bool { return f.Fails > 0 && f.Fails <= fails }) < s.Confirm:
		return fails, true
	}
	return 0, false
}

// Bounds returns the most users that are held and the fewest that are not, 0
// for none. What one trial failed at is not held, whatever another showed.
func Bounds(found []Found) (holds, fails int) {
	for _, f := range found {
		if f.Fails > 0 && (fails == 0 || f.Fails < fails) {
			fails = f.Fails
		}
	}
	for _, f := range found {
		if n := f.Holds; n > holds && (fails == 0 || n < fails) {
			holds = n
		}
	}
	return holds, fails
}

func count(found []Found, is func(Found) bool) int {
	n := 0
	for _, f := range found {
		if is(f) {
			n++
		}
	}
	return n
}
