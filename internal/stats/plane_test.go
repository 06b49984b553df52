package stats

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// A plane without chance is found, and predicted exactly.
func TestPlaneIsExact(t *testing.T) {
	var xs, ys, zs []float64
	for _, x := range []float64{1, 3, 10} {
		for _, y := range []float64{2, 8, 32} {
			xs, ys, zs = append(xs, x), append(ys, y), append(zs, 80+4*x+6*y)
		}
	}
	p, err := FitPlane(xs, ys, zs)
	if err != nil {
		t.Fatal(err)
	}
	next, err := p.Next(20, 64, 9)
	if err != nil || math.Abs(next.Value-544) > 1e-6 || next.SE > 1e-6 || next.DF != 6 {
		t.Errorf("at 20, 64: %+v, %v; want 544 without error, 6 degrees", next, err)
	}
}

// With y the same as x a plane is a line, as it is where all lies at one x.
func TestPlaneRefuses(t *testing.T) {
	line := []float64{1, 2, 3, 4, 5, 6}
	same := []float64{7, 7, 7, 7, 7, 7}
	for name, test := range map[string][3][]float64{
		"a line":      {line, line, line},
		"one place":   {same, line, line},
		"too few":     {line[:4], same[:4], line[:4]},
		"not finite":  {line, {1, 2, math.NaN(), 4, 5, 6}, line},
		"not as many": {line, line[:5], line},
	} {
		if _, err := FitPlane(test[0], test[1], test[2]); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	p, err := FitPlane(line, []float64{1, 4, 2, 5, 3, 6}, line)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Next(1, 1, 3); !errors.Is(err, ErrTooFew) {
		t.Errorf("three groups: %v, want too few", err)
	}
}

// With independent points the 95 % interval holds the next one in 95 % of all
// cases; with points that come in groups it holds it at least as often, where a
// plain one would not.
func TestPlaneCovers(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a repeatable draw is the point
	covered := func(groups, each int, grouped bool, atX, atY float64) float64 {
		const times = 2000
		hit := 0
		for range times {
			var xs, ys, zs []float64
			for g := range groups {
				shift := random.NormFloat64() * 10
				for i := range each {
					x, y := float64(1+i*3), float64(int(1)<<(g%5))
					if !grouped {
						shift = random.NormFloat64() * 10
					}
					xs, ys, zs = append(xs, x), append(ys, y), append(zs, 80+4*x+6*y+shift)
				}
			}
			p, err := FitPlane(xs, ys, zs)
			if err != nil {
				t.Fatal(err)
			}
			n := groups
			if !grouped {
				n = len(zs)
			}
			next, err := p.Next(atX, atY, n)
			if err != nil {
				t.Fatal(err)
			}
			i, err := next.Interval(0.95)
			if err != nil {
				t.Fatal(err)
			}
			if truth := 80 + 4*atX + 6*atY + random.NormFloat64()*10; truth >= i.Low && truth <= i.High {
				hit++
			}
		}
		return float64(hit) / times
	}
	if share := covered(6, 4, false, 15, 20); share < 0.935 || share > 0.965 {
		t.Errorf("independent points: %.3f covered, want 0.95", share)
	}
	if share := covered(6, 4, true, 15, 20); share < 0.94 {
		t.Errorf("points of groups: %.3f covered, want 0.95 or more", share)
	}
	for _, groups := range []int{4, 8, 20} { // in their midst, where the plane itself adds least
		if share := covered(groups, 6, true, 5, 6); share < 0.93 {
			t.Errorf("%d groups of 6: %.3f covered, want 0.935 or more, give or take chance", groups, share)
		}
	}
}
