package stats

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// sample draws values whose sums keep their digits.
func sample(t *rapid.T, least int) []float64 {
	var xs []float64
	for _, n := range rapid.SliceOfN(rapid.IntRange(-4000, 4000), least, 12).Draw(t, "xs") {
		xs = append(xs, float64(n)/8)
	}
	return xs
}

func mapped(xs []float64, f func(float64) float64) []float64 {
	out := make([]float64, len(xs))
	for i, x := range xs {
		out[i] = f(x)
	}
	return out
}

// figures are all that a sample of differences, or of levels, is judged by.
func figuresOf(t *rapid.T, xs []float64) []float64 {
	s, err := Summarise(xs)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := s.MeanInterval(0.95)
	if err != nil {
		t.Fatal(err)
	}
	bound, err := s.UpperBound(0.95)
	if err != nil {
		t.Fatal(err)
	}
	paired, err := PairedShift(xs, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	middle, err := Median(xs)
	if err != nil {
		t.Fatal(err)
	}
	return []float64{s.Mean, wide.Low, wide.High, bound, paired.Value, paired.Interval.Low, paired.Interval.High, middle}
}

func same(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Abs(x-y) <= 1e-6*(1+math.Abs(x)) })
}

func TestShiftScaleAndOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		xs := sample(t, 2)
		by, factor := rapid.Float64Range(-1e4, 1e4).Draw(t, "by"), rapid.Float64Range(0.01, 100).Draw(t, "factor")
		want := figuresOf(t, xs)
		if got := figuresOf(t, rapid.Permutation(xs).Draw(t, "order")); !same(got, want) {
			t.Fatalf("another order: %v, want %v", got, want)
		}
		move := func(x float64) float64 { return x + by }
		if got := figuresOf(t, mapped(xs, move)); !same(got, mapped(want, move)) {
			t.Fatalf("moved by %v: %v, want %v", by, got, mapped(want, move))
		}
		scale := func(x float64) float64 { return x * factor }
		if got := figuresOf(t, mapped(xs, scale)); !same(got, mapped(want, scale)) {
			t.Fatalf("times %v: %v, want %v", factor, got, mapped(want, scale))
		}
	})
}

// What is not certain does not become so by noise, nor certain of the opposite.
func TestMoreNoiseNeverConfirms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		xs := sample(t, 2)
		middle, half := rapid.Float64Range(-500, 500).Draw(t, "middle"), rapid.Float64Range(0, 500).Draw(t, "half")
		region := Interval{middle - half, middle + half}
		s, err := Summarise(xs)
		if err != nil {
			t.Fatal(err)
		}
		noisy := s
		noisy.SD *= rapid.Float64Range(1, 10).Draw(t, "noise")
		before, after := answer(t, s, region), answer(t, noisy, region)
		if after != Unknown && after != before {
			t.Fatalf("%+v in %v is %v, with more noise %v", s, region, before, after)
		}
	})
}

func answer(t *rapid.T, s Summary, region Interval) Answer {
	e, err := s.Estimate()
	if err != nil {
		t.Fatal(err)
	}
	a, err := Equivalence(e, region)
	if err != nil {
		t.Fatal(err)
	}
	// The answer and its p values say the same, but for the last bit.
	in, out := InsideP(e, region), OutsideP(e, region)
	if (in < 0.0499 && a != Inside) || (in > 0.0501 && a == Inside) || (a == Outside && out > 0.0501) || (a == Unknown && out < 0.0499) {
		t.Fatalf("%+v in %v is %v with p %v inside and %v outside", e, region, a, in, out)
	}
	return a
}

// Twice the trials of the same spread narrow an interval by at least sqrt 2.
func TestMoreTrialsNarrow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Summary{N: rapid.IntRange(2, 50).Draw(t, "n"), SD: rapid.Float64Range(0.1, 100).Draw(t, "sd")}
		twice := s
		twice.N *= 2
		one, err := s.MeanInterval(0.95)
		if err != nil {
			t.Fatal(err)
		}
		two, err := twice.MeanInterval(0.95)
		if err != nil {
			t.Fatal(err)
		}
		if two.High*math.Sqrt2 > one.High*(1+1e-9) {
			t.Fatalf("%d trials +-%v, twice as many +-%v", s.N, one.High, two.High)
		}
	})
}

// Holm never makes a p smaller, and one test is left as it is.
func TestHolmOnlyRaises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ps := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 40).Draw(t, "ps")
		for i, p := range Holm(ps) {
			if p < ps[i] || p > 1 || (len(ps) == 1 && p != ps[0]) {
				t.Fatalf("%v became %v", ps[i], p)
			}
		}
	})
}

// A point of change is one in the mirror too.
func TestChangePointsMirror(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		xs := slices.Concat(sample(t, 2), mapped(sample(t, 2), func(x float64) float64 { return x + 5000 }))
		up, err := ChangePoints(xs, 1)
		if err != nil {
			t.Fatal(err)
		}
		down, err := ChangePoints(mapped(xs, func(x float64) float64 { return -2 * x }), 2)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(up, down) {
			t.Fatalf("%v upright, %v upside down", up, down)
		}
	})
}
