package stats

import (
	"fmt"
	"math"
)

// Next is the prediction of the next trial's figure: SE = s sqrt(1 + 1/n) (Hahn
// and Meeker, Statistical Intervals, 1991). It needs two values.
func (s Summary) Next() (Estimate, error) {
	e, err := s.Estimate()
	if err != nil {
		return Estimate{}, err
	}
	e.SE = s.SD * math.Sqrt(1+1/float64(s.N))
	return e, nil
}

// ChanceBelow is the chance that a predicted figure, of Line.Next or
// Summary.Next, does not exceed limit: T((limit-value)/SE).
func (e Estimate) ChanceBelow(limit float64) float64 { return e.above(limit) }

// UpperBound is the one-sided bound that it does not exceed at the level.
func (e Estimate) UpperBound(level float64) (float64, error) {
	if !(level > 0.5 && level < 1) {
		return 0, fmt.Errorf("level %v: want one between 0.5 and 1", level)
	}
	return e.Value + e.student().Quantile(level)*e.SE, nil
}
