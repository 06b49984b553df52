package stats

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Once is a rise, or a fall, that a series makes a single time.
type Once struct {
	At float64 // when it begins, on the scale of the times
	// Within is the time in which it comes to 1-1/e of its height; 0 for a step.
	Within float64
	Height float64
}

// Drift is how fast a series of one run goes up or down for good: a straight line,
// beside what it did once, in noise that remembers its last value.
type Drift struct {
	N        int
	From, To float64  // the first time and the last
	Slope    Estimate // per unit of time
	// Memory is the share of one value's deviation that the next one keeps, between
	// 0 and 1: at 1 the series is a random walk.
	Memory float64
	Once   []Once // at most two, in the order of time
}

const (
	driftLeast  = 12   // values that a drift needs
	driftMemory = 0.99 // the largest that is reckoned with
	mostOnce    = 2
	// onceCosts is how many parameters a once counts for: its place was chosen among
	// many. With three, as of a step alone, noise with a memory is taken for steps.
	onceCosts = 5
	// memoryErrors is by how many standard errors the memory is taken larger than it
	// was estimated: a memory that was missed makes the interval too narrow.
	memoryErrors = 2
)

// DriftOf fits the line by generalised least squares with errors of the first
// order, e[i] = memory e[i-1] + noise (Prais and Winsten, 1954). The memory is that of
// the residuals, corrected for what a fitted line takes from it, (n memory + 2)/(n-4)
// (after Tjostheim and Paulsen, 1983), and two standard errors more; the degrees of
// freedom are those of n (1-memory)/(1+memory) values. Steps, and rises that saturate,
// are taken in one after the other as long as Schwarz's criterion (1978) gains by them.
// What this is worth is simulated in docs/statistics.md. ts are ascending; it needs
// twelve values.
func DriftOf(ts, xs []float64) (Drift, error) {
	if len(ts) != len(xs) {
		return Drift{}, fmt.Errorf("drift of %d values at %d times", len(xs), len(ts))
	}
	if err := errors.Join(check(ts, driftLeast), check(xs, driftLeast)); err != nil {
		return Drift{}, err
	}
	for i := 1; i < len(ts); i++ {
		if ts[i] <= ts[i-1] {
			return Drift{}, fmt.Errorf("time %v after %v: want them ascending", ts[i], ts[i-1])
		}
	}
	var once []Once
	best, err := fitDrift(ts, xs, once)
	if err != nil {
		return Drift{}, err
	}
	for len(once) < mostOnce && len(ts) >= driftLeast+4*(len(once)+1) {
		next, found := best, once
		for _, o := range onces(ts) {
			with := append(slices.Clone(once), o)
			f, err := fitDrift(ts, xs, with)
			if err == nil && f.criterion < next.criterion {
				next, found = f, with
			}
		}
		if len(found) == len(once) {
			break
		}
		best, once = next, found
	}
	d := Drift{N: len(ts), From: ts[0], To: ts[len(ts)-1], Slope: best.slope, Memory: best.memory, Once: once}
	for i := range d.Once {
		d.Once[i].Height = best.heights[i]
	}
	slices.SortStableFunc(d.Once, func(a, b Once) int { return cmp.Compare(a.At, b.At) })
	return d, nil
}

// onces are those that are tried: a step before each value, and rises from the
// beginning that are over before the series is.
func onces(ts []float64) []Once {
	var all []Once
	for i := 1; i < len(ts)-1; i++ {
		all = append(all, Once{At: ts[i]})
	}
	length := ts[len(ts)-1] - ts[0]
	for _, part := range []float64{40, 28, 20, 14, 10, 8, 6} {
		all = append(all, Once{At: ts[0], Within: length / part})
	}
	return all
}

// shape is its share of the height at t.
func (o Once) shape(t float64) float64 {
	switch {
	case t < o.At:
		return 0
	case o.Within == 0:
		return 1
	}
	return 1 - math.Exp(-(t-o.At)/o.Within)
}

// driftFit is a line with its onces.
type driftFit struct {
	slope     Estimate
	memory    float64
	heights   []float64
	criterion float64 // the smaller, the better
}

