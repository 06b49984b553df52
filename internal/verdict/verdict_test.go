package verdict_test

import (
	"flag"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

var update = flag.Bool("update", false, "write the golden files anew")

var low = runtest.Levels{0: 80, 3: 120, 10: 160}

func document(t testing.TB) *claim.Document {
	t.Helper()
	doc, err := claim.Load()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// trials returns healthy trials, each shifted by so many MiB.
func trials(levels runtest.Levels, shifts ...float64) []*run.Run {
	var runs []*run.Run
	for i, shift := range shifts {
		moved := runtest.Levels{}
		for users, mib := range levels {
			moved[users] = mib + shift
		}
		runs = append(runs, runtest.Healthy(i+1, len(shifts), moved))
	}
	return runs
}

// one returns a single trial after change.
func one(change func(r *run.Run)) []*run.Run {
	r := runtest.Healthy(1, 1, low)
	change(r)
	return []*run.Run{r}
}

func TestBudgetSaysHowManyTrials(t *testing.T) {
	v := verdict.Judge(runsOf("3-inconclusive"), document(t))
	if len(v.Budgets) != 1 || !strings.Contains(strings.Join(v.Budgets[0].Reasons, "\n"), "more trials would") {
		t.Errorf("budget = %+v", v.Budgets)
	}
}

// Restarts are known where the process is fresh and nothing else starts it.
func TestRestarts(t *testing.T) {
	for _, tt := range []struct {
		kind      string
		noSockets bool
		known     bool
	}{{"reference", false, true}, {"reference", true, false}, {"checkout", false, false}, {"url", false, false}} {
		v := verdict.Judge(one(func(r *run.Run) { r.Header.Target.Kind, r.Header.NoSockets = tt.kind, tt.noSockets }), nil)
		if got := v.Trials[0].Restarts; (got != nil) != tt.known {
			t.Errorf("%+v: restarts %v", tt, got)
		}
	}
}

// What killed the target is the first reason, whatever else went wrong before.
func TestDeathComesFirst(t *testing.T) {
	runs := trials(low, 0, 1)
	runtest.Gap(runs[0], 40, 45)
	runtest.Deliver(runs[1], "users=3", 0.5)
	runtest.Killed(runs[1], 75)
	v := verdict.Judge(runs, document(t))
	want := []string{
		"trial 2: killed by the kernel at 10 users, limit 512 MiB, after 46 list requests",
		"trial 1: 3 users: 20 % of the hold without samples: run again on a quieter machine",
		"trial 2: 3 users: only 50.0 % of the strokes arrived: give target and generator more CPU, or fewer users",
	}
	if diff := cmp.Diff(want, v.Reasons); diff != "" || v.Outcome != verdict.Fail {
		t.Errorf("outcome %s, reasons (-want +got):\n%s", v.Outcome, diff)
	}
}

// A gap after the users have left says nothing of the idle level before them.
func TestDrainedIsNotIdle(t *testing.T) {
	runs := trials(low, 0, 1, 2)
	runtest.Gap(runs[0], 100, 110)
	v := verdict.Judge(runs, document(t))
	if w := word(t, v, "L1"); w.Outcome != verdict.Refuted {
		t.Errorf("L1 is %s: %q", w.Outcome, w.Reasons)
	}
	if want := "trial 1: drained: 40 % of the hold without samples"; len(v.Reasons) != 1 || !strings.HasPrefix(v.Reasons[0], want) {
		t.Errorf("reasons %q, want %s...", v.Reasons, want)
	}
}

// Collected trials are never mixed with natural ones, nor data with data.
func TestSeriesStayApart(t *testing.T) {
	runs := trials(low, 0, 1, 2)
	runs[1].Header.Kind = "collected"
	runs[2].Header.Data.Name = "heavy"
	v := verdict.Judge(runs, document(t))
	names := map[string]bool{}
	for n, change := range []func(*run.Header){
		func(h *run.Header) { h.Mix = "user" },
		func(h *run.Header) { h.MemorySource = "proc" },
		func(h *run.Header) { h.LimitBytes *= 2 },
		func(h *run.Header) { h.CPUs = 0.5 },
		func(h *run.Header) { h.Mix = "reader=1" },
		func(h *run.Header) { h.BudgetBytes *= 2 },
		func(h *run.Header) { h.Phases = slices.Clone(h.Phases); h.Phases[1].HoldSeconds = 24 },
	} {
		apart := trials(low, 0, 0)
		change(&apart[1].Header)
		w := verdict.Judge(apart, document(t))
		if want := min(n, 1) + 1; len(w.Budgets) != want {
			t.Errorf("change %d: %d budgets, want %d", n, len(w.Budgets), want)
		}
		for _, b := range w.Budgets[1:] {
			names[b.Name] = true
			if b.Name == w.Budgets[0].Name {
				t.Errorf("change %d: two budgets are called %q", n, b.Name)
			}
		}
	}
	if len(v.Budgets) != 3 || len(v.Levels) != 6 {
		t.Errorf("%d budgets, %d levels, want 3 and 6: collected trials have no level", len(v.Budgets), len(v.Levels))
	}
	for _, l := range v.Levels {
		if l.N != 1 {
			t.Errorf("level of %d trials: %+v", l.N, l)
		}
	}
	if len(v.Claims) != 7 || len(v.Claims[0].ByData) != 2 {
		t.Errorf("%d claims: %+v", len(v.Claims), v.Claims)
	}
}
