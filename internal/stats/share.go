package stats

import (
	"fmt"

	"gonum.org/v1/gonum/stat/distuv"
)

// ClopperPearson is the exact two-sided interval of a share of which x of n
// were seen (Clopper and Pearson, 1934): the quantiles (1-level)/2 of
// Beta(x, n-x+1) and 1-(1-level)/2 of Beta(x+1, n-x); 0 and 1 at the ends.
func ClopperPearson(x, n int, level float64) (Interval, error) {
	if n < 1 {
		return Interval{}, fmt.Errorf("%w: a share of %d trials", ErrTooFew, n)
	}
	if x < 0 || x > n {
		return Interval{}, fmt.Errorf("share %d of %d: want a part of the whole", x, n)
	}
	if !(level > 0 && level < 1) {
		return Interval{}, fmt.Errorf("level %v: want one between 0 and 1", level)
	}
	tail, share := (1-level)/2, Interval{0, 1}
	if x > 0 {
		share.Low = distuv.Beta{Alpha: float64(x), Beta: float64(n - x + 1)}.Quantile(tail)
	}
	if x < n {
		share.High = distuv.Beta{Alpha: float64(x + 1), Beta: float64(n - x)}.Quantile(1 - tail)
	}
	return share, nil
}
