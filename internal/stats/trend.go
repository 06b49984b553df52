package stats

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Slope is the median of the slopes through all pairs of points (Theil, 1950;
// Sen, 1968): one outlier does not move it. The ts must differ from each other;
// it needs two points.
func Slope(ts, xs []float64) (float64, error) {
	slopes, err := slopes(ts, xs)
	if err != nil {
		return 0, err
	}
	return Median(slopes)
}

// SlopeInterval is the interval of Slope: with N slopes and C = z sqrt(var S) of
// MannKendall, those at the places (N-C)/2 and (N+C)/2 of their order (Sen, 1968).
func SlopeInterval(ts, xs []float64, level float64) (Interval, error) {
	all, err := slopes(ts, xs)
	if err != nil {
		return Interval{}, err
	}
	if len(all) == 0 {
		return Interval{}, fmt.Errorf("%w: all points are of one time", ErrTooFew)
	}
	slices.Sort(all)
	z := distuv.UnitNormal.Quantile(1 - (1-level)/2)
	n, c := float64(len(all)), z*math.Sqrt(varianceOfS(xs))
	low, high := int(math.Round((n-c)/2))-1, int(math.Round((n+c)/2))
	return Interval{all[max(low, 0)], all[min(high, len(all)-1)]}, nil
}

func slopes(ts, xs []float64) ([]float64, error) {
	if len(ts) != len(xs) {
		return nil, fmt.Errorf("slope of %d values at %d times", len(xs), len(ts))
	}
	if err := errors.Join(check(ts, 2), check(xs, 2)); err != nil {
		return nil, err
	}
	var out []float64
	for i := range ts {
		for j := range i {
			if ts[i] != ts[j] {
				out = append(out, (xs[i]-xs[j])/(ts[i]-ts[j]))
			}
		}
	}
	return out, nil
}

// Trend is the Mann-Kendall test of values in the order of time.
type Trend struct {
	S    int     // rises less falls among all pairs
	Var  float64 // of S, were there no trend
	Z, P float64 // P is two-sided
}

// MannKendall tests whether xs rises or falls (Mann, 1945; Kendall, 1975):
// S = sum of sign(x[j]-x[i]) over i < j, z = (S - sign S)/sqrt(var S), with ties
// counted in the variance. Its values must be independent: of readings, use the
// means of blocks.
func MannKendall(xs []float64) (Trend, error) {
	if err := check(xs, 3); err != nil {
		return Trend{}, err
	}
	t := Trend{Var: varianceOfS(xs)}
	for j, x := range xs {
		for _, before := range xs[:j] {
			t.S += sign(x - before)
		}
	}
	if t.Var > 0 {
		t.Z = float64(t.S-sign(float64(t.S))) / math.Sqrt(t.Var)
	}
	t.P = 2 * distuv.UnitNormal.CDF(-math.Abs(t.Z))
	return t, nil
}

// varianceOfS is [n(n-1)(2n+5) - sum of t(t-1)(2t+5)]/18 over the groups of t
// equal values (Kendall, 1975).
func varianceOfS(xs []float64) float64 {
	term := func(n float64) float64 { return n * (n - 1) * (2*n + 5) }
	equal := map[float64]float64{}
	for _, x := range xs {
		equal[x]++
	}
	v := term(float64(len(xs)))
	for _, t := range equal {
		v -= term(t)
	}
	return v / 18
}

func sign(x float64) int {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}
