package stats

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Estimate is a figure whose error follows Student's t: a mean, a difference of
// means or a slope. SE is its standard error, DF the degrees of freedom. An SE
// of 0, as of equal values, makes it exact.
type Estimate struct{ Value, SE, DF float64 }

// Estimate is the mean of s; it needs two values.
func (s Summary) Estimate() (Estimate, error) {
	if s.N < 2 {
		return Estimate{}, fmt.Errorf("%w: have %d, an interval needs at least 2", ErrTooFew, s.N)
	}
	return Estimate{s.Mean, s.SD / math.Sqrt(float64(s.N)), float64(s.N - 1)}, nil
}

// Interval is the two-sided t interval at a level such as 0.95:
// value -+ t(1-(1-level)/2, df) SE (Student, 1908).
func (e Estimate) Interval(level float64) (Interval, error) {
	if !(level > 0 && level < 1) {
		return Interval{}, fmt.Errorf("level %v: want one between 0 and 1", level)
	}
	half := e.student().Quantile(1-(1-level)/2) * e.SE
	return Interval{e.Value - half, e.Value + half}, nil
}

// P is the two-sided p of the true value being of: 2 P(T > |value-of|/SE).
func (e Estimate) P(of float64) float64 {
	return min(1, 2*min(e.below(of), e.above(of)))
}

// below and above are the chance of an error that large, were the true value x:
// below of an estimate as low as this one or lower, above as high or higher.
func (e Estimate) below(x float64) float64 { return e.tail(e.Value - x) }
func (e Estimate) above(x float64) float64 { return e.tail(x - e.Value) }

func (e Estimate) tail(distance float64) float64 {
	switch {
	case math.IsInf(distance, 0) || e.SE == 0:
		if distance < 0 {
			return 0
		}
		return 1
	}
	return e.student().CDF(distance / e.SE)
}

func (e Estimate) student() distuv.StudentsT {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: e.DF}
}
