package stats

import "fmt"

// BlockMeans returns the means of consecutive blocks of size values: neighbours
// among readings depend on each other, long blocks hardly do. What is left at
// the end is dropped.
func BlockMeans(xs []float64, size int) ([]float64, error) {
	if size < 1 {
		return nil, fmt.Errorf("blocks of %d values: want 1 or more", size)
	}
	if err := check(xs, size); err != nil {
		return nil, err
	}
	var means []float64
	for i := 0; i+size <= len(xs); i += size {
		var sum float64
		for _, x := range xs[i : i+size] {
			sum += x / float64(size)
		}
		means = append(means, sum)
	}
	return means, nil
}

// mserBlock is the 5 of MSER-5.
const mserBlock = 5

// MSER5 finds how many of the first values are warm-up: with means z of blocks
// of 5, the d <= k/2 that minimises sum over i > d of (z[i] - mean)^2 / (k-d)^2,
// times 5 (White, Cobb and Spratt, 2000). It is not settled when the cut is as
// late as it may be: then the warm-up may be longer than what was seen.
func MSER5(xs []float64) (cut int, settled bool, err error) {
	z, err := BlockMeans(xs, mserBlock)
	if err != nil {
		return 0, false, err
	}
	if len(z) < 2 {
		return 0, false, fmt.Errorf("%w: have %d, need at least %d", ErrTooFew, len(xs), 2*mserBlock)
	}
	best, at := 0.0, 0
	for d := range len(z)/2 + 1 {
		rest := z[d:]
		s, err := Summarise(rest)
		if err != nil {
			return 0, false, err
		}
		n := float64(len(rest))
		if error2 := s.SD * s.SD * (n - 1) / (n * n); d == 0 || error2 < best {
			best, at = error2, d
		}
	}
	return mserBlock * at, at < len(z)/2, nil
}
