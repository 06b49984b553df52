package compare_test

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/pixeltales/pixelload/internal/compare"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// made is a side of collected trials with the figures, in MiB, of one phase.
func made(name string, rounds bool, mib []float64) compare.Side {
	s := compare.Side{Name: name, SetUp: compare.SetUp{
		Kind: run.Collected, Phases: []run.Phase{{Name: "users=3", Users: 3, HoldSeconds: 94}},
	}}
	for i, x := range mib {
		t := compare.Trial{Number: i + 1, Figures: []compare.PhaseFigure{{Phase: "users=3", Bytes: memory.Known(uint64(x * memory.MiB))}}}
		if rounds {
			t.Campaign, t.Round = "test", i+1
		}
		s.Trials = append(s.Trials, t)
	}
	return s
}

func levels(t *rapid.T, least int, label string) []float64 {
	return rapid.SliceOfN(rapid.Float64Range(50, 500), least, 8).Draw(t, label)
}

func TestAgainstItselfNeverFails(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		mib, rounds := levels(t, 1, "mib"), rapid.Bool().Draw(t, "rounds")
		allowed := rapid.Int64Range(0, 100*memory.MiB).Draw(t, "budget")
		c := compare.Sides(made("a", rounds, mib), made("b", rounds, mib), allowed)
		switch {
		case c.Outcome == verdict.Fail:
			t.Fatalf("%v against itself fails: %q", mib, c.Reasons)
		case rounds && len(mib) > 1 && c.Outcome != verdict.Pass:
			t.Fatalf("%v against itself, in pairs: %s, %q", mib, c.Outcome, c.Reasons)
		}
	})
}

// A shift well above budget and noise is found, one well below the budget is none.
func TestPlantedShiftIsFound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, rounds := levels(t, 3, "mib"), rapid.Bool().Draw(t, "rounds")
		if !rounds { // then the trials' own spread hides the shift
			for i := range a {
				a[i] = 100 + float64(i%2)
			}
		}
		grown, rather := make([]float64, len(a)), make([]float64, len(a))
		for i, x := range a {
			noise := rapid.Float64Range(-1, 1).Draw(t, "noise")
			grown[i], rather[i] = x+noise+20, x+noise
		}
		if c := compare.Sides(made("a", rounds, a), made("b", rounds, grown), budget); c.Outcome != verdict.Fail || c.ExitCode != 99 {
			t.Fatalf("20 MiB more: %s, %q", c.Outcome, c.Reasons)
		}
		if c := compare.Sides(made("a", rounds, a), made("b", rounds, rather), budget); c.Outcome != verdict.Pass {
			t.Fatalf("no more: %s, %q", c.Outcome, c.Reasons)
		}
	})
}

// The other way round the difference is the negative one; the order of the
// trials means nothing; and what passes also passes a larger budget.
func TestTurnedShuffledAndAllowedMore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x, rounds := levels(t, 2, "x"), rapid.Bool().Draw(t, "rounds")
		y := rapid.SliceOfN(rapid.Float64Range(50, 500), len(x), len(x)).Draw(t, "y")
		a, b := made("a", rounds, x), made("b", rounds, y)
		forth, back := compare.Sides(a, b, budget), compare.Sides(b, a, budget)
		f, r := forth.Phases[0].Difference, back.Phases[0].Difference
		if f.Bytes != -r.Bytes || f.CI95 != [2]int64{-r.CI95[1], -r.CI95[0]} || f.NoneLargerThan != r.NoneLargerThan {
			t.Fatalf("forth %+v, back %+v", f, r)
		}
		if f.NoneLargerThan < max(f.Bytes, -f.Bytes) {
			t.Fatalf("%+v: none larger than less than what was seen", f)
		}
		order := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 0))
		order.Shuffle(len(b.Trials), func(i, j int) { b.Trials[i], b.Trials[j] = b.Trials[j], b.Trials[i] })
		if again := compare.Sides(a, b, budget); again.Outcome != forth.Outcome || again.Phases[0].Difference.Bytes != f.Bytes {
			t.Fatalf("shuffled: %+v, was %+v", again.Phases[0], forth.Phases[0])
		}
		if more := compare.Sides(a, b, budget+rapid.Int64Range(0, 100*memory.MiB).Draw(t, "more")); forth.Outcome == verdict.Pass && more.Outcome != verdict.Pass {
			t.Fatalf("passes %d and not more", int64(budget))
		}
	})
}
