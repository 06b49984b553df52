package stats

import (
	"math"
	"slices"
	"testing"
)

func TestTrend(t *testing.T) {
	var years []float64
	for i := range nile {
		years = append(years, float64(i))
	}
	i := must[Interval](t)(SlopeInterval(years, nile, 0.95))
	near(t, "low", i.Low, -3.627907, 5e-7)
	near(t, "high", i.High, -1.428571, 5e-7)
	m := must[Trend](t)(MannKendall(nile))
	if m.S != -1387 {
		t.Errorf("S = %d, want -1387", m.S)
	}
	near(t, "var", m.Var, 112728.333, 5e-4)
	near(t, "z", m.Z, -4.128067, 5e-7)
	near(t, "p", m.P, 3.658e-05, 5e-9)
	if m := must[Trend](t)(MannKendall([]float64{7, 7, 7, 7})); m.S != 0 || m.Z != 0 || m.P != 1 {
		t.Errorf("equal values: %+v", m)
	}
	if m := must[Trend](t)(MannKendall([]float64{1, 2, 3})); m.S != 3 || math.Abs(m.Var-66.0/18) > 1e-12 {
		t.Errorf("1 2 3: %+v", m)
	}
}

func TestBlockMeans(t *testing.T) {
	s := must[Summary](t)(Summarise(must[[]float64](t)(BlockMeans(nile, 10))))
	near(t, "se", s.SD/math.Sqrt(10), 36.55534, 5e-6)
	i := must[Interval](t)(s.MeanInterval(0.95))
	near(t, "low", i.Low, 836.656, 5e-4)
	near(t, "high", i.High, 1002.044, 5e-4)
	if got := must[[]float64](t)(BlockMeans([]float64{1, 3, 5, 7, 9}, 2)); !slices.Equal(got, []float64{2, 6}) {
		t.Errorf("blocks of 2 of 5 values: %v", got)
	}
	if _, err := BlockMeans(nile, 0); err == nil {
		t.Error("blocks of nothing")
	}
}

func TestMSER5(t *testing.T) {
	series := func(at func(i int) float64) []float64 {
		var xs []float64
		for i := range 200 {
			xs = append(xs, at(i)+[]float64{0, 1, -1, 2, -2}[i%5])
		}
		return xs
	}
	for _, tt := range []struct {
		name    string
		at      func(i int) float64
		cut     int
		settled bool
	}{
		{"step at 40", func(i int) float64 { return map[bool]float64{true: 60, false: 80}[i < 40] }, 40, true},
		{"flat", func(int) float64 { return 60 }, 0, true},
		{"ramp", func(i int) float64 { return 60 + 0.1*float64(i) }, 100, false},
	} {
		cut, settled, err := MSER5(series(tt.at))
		if cut != tt.cut || settled != tt.settled || err != nil {
			t.Errorf("%s: cut %d, settled %v, %v, want %d, %v", tt.name, cut, settled, err, tt.cut, tt.settled)
		}
	}
	if _, _, err := MSER5([]float64{1, 2, 3, 4, 5, 6, 7}); err == nil {
		t.Error("a single block has a cut")
	}
}

func TestChangePoints(t *testing.T) {
	for _, tt := range []struct {
		name  string
		xs    []float64
		least float64
		want  []int
	}{
		{"three levels", []float64{0.3, 2.4, 1.5, -0.9, -0.5, 99.7, 98.3, 99.1, 149, 149.7, 149.5, 149.1, 148.8, 150}, 0, []int{5, 8}},
		{"halved", []float64{1.02, 0.95, 0.99, 1.00, 1.12, 1.00, 1.01, 0.98, 1.01, 0.96, 0.50, 0.51, 0.48, 0.48, 0.55, 0.50, 0.49, 0.51, 0.50, 0.49}, 0, []int{10}},
		{"too little", []float64{1.02, 0.95, 0.99, 1.00, 1.12, 1.00, 1.01, 0.98, 1.01, 0.96, 0.50, 0.51, 0.48, 0.48, 0.55, 0.50, 0.49, 0.51, 0.50, 0.49}, 0.6, nil},
		{"one small, one large", []float64{0.3, 2.4, 1.5, -0.9, -0.5, 99.7, 98.3, 99.1, 149, 149.7, 149.5, 149.1, 148.8, 150}, 60, []int{5}},
		{"nothing", []float64{5, 6, 5, 6, 5, 6, 5, 6, 5, 6}, 0, nil},
		{"all equal", []float64{5, 5, 5, 5, 5, 5, 5, 5}, 0, nil},
		{"Nile", nile, 0, []int{28}},
	} {
		if got := must[[]int](t)(ChangePoints(tt.xs, tt.least)); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	d := distancesOf(nile)
	near(t, "Q of Nile, cut at 28", d.q(0, 28, 100), 4807.521, 5e-4)
	if at, _ := d.best(0, len(nile)); at != 28 {
		t.Errorf("Nile is cut at %d, want 28", at)
	}
}
