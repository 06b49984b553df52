package stats

import (
	"fmt"

	"gonum.org/v1/gonum/stat/distuv"
)

// PoissonInterval is the exact two-sided interval of the mean of a count of which
// n were seen (Garwood, 1936): half the quantiles (1-level)/2 of chi-square with
// 2n degrees of freedom and 1-(1-level)/2 with 2n+2; 0 below none.
func PoissonInterval(n int, level float64) (Interval, error) {
	if n < 0 {
		return Interval{}, fmt.Errorf("count %d: want none or more", n)
	}
	if !(level > 0 && level < 1) {
		return Interval{}, fmt.Errorf("level %v: want one between 0 and 1", level)
	}
	tail := (1 - level) / 2
	i := Interval{High: distuv.ChiSquared{K: float64(2*n + 2)}.Quantile(1-tail) / 2}
	if n > 0 {
		i.Low = distuv.ChiSquared{K: float64(2 * n)}.Quantile(tail) / 2
	}
	return i, nil
}
