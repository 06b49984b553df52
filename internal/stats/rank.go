package stats

import (
	"errors"
	"math"
	"slices"

	moremath "github.com/aclements/go-moremath/stats"
)

// Shift is an estimate that one outlier does not move, with an interval read
// off the ordered values, whose level can only be met about.
type Shift struct {
	Value    float64
	Interval Interval
	// Level is what the interval reaches; below what was asked for where the
	// sample is too small for it.
	Level float64
}

// HodgesLehmann is the median of all differences x-y (Hodges and Lehmann, 1963),
// with the exact interval of Wilcoxon's rank sum: the C-th smallest and the C-th
// largest difference, C being the smallest u with P(U <= u) >= (1-level)/2, and
// 1 at least. The level reached is 1 - 2 P(U <= C-1). Ties are taken for none.
func HodgesLehmann(xs, ys []float64, level float64) (Shift, error) {
	if err := errors.Join(check(xs, 1), check(ys, 1)); err != nil {
		return Shift{}, err
	}
	var d []float64
	for _, x := range xs {
		for _, y := range ys {
			d = append(d, x-y)
		}
	}
	u := moremath.UDist{N1: len(xs), N2: len(ys)}
	return shift(d, level, func(c int) float64 { return u.CDF(float64(c)) })
}

// PairedShift is the same for differences of pairs: the median of the Walsh
// averages (d[i]+d[j])/2, i <= j, with the exact interval of Wilcoxon's signed
// ranks (Hollander and Wolfe, Nonparametric Statistical Methods, 1973).
func PairedShift(d []float64, level float64) (Shift, error) {
	if err := check(d, 1); err != nil {
		return Shift{}, err
	}
	var walsh []float64
	for i := range d {
		for j := range i + 1 {
			walsh = append(walsh, d[i]/2+d[j]/2)
		}
	}
	cdf := signedRanks(len(d))
	return shift(walsh, level, func(c int) float64 { return cdf[c] })
}

// shift reads estimate and interval off the values; cdf is of the statistic
// that counts them.
func shift(values []float64, level float64, cdf func(int) float64) (Shift, error) {
	slices.Sort(values)
	middle, err := Median(values)
	if err != nil {
		return Shift{}, err
	}
	c := 0
	for cdf(c) < (1-level)/2 {
		c++
	}
	c = max(c, 1)
	return Shift{middle, Interval{values[c-1], values[len(values)-c]}, 1 - 2*cdf(c-1)}, nil
}

// signedRanks returns P(V <= v) for every v, V being the sum of those of the
// ranks 1 to n whose sign, each as likely as the other, is positive.
func signedRanks(n int) []float64 {
	p := make([]float64, n*(n+1)/2+1)
	p[0] = math.Exp2(float64(-n))
	for rank := 1; rank <= n; rank++ {
		for v := len(p) - 1; v >= rank; v-- {
			p[v] += p[v-rank]
		}
	}
	for v := 1; v < len(p); v++ {
		p[v] += p[v-1]
	}
	return p
}

// RankSumP is the two-sided p of the Mann-Whitney test that neither of xs and ys
// tends to be larger: exact for small samples, 1 when all values are equal.
func RankSumP(xs, ys []float64) (float64, error) {
	if err := errors.Join(check(xs, 1), check(ys, 1)); err != nil {
		return 0, err
	}
	r, err := moremath.MannWhitneyUTest(xs, ys, moremath.LocationDiffers)
	switch {
	case errors.Is(err, moremath.ErrSamplesEqual):
		return 1, nil
	case err != nil:
		return 0, err
	}
	return r.P, nil
}

// MedianInterval is the interval of the median by order statistics, which
// assumes nothing of the distribution: the k-th smallest to the k-th largest
// value with the largest k such that 1 - 2 P(B <= k-1) >= level, B being
// binomial(n, 1/2) (Thompson, 1936). At 95 % it needs 6 values.
func MedianInterval(xs []float64, level float64) (Shift, error) {
	middle, err := Median(xs)
	if err != nil {
		return Shift{}, err
	}
	sorted := slices.Sorted(slices.Values(xs))
	out, tail := Shift{Value: middle}, 0.0
	for k := 1; 2*k <= len(sorted)+1; k++ {
		tail += math.Exp(logChoose(len(sorted), k-1) - float64(len(sorted))*math.Ln2)
		if 1-2*tail < level {
			break
		}
		out.Level, out.Interval = 1-2*tail, Interval{sorted[k-1], sorted[len(sorted)-k]}
	}
	if out.Level == 0 {
		return Shift{}, ErrTooFew
	}
	return out, nil
}

func logChoose(n, k int) float64 {
	of := func(n int) float64 { v, _ := math.Lgamma(float64(n + 1)); return v }
	return of(n) - of(k) - of(n-k)
}
