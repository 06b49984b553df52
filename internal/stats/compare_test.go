package stats

import (
	"errors"
	"math"
	"testing"
)

func TestWelch(t *testing.T) {
	x, y := must[Summary](t)(Summarise(sleep1)), must[Summary](t)(Summarise(sleep2))
	e := must[Estimate](t)(Welch(x, y))
	near(t, "t", e.Value/e.SE, -1.860813, 5e-7)
	near(t, "df", e.DF, 17.77647, 5e-6)
	near(t, "p", e.P(0), 0.0793941, 5e-8)
	i := must[Interval](t)(e.Interval(0.95))
	near(t, "95 % low", i.Low, -3.365483, 5e-7)
	near(t, "95 % high", i.High, 0.205483, 5e-7)

	// Two one-sided tests against +-4.
	i = must[Interval](t)(e.Interval(0.90))
	near(t, "90 % low", i.Low, -3.053381, 5e-7)
	near(t, "90 % high", i.High, -0.106619, 5e-7)
	near(t, "TOST p", InsideP(e, Interval{-4, 4}), 0.005361624, 5e-10)

	same := Summary{N: 3, Mean: 5}
	if e := must[Estimate](t)(Welch(same, same)); e != (Estimate{0, 0, 4}) || e.P(0) != 1 || e.P(1) != 0 {
		t.Errorf("equal values: %+v, p %v and %v", e, e.P(0), e.P(1))
	}
	if _, err := Welch(same, Summary{N: 1}); !errors.Is(err, ErrTooFew) {
		t.Errorf("one value: %v", err)
	}
}

func TestPaired(t *testing.T) {
	e := must[Estimate](t)(Paired(sleep1, sleep2))
	near(t, "t", e.Value/e.SE, -4.062128, 5e-7)
	near(t, "p", e.P(0), 0.002832890, 5e-10)
	if e := must[Estimate](t)(Paired([]float64{5, 5, 5}, []float64{3, 3, 3})); e != (Estimate{2, 0, 2}) {
		t.Errorf("identical pairs: %+v, want exactly 2", e)
	}
	for _, bad := range [][2][]float64{{{1}, {2}}, {{1, 2}, {1}}, {{1, 2}, {1, math.NaN()}}, {nil, nil}} {
		if e, err := Paired(bad[0], bad[1]); err == nil {
			t.Errorf("Paired(%v) = %v", bad, e)
		}
	}
}

// What Equivalence says and what the p values say is the same.
func TestRegionP(t *testing.T) {
	e := must[Estimate](t)(Paired(sleep1, sleep2)) // 90 % [-2.293, -0.867], 95 % [-2.460, -0.700]
	for _, tt := range []struct {
		region          Interval
		inside, outside bool
	}{
		{Interval{-2.4, -0.8}, true, false},
		{Interval{-2.2, -0.8}, false, false},
		{Interval{-0.75, 1}, false, false},
		{Interval{-0.69, 1}, false, true},
		{Interval{-9, -2.47}, false, true},
		{Interval{math.Inf(-1), 0}, true, false},
		{Interval{0, math.Inf(1)}, false, true},
	} {
		if p := InsideP(e, tt.region); (p <= 0.05) != tt.inside {
			t.Errorf("InsideP(%v) = %v, inside %v", tt.region, p, tt.inside)
		}
		if p := OutsideP(e, tt.region); (p < 0.05) != tt.outside {
			t.Errorf("OutsideP(%v) = %v, outside %v", tt.region, p, tt.outside)
		}
	}
	exact := Estimate{Value: 5, DF: 2}
	if in, out := InsideP(exact, Interval{5, 6}), OutsideP(exact, Interval{6, 7}); in != 1 && out != 0 {
		t.Errorf("exact 5: p %v of [5,6], %v of [6,7]", in, out)
	}
}

func TestHolm(t *testing.T) {
	// 0.01 x 4, 0.02 x 3, then never below the one before.
	got := Holm([]float64{0.04, 0.01, 0.02, 0.03})
	for i, want := range []float64{0.06, 0.04, 0.06, 0.06} {
		near(t, "adjusted", got[i], want, 1e-12)
	}
	if got := Holm([]float64{0.9, 0.6}); got[0] != 1 || got[1] != 1 {
		t.Errorf("Holm = %v, want no p above 1", got)
	}
	if got := Holm(nil); len(got) != 0 {
		t.Errorf("Holm(nil) = %v", got)
	}
}

func TestMost(t *testing.T) {
	at := func(users int, mean, sd float64) Step { return Step{users, Summary{N: 6, Mean: mean, SD: sd}} }
	// T5((512-450)/(20 sqrt(7/6))) = T5(2.870) = 0.9825, T5(2.870/2) = 0.8945.
	next := must[Estimate](t)(at(0, 450, 20).Peaks.Next())
	near(t, "chance", next.ChanceBelow(512), 0.98251, 5e-5)
	for _, tt := range []struct {
		name        string
		steps       []Step
		users       int
		last, found bool
	}{
		{"all fit", []Step{at(3, 300, 5), at(10, 450, 20)}, 10, true, true},
		{"the last is too near", []Step{at(3, 300, 5), at(10, 450, 40)}, 3, false, true},
		{"none fits", []Step{at(3, 500, 40)}, 0, false, false},
		{"nothing tested", nil, 0, false, false},
		{"a hole", []Step{at(3, 500, 40), at(10, 300, 1)}, 0, false, false},
		{"exact", []Step{at(3, 511, 0), at(4, 513, 0)}, 3, false, true},
	} {
		users, last, found, err := Most(tt.steps, 512, 0.95)
		if users != tt.users || last != tt.last || found != tt.found || err != nil {
			t.Errorf("%s: %d, last %v, found %v, %v", tt.name, users, last, found, err)
		}
	}
	if _, _, _, err := Most([]Step{at(3, 1, 1), at(3, 1, 1)}, 512, 0.95); err == nil {
		t.Error("steps out of order")
	}
	if _, _, _, err := Most([]Step{{3, Summary{N: 1}}}, 512, 0.95); !errors.Is(err, ErrTooFew) {
		t.Errorf("one trial: %v", err)
	}
}
