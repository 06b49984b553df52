package stats

import "testing"

// cars is R's data set of the same name: speed in mph, stopping distance in ft.
var (
	speed = []float64{4, 4, 7, 7, 8, 9, 10, 10, 10, 11, 11, 12, 12, 12, 12, 13, 13, 13, 13, 14, 14, 14, 14, 15, 15,
		15, 16, 16, 17, 17, 17, 18, 18, 18, 18, 19, 19, 19, 20, 20, 20, 20, 20, 22, 23, 24, 24, 24, 24, 25}
	distance = []float64{2, 10, 4, 22, 16, 10, 18, 26, 34, 17, 28, 14, 20, 24, 28, 26, 34, 34, 46, 26, 36, 60, 80, 20, 26,
		54, 32, 40, 32, 40, 50, 42, 56, 76, 84, 36, 46, 68, 32, 48, 52, 56, 64, 66, 54, 70, 92, 93, 120, 85}
)

// norris is NIST StRD's data set of the same name: ozone monitors, y and x.
var norris = [][2]float64{
	{0.1, 0.2}, {338.8, 337.4}, {118.1, 118.2}, {888.0, 884.6}, {9.2, 10.1}, {228.1, 226.5}, {668.5, 666.3}, {998.5, 996.3},
	{449.1, 448.6}, {778.9, 777.0}, {559.2, 558.2}, {0.3, 0.4}, {0.1, 0.6}, {778.1, 775.5}, {668.8, 666.9}, {339.3, 338.0},
	{448.9, 447.5}, {10.8, 11.6}, {557.7, 556.0}, {228.3, 228.1}, {998.0, 995.8}, {888.8, 887.6}, {119.6, 120.2}, {0.3, 0.3},
	{0.6, 0.3}, {557.6, 556.8}, {339.3, 339.1}, {888.0, 887.2}, {998.5, 999.0}, {778.9, 779.0}, {10.2, 11.1}, {117.6, 118.3},
	{228.9, 229.2}, {668.4, 669.1}, {449.2, 448.9}, {0.2, 0.5},
}

func TestLine(t *testing.T) {
	l := must[Line](t)(Fit(speed, distance))
	near(t, "slope", l.Slope, 3.932409, 5e-7)
	near(t, "intercept", l.Intercept, -17.57909, 5e-6)
	near(t, "residual", l.Residual, 15.37959, 5e-6)
	i := must[Interval](t)(l.SlopeEstimate().Interval(0.95))
	near(t, "slope low", i.Low, 3.096964, 5e-7)
	near(t, "slope high", i.High, 4.767853, 5e-7)
	near(t, "at 21", l.At(21), 65.00149, 5e-6)
	i = must[Interval](t)(l.Next(21).Interval(0.95))
	near(t, "next at 21, low", i.Low, 33.42257, 5e-6)
	near(t, "next at 21, high", i.High, 96.58040, 5e-6)
	near(t, "P(y <= 100) at 21", l.Next(21).ChanceBelow(100), 0.9847122, 5e-8)
	near(t, "bound at 23", must[float64](t)(l.Next(23).UpperBound(0.95)), 99.45095, 5e-6)
	near(t, "bound at 24", must[float64](t)(l.Next(24).UpperBound(0.95)), 103.53093, 5e-6)
	if _, err := l.Next(21).UpperBound(0.5); err == nil {
		t.Error("a bound at level 0.5")
	}
}

func TestNorris(t *testing.T) {
	var xs, ys []float64
	for _, p := range norris {
		xs, ys = append(xs, p[1]), append(ys, p[0])
	}
	l := must[Line](t)(Fit(xs, ys))
	near(t, "B0", l.Intercept, -0.262323073774029, 1e-12)
	near(t, "B1", l.Slope, 1.00211681802045, 1e-13)
	near(t, "se of B0", l.InterceptEstimate().SE, 0.232818234301152, 1e-12)
	near(t, "se of B1", l.SlopeEstimate().SE, 0.000429796848199937, 1e-15)
}

func TestCurvature(t *testing.T) {
	users := []float64{0, 1, 3, 5, 8, 10}
	var straight, bent []float64
	for _, x := range users {
		straight, bent = append(straight, 80+7*x), append(bent, 80+7*x+0.25*x*x)
	}
	near(t, "of a line", must[float64](t)(Curvature(users, straight)), 0, 1e-12)
	near(t, "of a parabola", must[float64](t)(Curvature(users, bent)), 0.25, 1e-12)
	if c, err := Curvature([]float64{1, 1, 2, 2}, []float64{1, 2, 3, 4}); err == nil {
		t.Errorf("two places have a curvature of %v", c)
	}
}

// NIST StRD, univariate: series that lose their digits in a careless sum.
func TestNumAcc(t *testing.T) {
	alternating := func(first, low, high float64) []float64 {
		xs := []float64{first}
		for range 500 {
			xs = append(xs, low, high)
		}
		return xs
	}
	for _, tt := range []struct {
		name     string
		xs       []float64
		mean, sd float64
	}{
		{"NumAcc2", alternating(1.2, 1.1, 1.3), 1.2, 0.1},
		{"NumAcc3", alternating(1000000.2, 1000000.1, 1000000.3), 1000000.2, 0.1},
		{"NumAcc4", alternating(10000000.2, 10000000.1, 10000000.3), 10000000.2, 0.1},
	} {
		s := must[Summary](t)(Summarise(tt.xs))
		near(t, tt.name+" mean", s.Mean, tt.mean, 1e-8)
		near(t, tt.name+" sd", s.SD, tt.sd, 1e-8)
	}
	if _, err := Fit([]float64{1, 1, 1}, []float64{1, 2, 3}); err == nil {
		t.Error("points at one place have a line")
	}
	if _, err := Fit([]float64{1, 2}, []float64{1, 2}); err == nil {
		t.Error("two points have a residual")
	}
}
