package stats

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// sleep is R's data set of the same name: extra hours of sleep, group 1 and 2.
var (
	sleep1 = []float64{0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0}
	sleep2 = []float64{1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4}
)

// nile is R's data set of the same name: annual flow at Aswan, 1871 to 1970.
var nile = []float64{
	1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958, 1140,
	1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969,
	831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796, 1040, 759,
	781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890,
	744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740,
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > tolerance {
		t.Errorf("%s = %.9g, want %.9g", what, got, want)
	}
}

// estimated is the mean of s as an estimate.
func estimated(t *testing.T, s Summary) Estimate {
	t.Helper()
	return must[Estimate](t)(s.Estimate())
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func differences() []float64 {
	d := make([]float64, len(sleep1))
	for i := range d {
		d[i] = sleep1[i] - sleep2[i]
	}
	return d
}

func TestQuantileReferences(t *testing.T) {
	near(t, "median of Nile", must[float64](t)(Median(nile)), 893.5, 0)
	near(t, "p95 of Nile", must[float64](t)(Quantile(nile, 0.95)), 1210.5, 1e-9)
	near(t, "p0", must[float64](t)(Quantile(nile, 0)), 456, 0)
	near(t, "p100", must[float64](t)(Quantile(nile, 1)), 1370, 0)
	near(t, "median of one", must[float64](t)(Median([]float64{7})), 7, 0)
	near(t, "median of two", must[float64](t)(Median([]float64{9, 7})), 8, 0)
	near(t, "median of a time order", must[float64](t)(Median([]float64{10, 100, 20})), 20, 0)
	if nile[0] != 1120 || nile[99] != 740 {
		t.Error("Quantile changed the order of its argument")
	}
}

func TestMeanReferences(t *testing.T) {
	s := must[Summary](t)(Summarise(nile))
	near(t, "mean of Nile", s.Mean, 919.35, 1e-9)
	near(t, "sd of Nile", s.SD, 169.2275, 5e-5)

	// The paired t interval of R's sleep, and the one of two one-sided tests.
	d := must[Summary](t)(Summarise(differences()))
	wide := must[Interval](t)(d.MeanInterval(0.95))
	near(t, "95 % low", wide.Low, -2.459886, 5e-7)
	near(t, "95 % high", wide.High, -0.700114, 5e-7)

	// NIST StRD NumAcc1: certified mean and deviation.
	s = must[Summary](t)(Summarise([]float64{10000001, 10000003, 10000002}))
	near(t, "NumAcc1 mean", s.Mean, 10000002, 0)
	near(t, "NumAcc1 sd", s.SD, 1, 0)

	// t(0.95, 4) = 2.131847 (table): 10 + 2.131847 sqrt(2.5) sqrt(1.2).
	s = must[Summary](t)(Summarise([]float64{8, 9, 10, 11, 12}))
	near(t, "prediction bound", must[float64](t)(s.UpperBound(0.95)), 10+2.131847*math.Sqrt(2.5*1.2), 1e-5)
}

func TestEquivalence(t *testing.T) {
	d := must[Summary](t)(Summarise(differences())) // mean -1.58, 90 % [-2.293, -0.867], 95 % [-2.460, -0.700]
	check := func(region Interval, want Answer) {
		t.Helper()
		if got := must[Answer](t)(Equivalence(estimated(t, d), region)); got != want {
			t.Errorf("Equivalence(%v) = %v, want %v", region, got, want)
		}
	}
	check(Interval{-2.4, -0.8}, Inside)
	check(Interval{-2.2, -0.8}, Unknown)
	check(Interval{-0.75, 1}, Unknown) // outside the 90 % interval, not the 95 %
	check(Interval{-0.69, 1}, Outside)
	check(Interval{-9, -2.47}, Outside)
	check(Interval{math.Inf(-1), 0}, Inside)
	if _, err := (Summary{N: 1, Mean: 1}).Estimate(); !errors.Is(err, ErrTooFew) {
		t.Errorf("one value decided: %v", err)
	}
	same := Summary{N: 3, Mean: 5}
	if got := must[Answer](t)(Equivalence(estimated(t, same), Interval{5, 5})); got != Inside {
		t.Errorf("equal values = %v, want Inside", got)
	}
}

func TestPoissonInterval(t *testing.T) {
	for _, c := range []struct {
		n         int
		low, high float64
	}{{0, 0, 3.6889}, {1, 0.0253, 5.5716}, {10, 4.7954, 18.3904}, {100, 81.3640, 121.6272}} {
		got := must[Interval](t)(PoissonInterval(c.n, 0.95))
		near(t, "low", got.Low, c.low, 5e-4)
		near(t, "high", got.High, c.high, 5e-4)
	}
	if _, err := PoissonInterval(-1, 0.95); err == nil {
		t.Error("a count below none gave no error")
	}
	if _, err := PoissonInterval(1, 1); err == nil {
		t.Error("a level of 1 gave no error")
	}
}

func TestClopperPearson(t *testing.T) {
	check := func(x, n int, level, low, high float64) {
		t.Helper()
		got := must[Interval](t)(ClopperPearson(x, n, level))
		near(t, "low", got.Low, low, 5e-4)
		near(t, "high", got.High, high, 5e-4)
	}
	// One-sided 95 % bounds are the ends of the 90 % interval.
	check(5, 5, 0.90, 0.549, 1)
	check(10, 10, 0.90, 0.741, 1)
	check(0, 10, 0.90, 0, 0.259)
	check(0, 29, 0.90, 0, 0.098)
	// Six of six is above one half, none of six below, five of five neither.
	check(6, 6, 0.95, 0.5407, 1)
	check(0, 6, 0.95, 0, 0.4593)
	check(5, 5, 0.95, 0.4782, 1)
	for _, bad := range [][2]int{{0, 0}, {-1, 3}, {4, 3}} {
		if _, err := ClopperPearson(bad[0], bad[1], 0.95); err == nil {
			t.Errorf("ClopperPearson(%v) gave no error", bad)
		}
	}
}

func TestSlope(t *testing.T) {
	years := make([]float64, len(nile))
	for i := range years {
		years[i] = float64(i)
	}
	near(t, "Nile", must[float64](t)(Slope(years, nile)), -2.6, 1e-9)
	if _, err := Slope([]float64{1, 1}, []float64{2, 3}); !errors.Is(err, ErrTooFew) {
		t.Errorf("points of one time have a slope: %v", err)
	}
	if _, err := Slope([]float64{1}, []float64{2, 3}); err == nil {
		t.Error("lists of different lengths have a slope")
	}
}

func TestTrials(t *testing.T) {
	s := Summary{N: 3, Mean: 100, SD: 5}
	// t(0.95, 2) = 2.92 gives 116.9; 4: t = 2.353 gives 113.2; 5: 111.7.
	if n, ok := s.TrialsForBound(112, 0.95); n != 5 || !ok {
		t.Errorf("TrialsForBound(112) = %d, %v, want 5", n, ok)
	}
	if _, ok := s.TrialsForBound(105, 0.95); ok {
		t.Error("a limit nearer than the deviation was promised")
	}
	// Half-width 5 needs t(0.975, n-1) <= sqrt(n): 7 (2.447 <= 2.646).
	if n, ok := s.TrialsForHalfWidth(5, 0.95); n != 7 || !ok {
		t.Errorf("TrialsForHalfWidth(5) = %d, %v, want 7", n, ok)
	}
	if _, ok := (Summary{N: 1}).TrialsForBound(1, 0.95); ok {
		t.Error("one value has a deviation")
	}
}

func TestRefused(t *testing.T) {
	for _, xs := range [][]float64{nil, {}, {math.NaN()}, {1, math.Inf(1)}, {math.Inf(-1), 2}} {
		if v, err := Median(xs); err == nil {
			t.Errorf("Median(%v) = %v, want an error", xs, v)
		}
		if v, err := Summarise(xs); err == nil {
			t.Errorf("Summarise(%v) = %v, want an error", xs, v)
		}
		if v, err := Slope([]float64{1, 2}, xs); err == nil {
			t.Errorf("Slope(%v) = %v, want an error", xs, v)
		}
	}
	one := must[Summary](t)(Summarise([]float64{5}))
	if _, err := one.MeanInterval(0.95); !errors.Is(err, ErrTooFew) {
		t.Errorf("interval of one value: %v", err)
	}
	if _, err := one.UpperBound(0.95); !errors.Is(err, ErrTooFew) {
		t.Errorf("bound of one value: %v", err)
	}
	if _, err := Quantile(nile, math.NaN()); err == nil {
		t.Error("the NaN quantile exists")
	}
	if _, err := (Summary{N: 3}).MeanInterval(1); err == nil {
		t.Error("an interval at level 1 exists")
	}
}

func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		xs := rapid.SliceOfN(rapid.Float64Range(-1e9, 1e9), 2, 20).Draw(t, "xs")
		shift := rapid.Float64Range(-1e6, 1e6).Draw(t, "shift")
		moved := make([]float64, len(xs))
		for i, x := range rapid.Permutation(xs).Draw(t, "order") {
			moved[i] = x + shift
		}
		a, _ := Median(xs)
		b, _ := Median(moved)
		if math.Abs(a+shift-b) > 1e-3 {
			t.Fatalf("median %v moved by %v is %v", a, shift, b)
		}
		s, _ := Summarise(xs)
		m, _ := Summarise(moved)
		i, _ := s.MeanInterval(0.95)
		j, _ := m.MeanInterval(0.95)
		if math.Abs(i.Low+shift-j.Low) > 1e-3*(1+s.SD*1e-6) {
			t.Fatalf("interval %v moved by %v is %v", i, shift, j)
		}
		if narrow, _ := s.MeanInterval(0.90); !narrow.Within(i) {
			t.Fatalf("90 %% interval %v is not within %v", narrow, i)
		}
	})
}