func fitDrift(ts, xs []float64, once []Once) (driftFit, error) {
	n, p := len(ts), 2+len(once)
	from, length := ts[0], ts[n-1]-ts[0]
	design, values := mat.NewDense(n, p, nil), mat.NewVecDense(n, slices.Clone(xs))
	for i, t := range ts {
		design.Set(i, 0, 1)
		design.Set(i, 1, (t-from)/length) // near 1, for the sake of the arithmetic
		for k, o := range once {
			design.Set(i, 2+k, o.shape(t))
		}
	}
	plain, _, err := leastSquares(design, values)
	if err != nil {
		return driftFit{}, err
	}
	memory := rememberedBy(residuals(design, values, plain))
	whitened, whitenedValues := whiten(design, memory), whiten(values, memory)
	var line mat.VecDense
	line.CloneFromVec(whitenedValues.ColView(0))
	beta, inverse, err := leastSquares(whitened, &line)
	if err != nil {
		return driftFit{}, err
	}
	var squares float64
	for _, r := range residuals(whitened, &line, beta) {
		squares += r * r
	}
	variance := squares / float64(n-p-1) // the memory was estimated as well
	df := max(1, min(float64(n-p-1), float64(n)*(1-memory)/(1+memory)-float64(p)+2))
	f := driftFit{
		memory: memory,
		slope:  Estimate{beta.AtVec(1) / length, math.Sqrt(variance*inverse.At(1, 1)) / length, df},
	}
	for k := range once {
		f.heights = append(f.heights, beta.AtVec(2+k))
	}
	parameters := float64(3 + onceCosts*len(once))
	// A series without any noise is as good as one with a millionth of its range.
	least := 1e-12 * spread(xs) * spread(xs)
	f.criterion = float64(n)*math.Log(max(squares/float64(n), least, math.SmallestNonzeroFloat64)) - math.Log(1-memory*memory) + parameters*math.Log(float64(n))
	return f, nil
}

func spread(xs []float64) float64 { return slices.Max(xs) - slices.Min(xs) }

// leastSquares solves design beta = values, and returns the inverse of design' design.
func leastSquares(design *mat.Dense, values *mat.VecDense) (beta *mat.VecDense, inverse *mat.SymDense, err error) {
	_, p := design.Dims()
	var normal mat.SymDense
	normal.SymOuterK(1, design.T())
	var factors mat.Cholesky
	if !factors.Factorize(&normal) || factors.Cond() > 1e12 {
		return nil, nil, fmt.Errorf("%w: the parts of the series cannot be told from each other", ErrTooFew)
	}
	var right mat.VecDense
	right.MulVec(design.T(), values)
	beta, inverse = mat.NewVecDense(p, nil), mat.NewSymDense(p, nil)
	if err := errors.Join(factors.SolveVecTo(beta, &right), factors.InverseTo(inverse)); err != nil {
		return nil, nil, err
	}
	return beta, inverse, nil
}

func residuals(design *mat.Dense, values, beta *mat.VecDense) []float64 {
	var fitted mat.VecDense
	fitted.MulVec(design, beta)
	fitted.SubVec(values, &fitted)
	return fitted.RawVector().Data
}

// rememberedBy is the lag-1 autocorrelation of residuals of a line, corrected and
// with the errors it may be short of.
func rememberedBy(residuals []float64) float64 {
	var products, squares float64
	for i, r := range residuals {
		squares += r * r
		if i > 0 {
			products += r * residuals[i-1]
		}
	}
	if squares == 0 {
		return 0
	}
	n := float64(len(residuals))
	memory := min(max((n*products/squares+2)/(n-4), 0), driftMemory)
	return min(memory+memoryErrors*math.Sqrt((1-memory*memory)/n), driftMemory)
}

// whiten takes out of each row what it keeps of the one before.
func whiten(m mat.Matrix, memory float64) *mat.Dense {
	n, p := m.Dims()
	out := mat.NewDense(n, p, nil)
	for i := range n {
		for j := range p {
			if i == 0 {
				out.Set(i, j, math.Sqrt(1-memory*memory)*m.At(i, j))
			} else {
				out.Set(i, j, m.At(i, j)-memory*m.At(i-1, j))
			}
		}
	}
	return out
}
