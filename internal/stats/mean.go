package stats

import "gonum.org/v1/gonum/stat"

// Interval is a closed range of a parameter. Either end may be infinite.
type Interval struct{ Low, High float64 }

// Within reports whether i lies inside region.
func (i Interval) Within(region Interval) bool {
	return i.Low >= region.Low && i.High <= region.High
}

// Outside reports whether i and region have no point in common.
func (i Interval) Outside(region Interval) bool {
	return i.High < region.Low || i.Low > region.High
}

// Summary digests a sample of one figure a trial.
type Summary struct {
	N    int
	Mean float64
	// SD is the standard deviation with n-1 in the denominator; 0 when N is 1,
	// where every function that needs it refuses.
	SD float64
}

// Summarise digests xs; it needs one value.
func Summarise(xs []float64) (Summary, error) {
	if err := check(xs, 1); err != nil {
		return Summary{}, err
	}
	if len(xs) == 1 {
		return Summary{N: 1, Mean: xs[0]}, nil
	}
	mean, sd := stat.MeanStdDev(xs, nil)
	return Summary{N: len(xs), Mean: mean, SD: sd}, nil
}

// MeanInterval is the two-sided t interval of the mean (see Estimate). It needs
// two values; equal ones give an interval without width, which is exact.
func (s Summary) MeanInterval(level float64) (Interval, error) {
	e, err := s.Estimate()
	if err != nil {
		return Interval{}, err
	}
	return e.Interval(level)
}

// UpperBound is the one-sided prediction bound that the next trial does not
// exceed at the given level: mean + t(level, n-1) s sqrt(1+1/n). It needs two
// values.
func (s Summary) UpperBound(level float64) (float64, error) {
	next, err := s.Next()
	if err != nil {
		return 0, err
	}
	return next.UpperBound(level)
}

// maxTrials ends the searches for a number of trials: nobody runs more.
const maxTrials = 1000

// TrialsForBound returns the smallest number of trials, above s.N, whose
// prediction bound would be below limit if mean and deviation stayed as they
// are; false when no number would do.
func (s Summary) TrialsForBound(limit, level float64) (int, bool) {
	return s.trials(func(next Summary) bool {
		bound, err := next.UpperBound(level)
		return err == nil && bound < limit
	})
}

// TrialsForHalfWidth returns the smallest number of trials, above s.N, whose
// t interval would reach no further than half to either side of the mean if
// the deviation stayed as it is; false when no number would do.
func (s Summary) TrialsForHalfWidth(half, level float64) (int, bool) {
	return s.trials(func(next Summary) bool {
		i, err := next.MeanInterval(level)
		return err == nil && i.High-next.Mean <= half
	})
}

// trials returns the smallest number of trials above s.N that is enough.
func (s Summary) trials(enough func(Summary) bool) (int, bool) {
	if s.N < 2 {
		return 0, false // one value has no deviation to reckon with
	}
	for n := s.N + 1; n <= maxTrials; n++ {
		if enough(Summary{N: n, Mean: s.Mean, SD: s.SD}) {
			return n, true
		}
	}
	return 0, false
}
