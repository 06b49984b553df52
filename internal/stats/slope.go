package stats

import "fmt"

// Slope is the median of the slopes through all pairs of points (Theil, 1950;
// Sen, 1968): one outlier does not move it. The ts must differ from each other;
// it needs two points.
func Slope(ts, xs []float64) (float64, error) {
	if len(ts) != len(xs) {
		return 0, fmt.Errorf("slope of %d values at %d times", len(xs), len(ts))
	}
	for _, values := range [][]float64{ts, xs} {
		if err := check(values, 2); err != nil {
			return 0, err
		}
	}
	var slopes []float64
	for i := range ts {
		for j := range i {
			if ts[i] != ts[j] {
				slopes = append(slopes, (xs[i]-xs[j])/(ts[i]-ts[j]))
			}
		}
	}
	return Median(slopes)
}
