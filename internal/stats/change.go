package stats

import (
	"fmt"
	"math"
	"slices"
)

// Windows and tests of ChangePoints.
const (
	changeWindow = 50
	changeP      = 0.001
	weakP        = 10 * changeP
)

// ChangePoints returns where a series of trials changes its level: the places
// of the first values of each new level. It is E-divisive (Matteson and James,
// 2014) in the manner of Hunter (Fleming and others, ICPE 2023): windows of 50
// values are split as long as Student's test tells the sides apart at p <= 0.01;
// then the weakest point is taken out until all that are left have p < 0.001 and
// change the mean by least or more.
func ChangePoints(xs []float64, least float64) ([]int, error) {
	if err := check(xs, 2); err != nil {
		return nil, err
	}
	if !(least >= 0) {
		return nil, fmt.Errorf("least change %v: want 0 or more", least)
	}
	var points []int
	for from := 0; from < len(xs); {
		window := xs[from:min(from+changeWindow, len(xs))]
		last := 0
		for _, p := range split(window) {
			points = append(points, from+p)
			last = p
		}
		from += max(last, changeWindow/2)
	}
	slices.Sort(points)
	return strong(xs, slices.Compact(points), least), nil
}

// split returns the places at which xs changes, ascending.
func split(xs []float64) []int {
	d := distancesOf(xs)
	ends := []int{0, len(xs)}
	for {
		best, at, q := 0, 0, math.Inf(-1)
		for i := range len(ends) - 1 {
			if t, v := d.best(ends[i], ends[i+1]); v > q {
				best, at, q = i, t, v
			}
		}
		if math.IsInf(q, -1) || sidesP(xs[ends[best]:at], xs[at:ends[best+1]]) > weakP {
			return ends[1 : len(ends)-1]
		}
		ends = slices.Insert(ends, best+1, at)
	}
}

// strong takes out the weakest point until all are strong.
func strong(xs []float64, points []int, least float64) []int {
	for len(points) > 0 {
		ends := slices.Concat([]int{0}, points, []int{len(xs)})
		weakest, p, smallest, change := 0, -1.0, 0, math.Inf(1)
		for i, at := range points {
			left, right := xs[ends[i]:at], xs[at:ends[i+2]]
			if v := sidesP(left, right); v > p {
				weakest, p = i, v
			}
			if v := math.Abs(mean(right) - mean(left)); v < change {
				smallest, change = i, v
			}
		}
		if p < changeP {
			if change >= least {
				return points
			}
			weakest = smallest
		}
		points = slices.Delete(slices.Clone(points), weakest, weakest+1)
	}
	return points
}

// sidesP is the two-sided p of Student's test with one deviation for both
// sides, either of which may be a single value.
func sidesP(left, right []float64) float64 {
	n, m := float64(len(left)), float64(len(right))
	if n+m < 3 {
		return 1
	}
	var sum float64
	for _, side := range [][]float64{left, right} {
		middle := mean(side)
		for _, x := range side {
			sum += (x - middle) * (x - middle)
		}
	}
	e := Estimate{Value: mean(right) - mean(left), SE: math.Sqrt(sum / (n + m - 2) * (1/n + 1/m)), DF: n + m - 2}
	return e.P(0)
}

// distances sums |x[i]-x[j]| over rectangles: sums[i][j] is over all pairs
// before i and before j.
type distances struct{ sums [][]float64 }

func distancesOf(xs []float64) distances {
	sums := make([][]float64, len(xs)+1)
	sums[0] = make([]float64, len(xs)+1)
	for i, x := range xs {
		sums[i+1] = make([]float64, len(xs)+1)
		for j, y := range xs {
			sums[i+1][j+1] = sums[i][j+1] + sums[i+1][j] - sums[i][j] + math.Abs(x-y)
		}
	}
	return distances{sums}
}

// between sums over pairs of one value in [i, j) and one in [k, l).
func (d distances) between(i, j, k, l int) float64 {
	return d.sums[j][l] - d.sums[i][l] - d.sums[j][k] + d.sums[i][k]
}

// within averages the pairs of [a, b); 0 for a single value.
func (d distances) within(a, b int) float64 {
	n := float64(b - a)
	if n < 2 {
		return 0
	}
	return d.between(a, b, a, b) / (n * (n - 1))
}

// best returns where [from, to) is best cut, and how well: the largest Q over all
// left sides [from, t) and right sides [t, k).
func (d distances) best(from, to int) (at int, q float64) {
	q = math.Inf(-1)
	for t := from + 1; t < to; t++ {
		for k := t + 1; k <= to; k++ {
			if v := d.q(from, t, k); v > q {
				at, q = t, v
			}
		}
	}
	return at, q
}

// q is how much n values of [from, t) and m of [t, to) differ:
// nm/(n+m) (2/(nm) sum|x-y| - mean|x-x'| - mean|y-y'|).
func (d distances) q(from, t, to int) float64 {
	n, m := float64(t-from), float64(to-t)
	return n * m / (n + m) * (2*d.between(from, t, t, to)/(n*m) - d.within(from, t) - d.within(t, to))
}
