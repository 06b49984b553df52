package stats

import (
	"fmt"
	"math"
)

// Paired is the mean of the differences xs[i]-ys[i]: what the pairs have in
// common cancels. It needs two pairs.
func Paired(xs, ys []float64) (Estimate, error) {
	d, err := Differences(xs, ys)
	if err != nil {
		return Estimate{}, err
	}
	s, err := Summarise(d)
	if err != nil {
		return Estimate{}, err
	}
	return s.Estimate()
}

// Differences returns xs[i]-ys[i].
func Differences(xs, ys []float64) ([]float64, error) {
	if len(xs) != len(ys) {
		return nil, fmt.Errorf("%d values against %d are no pairs", len(xs), len(ys))
	}
	d := make([]float64, len(xs))
	for i := range d {
		d[i] = xs[i] - ys[i]
	}
	return d, check(d, 1)
}

// Welch is the difference of two means whose deviations may differ, for samples
// without pairs: SE^2 = a + b with a = sa^2/na, b = sb^2/nb, and
// DF = (a+b)^2 / (a^2/(na-1) + b^2/(nb-1)) (Welch, 1947). Each needs two values.
func Welch(x, y Summary) (Estimate, error) {
	if x.N < 2 || y.N < 2 {
		return Estimate{}, fmt.Errorf("%w: have %d and %d, a difference needs at least 2 and 2", ErrTooFew, x.N, y.N)
	}
	nx, ny := float64(x.N), float64(y.N)
	a, b := x.SD*x.SD/nx, y.SD*y.SD/ny
	e := Estimate{Value: x.Mean - y.Mean, SE: math.Sqrt(a + b), DF: nx + ny - 2}
	if e.SE > 0 {
		e.DF = (a + b) * (a + b) / (a*a/(nx-1) + b*b/(ny-1))
	}
	return e, nil
}
