package stats

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// minutes are 40 times, a minute apart.
func minutes() []float64 {
	ts := make([]float64, 40)
	for i := range ts {
		ts[i] = 100 + float64(i)
	}
	return ts
}

func TestDriftOfALine(t *testing.T) {
	ts := minutes()
	for name, tt := range map[string]struct {
		at    func(i int, t float64) float64
		slope float64
		once  int
		step  float64 // where it is; 0: none
	}{
		"level":      {func(int, float64) float64 { return 200 }, 0, 0, 0},
		"leak":       {func(_ int, t float64) float64 { return 200 + 0.5*t }, 0.5, 0, 0},
		"fall":       {func(_ int, t float64) float64 { return 200 - 0.25*t }, -0.25, 0, 0},
		"step":       {func(i int, _ float64) float64 { return 200 + 30*b(i >= 17) }, 0, 1, 117},
		"two steps":  {func(i int, _ float64) float64 { return 200 + 30*b(i >= 9) + 20*b(i >= 28) }, 0, 2, 109},
		"step, leak": {func(i int, t float64) float64 { return 200 + 0.5*t + 30*b(i >= 25) }, 0.5, 1, 125},
		"saturating": {func(_ int, t float64) float64 { return 200 + 30*(1-math.Exp(-(t-100)/3)) }, 0, 1, 0},
	} {
		random := rand.New(rand.NewPCG(3, 4))
		xs := make([]float64, len(ts))
		for i, at := range ts {
			xs[i] = tt.at(i, at) + 0.3*random.NormFloat64()
		}
		d, err := DriftOf(ts, xs)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		interval, _ := d.Slope.Interval(0.99)
		if tt.slope < interval.Low || tt.slope > interval.High || interval.High-interval.Low > 0.2 {
			t.Errorf("%s: slope %v in %v, want %v", name, d.Slope.Value, interval, tt.slope)
		}
		if len(d.Once) != tt.once {
			t.Errorf("%s: %+v, want %d", name, d.Once, tt.once)
		} else if tt.step > 0 && (d.Once[0].At != tt.step || d.Once[0].Within != 0 || math.Abs(d.Once[0].Height-30) > 2) {
			t.Errorf("%s: %+v, want a step by 30 at %v", name, d.Once, tt.step)
		}
	}
}

func b(holds bool) float64 {
	if holds {
		return 1
	}
	return 0
}

// What has no noise at all is exact, and no division by nothing.
func TestDriftWithoutNoise(t *testing.T) {
	ts, xs := minutes(), make([]float64, 40)
	d, err := DriftOf(ts, xs)
	if err != nil || d.Slope.Value != 0 || d.Slope.SE != 0 || d.Against(0.1, 0.01, 40) != Inside || d.Against(-0.1, 0.01, 40) != Outside {
		t.Errorf("DriftOf(nothing) = %+v, %v", d, err)
	}
	for i := range xs {
		xs[i] = 3 * ts[i]
	}
	if d, err = DriftOf(ts, xs); err != nil || math.Abs(d.Slope.Value-3) > 1e-9 || len(d.Once) > 0 || d.Against(2.9, 0.01, 40) != Outside {
		t.Errorf("DriftOf(a line) = %+v, %v", d, err)
	}
}

func TestDriftRefuses(t *testing.T) {
	ts := minutes()
	for name, tt := range map[string]struct{ ts, xs []float64 }{
		"few":        {ts[:11], ts[:11]},
		"uneven":     {ts, ts[:39]},
		"not a time": {append([]float64{ts[0]}, ts[:39]...), ts},
		"no number":  {ts, append([]float64{math.NaN()}, ts[:39]...)},
	} {
		if d, err := DriftOf(tt.ts, tt.xs); err == nil {
			t.Errorf("%s: %+v", name, d)
		}
	}
	if _, err := DriftOf(ts[:11], ts[:11]); !errors.Is(err, ErrTooFew) {
		t.Errorf("DriftOf of eleven = %v, want too few", err)
	}
}

// The scale of memory and of time change nothing but the units.
func TestDriftIsEquivariant(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	ts := minutes()
	xs, scaled, seconds := make([]float64, 40), make([]float64, 40), make([]float64, 40)
	for i := range xs {
		xs[i] = float64(i)/5 + 10*b(i >= 12) + random.NormFloat64()
		scaled[i], seconds[i] = 1e6*xs[i]+1e9, 60*ts[i]
	}
	d, err := DriftOf(ts, xs)
	if err != nil {
		t.Fatal(err)
	}
	other, err := DriftOf(seconds, scaled)
	if err != nil {
		t.Fatal(err)
	}
	if want := d.Slope.Value * 1e6 / 60; math.Abs(other.Slope.Value-want) > 1e-6*math.Abs(want) || len(other.Once) != len(d.Once) {
		t.Errorf("scaled: %+v, want a slope of %v", other, want)
	}
}

// A step counts as once when none like it came for half of the time.
func TestStepsThatMayRecur(t *testing.T) {
	for name, tt := range map[string]struct {
		once    []Once
		recurs  int
		against Answer
	}{
		"none":                  {nil, 0, Inside},
		"early":                 {[]Once{{At: 10, Height: 30}}, 0, Inside},
		"late":                  {[]Once{{At: 25, Height: 30}}, 1, Unknown},
		"late, and small":       {[]Once{{At: 25, Height: 1}}, 1, Inside},
		"twice":                 {[]Once{{At: 8, Height: 30}, {At: 18, Height: 40}}, 2, Unknown},
		"doubling":              {[]Once{{At: 8, Height: 30}, {At: 16, Height: 60}}, 2, Unknown},
		"one in two stretches":  {[]Once{{At: 8, Height: 15}, {At: 9, Height: 20}}, 0, Inside},
		"early, a small later":  {[]Once{{At: 8, Height: 30}, {At: 25, Height: 2}}, 1, Inside},
		"down":                  {[]Once{{At: 25, Height: -30}}, 0, Inside},
		"one that saturates":    {[]Once{{At: 1, Within: 3, Height: 30}}, 0, Inside},
		"saturates, then early": {[]Once{{At: 1, Within: 3, Height: 30}, {At: 12, Height: 30}}, 0, Inside},
	} {
		d := Drift{N: 40, From: 1, To: 40, Slope: Estimate{Value: 0, SE: 0.01, DF: 30}, Once: tt.once}
		if got := d.MayRecur(40); len(got) != tt.recurs {
			t.Errorf("%s: %+v may recur, want %d", name, got, tt.recurs)
		}
		if got := d.Against(0.2, 0.01, 40); got != tt.against {
			t.Errorf("%s: %v, want %v", name, got, tt.against)
		}
	}
}

func TestLooksSpendFivePerCent(t *testing.T) {
	var spent, before float64
	for _, l := range DriftLooks {
		if spent += l.Alpha; l.Part <= before {
			t.Errorf("looks are not in order: %v", DriftLooks)
		}
		before = l.Part
	}
	if spent > 0.05+1e-12 || before != 1 {
		t.Errorf("the looks spend %v and end at %v", spent, before)
	}
}
