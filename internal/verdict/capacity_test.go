package verdict_test

import (
	"testing"

	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// What keeps a capacity from being told is its first reason, and what would
// help is in it.
func TestOpenCapacities(t *testing.T) {
	killed := func(n int, at float64) []*run.Run {
		runs := trials(low, make([]float64, n)...)
		for _, r := range runs {
			runtest.Killed(r, at)
		}
		return runs
	}
	unserved := func(n, bad int) []*run.Run {
		runs := trials(low, make([]float64, n)...)
		for _, r := range runs[:bad] {
			runtest.Deliver(r, "users=3", 0.95)
		}
		return runs
	}
	starved := func(n, but int) []*run.Run {
		runs := trials(low, make([]float64, n)...)
		for _, r := range runs[but:] {
			runtest.EachUsers(r, "users=3", func(u *run.Users) { u.Dropped = 1 })
			runtest.EachUsers(r, "users=10", func(u *run.Users) { u.Dropped = 1 })
		}
		return runs
	}
	locked := trials(low, make([]float64, 6)...)
	for _, r := range locked {
		refused := func(u *run.Users) { u.Dropped, u.Troubles = 1, map[string]int{"unauthorized": 2} }
		runtest.EachUsers(r, "users=3", refused)
		runtest.EachUsers(r, "users=10", refused)
	}
	for _, tt := range []struct {
		name, id, outcome, first string
		runs                     []*run.Run
	}{
		{"three kills", "X1", verdict.Inconclusive, "killed at 3 users or before in 3 of 3 trials: 6 of 6 would tell, or 0 of 6", killed(3, 40)},
		{"six kills", "X1", verdict.Refuted, "not at 3 users: memory fits at fewer than 3", killed(6, 40)},
		{"killed beyond", "X1", verdict.Inconclusive, "killed at 10 users or before in 3 of 3 trials: 6 of 6 would tell, or 0 of 6", killed(3, 75)},
		{"service lost thrice", "X4", verdict.Inconclusive, "memory fits; service lost at 3 users in 3 of 3 trials: 95.0 % of the strokes arrived: 6 of 6 would tell, or 0 of 6", unserved(3, 3)},
		{"service lost once", "X4", verdict.Inconclusive, "memory fits; service lost at 3 users in 1 of 6 trials: 95.0 % of the strokes arrived: 6 of 6 would tell, or 0 of 6", unserved(6, 1)},
		{"service lost", "X4", verdict.Refuted, "memory fits, and the service is not kept at 3 users", unserved(6, 6)},
		{"one healthy generator", "X4", verdict.Inconclusive, "trial 2: 3 users: 25 of the generator's iterations failed: see its log in the run file", starved(6, 1)},
		{"refused tokens", "X4", verdict.Inconclusive, "trial 1: 3 users: 25 users gave up, as the target refused their tokens or passwords (50 times): are secret and accounts those of the target?", locked},
		{"no limit", "X1", verdict.Inconclusive, "trial 1: no limit enforced: what fits into a plan cannot be told", unlimited(6)},
	} {
		w := word(t, verdict.Judge(tt.runs, own(t, capacities)), tt.id)
		if w.Outcome != tt.outcome || w.Reasons[0] != tt.first {
			t.Errorf("%s: %s, %q; want %s, %q", tt.name, w.Outcome, w.Reasons, tt.outcome, tt.first)
		}
	}
}

func unlimited(n int) []*run.Run {
	runs := trials(low, make([]float64, n)...)
	for _, r := range runs {
		runtest.Unlimited(r)
	}
	return runs
}

// Trials that were to come to 10 users say nothing of 51 while they live; dead
// they do.
func TestCapacitiesNobodyCameNear(t *testing.T) {
	far := `{id: X1, line: 1, kind: capacity, variant: before, plan: free, holds: [51], text: "51 users"}`
	runs := trials(low, 0, 1, 2, 3, 4, 5)
	if v := verdict.Judge(runs, own(t, far)); len(v.Claims) != 0 {
		t.Errorf("10 users said of 51: %+v", v.Claims[0])
	}
	if w := word(t, verdict.Judge(dying(runs, 0), own(t, far)), "X1"); w.Outcome != verdict.Refuted {
		t.Errorf("killed at 10: %s, %q", w.Outcome, w.Reasons)
	}
}
