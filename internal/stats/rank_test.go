package stats

import (
	"errors"
	"math"
	"math/bits"
	"slices"
	"testing"
)

// permeability is the example of R's help page of wilcox.test.
var (
	permeability1 = []float64{0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46}
	permeability2 = []float64{1.15, 0.88, 0.90, 0.74, 1.21}
)

func TestHodgesLehmann(t *testing.T) {
	s := must[Shift](t)(HodgesLehmann(permeability1, permeability2, 0.90))
	near(t, "estimate", s.Value, 0.305, 1e-12)
	near(t, "90 % low", s.Interval.Low, -0.08, 1e-12)
	near(t, "90 % high", s.Interval.High, 0.72, 1e-12)
	near(t, "level", s.Level, 0.9008, 5e-5)
	s = must[Shift](t)(HodgesLehmann(permeability1, permeability2, 0.95))
	near(t, "95 % low", s.Interval.Low, -0.15, 1e-12)
	near(t, "95 % high", s.Interval.High, 0.76, 1e-12)
	near(t, "level", s.Level, 0.9600, 5e-5)
	near(t, "two-sided p", must[float64](t)(RankSumP(permeability1, permeability2)), 0.2544123, 5e-8)
	if permeability1[0] != 0.80 {
		t.Error("HodgesLehmann changed the order of its argument")
	}
	if p, err := RankSumP([]float64{3, 3}, []float64{3, 3, 3}); p != 1 || err != nil {
		t.Errorf("equal values: p %v, %v", p, err)
	}
	if s := must[Shift](t)(HodgesLehmann([]float64{4}, []float64{1}, 0.95)); s.Value != 3 || s.Level != 0 {
		t.Errorf("one each: %+v, want 3 at no level", s)
	}
}

// The paired figures against all 2^n signs, counted one by one.
func TestPairedShift(t *testing.T) {
	d := []float64{0.952, -0.147, 1.022, 0.43, 0.62, 0.59, 0.49, -0.08, 0.01}
	s := must[Shift](t)(PairedShift(d, 0.95))
	near(t, "estimate", s.Value, 0.46, 1e-9)
	near(t, "low", s.Interval.Low, 0.01, 1e-9)
	near(t, "high", s.Interval.High, 0.786, 1e-9)
	for n := 1; n <= 10; n++ {
		cdf := signedRanks(n)
		for v := range cdf {
			seen := 0
			for signs := range 1 << n {
				sum := 0
				for rest := uint(signs); rest != 0; rest &= rest - 1 {
					sum += 1 + bits.TrailingZeros(rest)
				}
				if sum <= v {
					seen++
				}
			}
			near(t, "P(V <= v)", cdf[v], float64(seen)/math.Exp2(float64(n)), 1e-12)
		}
	}
	// Six pairs are the fewest for 95 %: the ends are those of the Walsh averages.
	s = must[Shift](t)(PairedShift([]float64{1, 2, 3, 4, 5, 6}, 0.95))
	if s.Interval != (Interval{1, 6}) || math.Abs(s.Level-0.96875) > 1e-12 {
		t.Errorf("six pairs: %+v", s)
	}
	if s = must[Shift](t)(PairedShift([]float64{1, 2, 3}, 0.95)); s.Level != 0.75 {
		t.Errorf("three pairs reach %v, want 0.75", s.Level)
	}
	if s = must[Shift](t)(PairedShift([]float64{7, 7, 7, 7, 7, 7}, 0.95)); s.Value != 7 || s.Interval != (Interval{7, 7}) {
		t.Errorf("equal differences: %+v", s)
	}
}

func TestMedianInterval(t *testing.T) {
	for _, tt := range []struct {
		n         int
		low, high float64
		level     float64
	}{{6, 1, 6, 0.96875}, {10, 2, 9, 0.97852}, {15, 4, 12, 0.96484}, {20, 6, 15, 0.95861}} {
		var xs []float64
		for i := range tt.n {
			xs = append(xs, float64(1+(i*7)%tt.n)) // 1 to n, shuffled: 7 divides none of them
		}
		s := must[Shift](t)(MedianInterval(xs, 0.95))
		if s.Interval != (Interval{tt.low, tt.high}) || s.Value != float64(tt.n+1)/2 {
			t.Errorf("n = %d: %+v", tt.n, s)
		}
		near(t, "level", s.Level, tt.level, 5e-6)
	}
	if s, err := MedianInterval([]float64{1, 2, 3, 4, 5}, 0.95); !errors.Is(err, ErrTooFew) {
		t.Errorf("5 values: %+v, %v", s, err)
	}
}

func TestRanksRefuse(t *testing.T) {
	bad := []float64{1, math.NaN()}
	for name, err := range map[string]error{
		"HodgesLehmann":  second(HodgesLehmann(bad, permeability2, 0.95)),
		"no value":       second(HodgesLehmann(nil, permeability2, 0.95)),
		"PairedShift":    second(PairedShift(bad, 0.95)),
		"RankSumP":       second(RankSumP(permeability1, bad)),
		"MedianInterval": second(MedianInterval(bad, 0.95)),
		"BlockMeans":     second(BlockMeans(bad, 1)),
		"MannKendall":    second(MannKendall(slices.Concat(bad, bad))),
		"Fit":            second(Fit([]float64{1, 2}, bad)),
		"Curvature":      second(Curvature([]float64{1, 2, 3}, []float64{1, 2, math.Inf(1)})),
		"ChangePoints":   second(ChangePoints(bad, 0)),
		"SlopeInterval":  second(SlopeInterval([]float64{1, 2}, bad, 0.95)),
	} {
		if err == nil {
			t.Errorf("%s took it", name)
		}
	}
}

func second[T any](_ T, err error) error { return err }
