package stats

import (
	"errors"
	"fmt"
	"math"
)

// Line is a straight line through points by least squares, such as memory by
// users: y = Intercept + Slope x.
type Line struct {
	N                int
	Intercept, Slope float64
	// Residual is the standard deviation around the line, with n-2 below.
	Residual float64

	meanX, sxx float64
}

// Fit needs three points and two different xs.
func Fit(xs, ys []float64) (Line, error) {
	if len(xs) != len(ys) {
		return Line{}, fmt.Errorf("a line through %d values at %d places", len(ys), len(xs))
	}
	if err := errors.Join(check(xs, 3), check(ys, 3)); err != nil {
		return Line{}, err
	}
	x, y := mean(xs), mean(ys)
	l := Line{N: len(xs), meanX: x}
	var sxy float64
	for i := range xs {
		l.sxx += (xs[i] - x) * (xs[i] - x)
		sxy += (xs[i] - x) * (ys[i] - y)
	}
	if l.sxx == 0 {
		return Line{}, fmt.Errorf("%w: all at one place, no line", ErrTooFew)
	}
	l.Slope = sxy / l.sxx
	l.Intercept = y - l.Slope*x
	var sum float64
	for i := range xs {
		r := ys[i] - y - l.Slope*(xs[i]-x)
		sum += r * r
	}
	l.Residual = math.Sqrt(sum / float64(l.N-2))
	return l, nil
}

// At is the line's own value at x.
func (l Line) At(x float64) float64 { return l.Intercept + l.Slope*x }

// SlopeEstimate is the slope, SE = s/sqrt(Sxx).
func (l Line) SlopeEstimate() Estimate {
	return Estimate{l.Slope, l.Residual / math.Sqrt(l.sxx), float64(l.N - 2)}
}

// InterceptEstimate is the value at 0, SE = s sqrt(1/n + mean(x)^2/Sxx).
func (l Line) InterceptEstimate() Estimate {
	return Estimate{l.Intercept, l.Residual * math.Sqrt(1/float64(l.N)+l.meanX*l.meanX/l.sxx), float64(l.N - 2)}
}

// Next is the prediction of one further point at x, and not of the line:
// SE = s sqrt(1 + 1/n + (x-mean)^2/Sxx). Its Interval is where the point comes
// to lie.
func (l Line) Next(x float64) Estimate {
	d := x - l.meanX
	return Estimate{l.At(x), l.Residual * math.Sqrt(1+1/float64(l.N)+d*d/l.sxx), float64(l.N - 2)}
}

// Curvature is the factor of x^2 in the least-squares parabola through the
// points: what is left of y along that part of x^2 which no line explains. It
// needs three different xs.
func Curvature(xs, ys []float64) (float64, error) {
	squares := make([]float64, len(xs))
	for i, x := range xs {
		squares[i] = x * x
	}
	line, err := Fit(xs, squares)
	if err != nil {
		return 0, err
	}
	if len(ys) != len(xs) {
		return 0, fmt.Errorf("a curve through %d values at %d places", len(ys), len(xs))
	}
	if err := check(ys, 3); err != nil {
		return 0, err
	}
	if line.Residual <= 1e-12*math.Abs(line.At(line.meanX)) {
		return 0, fmt.Errorf("%w: a curve needs three places", ErrTooFew)
	}
	var along, length float64
	for i := range xs {
		r := squares[i] - line.At(xs[i])
		along += r * ys[i]
		length += r * r
	}
	return along / length, nil
}

func mean(xs []float64) float64 {
	var sum float64
	for _, x := range xs {
		sum += x / float64(len(xs))
	}
	return sum
}
