// Package stats is the mathematics of the verdict: plain functions of numbers,
// nothing of pixelload imported.
//
// Its opinion: the unit of evidence is a fresh process, so a sample given to an
// interval is one figure a trial, never the readings inside a trial. What too
// few numbers cannot say is an error, never a zero, and a NaN or an infinity is
// refused at the door.
package stats

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

var (
	// ErrTooFew says that the sample is too small for what was asked of it.
	ErrTooFew = errors.New("too few values")
	// ErrNotFinite says that the sample holds a NaN or an infinity.
	ErrNotFinite = errors.New("value is not a finite number")
)

// check refuses a sample of fewer than least values or with a value that is
// not finite.
func check(xs []float64, least int) error {
	if len(xs) < least {
		return fmt.Errorf("%w: have %d, need at least %d", ErrTooFew, len(xs), least)
	}
	for i, x := range xs {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("value %d of %d: %w", i+1, len(xs), ErrNotFinite)
		}
	}
	return nil
}

// Median returns the middle value, or the mean of the two middle ones.
func Median(xs []float64) (float64, error) { return Quantile(xs, 0.5) }

// Quantile returns the value below which the share q of xs lies, by type 7 of
// Hyndman and Fan (Sample quantiles in statistical packages, 1996), as R and
// numpy do by default: with h = (n-1)q + 1 it lies between the order
// statistics floor(h) and ceil(h) in proportion. It leaves xs as it is.
func Quantile(xs []float64, q float64) (float64, error) {
	if err := check(xs, 1); err != nil {
		return 0, err
	}
	if !(q >= 0 && q <= 1) {
		return 0, fmt.Errorf("quantile %v: want a share from 0 to 1", q)
	}
	sorted := slices.Sorted(slices.Values(xs))
	h := float64(len(sorted)-1) * q
	low := int(h)
	if low == len(sorted)-1 {
		return sorted[low], nil
	}
	// Weighted, not low + part*(high-low): the difference may overflow.
	part := h - float64(low)
	return (1-part)*sorted[low] + part*sorted[low+1], nil
}
