package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/plan"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
)

// takes is what so many users on so many MiB take, in MiB.
func takes(users int, mib float64) float64 { return 90 + 4*float64(users) + 5*mib }

// roomy is a trial that goes up to these users on so many MiB under 4 GiB, and
// takes what chance adds beside.
func roomy(n int, mib, chance float64, users ...int) *run.Run {
	levels := runtest.Levels{0: 90}
	for _, u := range users {
		levels[u] = takes(u, mib) + chance
	}
	r := runtest.Stepping(n, 9, append([]int{0}, users...), levels)
	r.Header.Variant, r.Header.Quick, r.Header.BudgetBytes = "before", false, 0
	r.Header.Data.Name, r.Header.Data.PublicBytes = fmt.Sprint("stories=", mib), int64(mib*memory.MiB)
	r.Header.LimitBytes = 4096 * memory.MiB
	return r
}

// stepped is one under 512 MiB: it is killed where it comes to that.
func stepped(n int, mib, chance float64, users ...int) *run.Run {
	r := roomy(n, mib, chance, users...)
	r.Header.LimitBytes = 512 * memory.MiB
	for i, u := range users {
		if takes(u, mib)+chance >= 508 {
			runtest.Killed(r, 29+30*float64(i)+10)
			break
		}
	}
	return r
}

// known are trials on 2 to 64 MiB: 10 users fit with 64, and 20 with 32.
func known() []*run.Run {
	return []*run.Run{
		stepped(1, 8, 3, 1, 3, 5, 10), stepped(2, 32, -4, 1, 3, 10), stepped(3, 64, 5, 3, 10),
		stepped(4, 2, -2, 1, 10), stepped(5, 16, 1, 10), stepped(6, 32, 2, 10),
		stepped(7, 85, 0, 1, 3, 10),
	}
}

func ask(t *testing.T, q plan.Question, runs []*run.Run) *plan.Answer {
	t.Helper()
	doc, err := claim.Load()
	if err != nil {
		t.Fatal(err)
	}
	q.Variant = "before"
	a, err := plan.Ask(q, runs, 0, doc)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Within what was measured the share of trials that lived answers, with its exact
// interval, and nothing is extrapolated.
func TestMeasured(t *testing.T) {
	a := ask(t, plan.Question{Users: 10, MiB: 16}, append(known(), stepped(8, 16, 2, 10), stepped(9, 15, -3, 5, 10), stepped(10, 16.5, 4, 3, 10), stepped(11, 16, 0, 1, 3)))
	if a.Smallest == nil || a.Smallest.Plan != "free" || a.Smallest.Dollars != 0 {
		t.Fatalf("%+v", a)
	}
	m := a.Smallest.Memory
	// Four on about 16 MiB had 10 users. What those on 32 and 64 MiB tell is no part of
	// the share, and neither is the one on 85, that was killed with more.
	if m.Basis != plan.Measured || m.Says != plan.Holds || m.N != 4 || m.Lived != 4 || m.Chance != nil || m.Predicted != 0 {
		t.Errorf("memory %+v, want 4 of 4 measured", m)
	}
	if ci := m.ShareCI95; ci == nil || ci[0] < 0.39 || ci[0] > 0.40 || ci[1] != 1 {
		t.Errorf("interval %v, want the exact one of 4 of 4: 0.398 to 1", ci)
	}
	if a.Smallest.Service != plan.Unknown || !strings.Contains(a.Smallest.Command, "--share") {
		t.Errorf("service %q, command %q: nobody saw it", a.Smallest.Service, a.Smallest.Command)
	}
}

// A plan passes when whole trials enough lived and the service was seen to be kept;
// what lacks of that is said, and the answer cannot tell.
func TestWhatPasses(t *testing.T) {
	shared := withShare(stepped(20, 8, 0, 10))
	quick := func(r *run.Run) *run.Run { r.Header.Quick = true; return r }
	late := stepped(21, 8, 0, 10)
	runtest.EachUsers(late, "users=10", func(u *run.Users) { u.Requests = u.Requests[1:] })
	for name, test := range map[string]struct {
		runs []*run.Run
		code int
		says string
	}{
		"two, and the service": {[]*run.Run{stepped(1, 8, 1, 10), stepped(2, 8, 3, 10), shared}, 0, ""},
		"one":                  {[]*run.Run{stepped(1, 8, 1, 10), shared}, 3, "one trial alone"},
		"no service":           {[]*run.Run{stepped(1, 8, 1, 10), stepped(2, 8, 3, 10)}, 3, "whether the service is kept"},
		"quick ones":           {[]*run.Run{quick(stepped(1, 8, 1, 10)), quick(stepped(2, 8, 3, 10)), shared}, 3, "2 of 2 trials that lived were quick"},
		"short ones":           {[]*run.Run{stepped(1, 8, 1, 10), late, shared}, 3, "1 of 2 trials that lived were quick, or saw fewer than 14"},
		"a quick service":      {[]*run.Run{stepped(1, 8, 1, 10), stepped(2, 8, 3, 10), quick(withShare(stepped(3, 8, 0, 10)))}, 3, "whether the service is kept"},
	} {
		a := ask(t, plan.Question{Users: 10, MiB: 8}, test.runs)
		if a.Smallest == nil || a.Smallest.Plan != "free" {
			t.Fatalf("%s: smallest %+v", name, a.Smallest)
		}
		if a.ExitCode != test.code || (a.Outcome == "pass") != (test.code == 0) || (a.Smallest.Command == "") != (test.code == 0) {
			t.Errorf("%s: %s, exit code %d, command %q; want %d", name, a.Outcome, a.ExitCode, a.Smallest.Command, test.code)
		}
		if said := strings.Join(a.Reasons, "; "); !strings.Contains(said, test.says) {
			t.Errorf("%s: %s", name, said)
		}
	}
	far := ask(t, plan.Question{Users: 3, MiB: 80}, known())
	if far.Smallest == nil || far.Smallest.Memory.Basis != plan.Extrapolated || far.ExitCode != 3 {
		t.Errorf("extrapolated: %+v", far)
	}
	if quickly := ask(t, plan.Question{Plan: "free"}, []*run.Run{quick(stepped(1, 8, 1, 10))}); quickly.ExitCode != 3 {
		t.Errorf("the most, by a quick trial: %+v", quickly)
	}
}

// withShare puts the trial under the free plan's share of the processor.
func withShare(r *run.Run) *run.Run {
	r.Header.CPUs = 0.1
	return r
}

// One fresh start of ten that held more, where nine died, says nothing of less:
// those who failed with more are not left out.
func TestWhoHeldMoreOnceIsNoWitness(t *testing.T) {
	var runs []*run.Run
	for i := range 10 {
		r := stepped(i+1, 8, 0, 20)
		if i > 0 {
			runtest.Killed(r, 45)
		}
		runs = append(runs, r)
	}
	if m := ask(t, plan.Question{Users: 10, MiB: 8}, runs).Plans[0].Memory; m.Says != plan.Unknown || m.N != 0 {
		t.Errorf("%+v, want that nobody can tell", m)
	}
	if m := ask(t, plan.Question{Users: 20, MiB: 8}, runs).Plans[0].Memory; m.Says != plan.Fails || m.Lived != 1 || m.N != 10 {
		t.Errorf("20 users: %+v, want 1 of 10", m)
	}
}

// Who held more each time holds less, and who failed with less fails with more:
// that is implied by those trials, and has no share of its own.
func TestImplied(t *testing.T) {
	runs := append(known(), stepped(8, 64, 2, 10), stepped(9, 85, 0, 5))
	for users, want := range map[int]plan.Memory{
		7:  {Says: plan.Holds, N: 2, Lived: 2, From: &plan.Place{Users: 10, MiB: 64, MemoryBytes: 512 * memory.MiB}},
		20: {Says: plan.Unknown},
	} {
		m := ask(t, plan.Question{Users: users, MiB: 40}, runs).Plans[0].Memory
		if m.Basis == plan.Extrapolated {
			m = plan.Memory{Says: plan.Unknown}
		}
		m.Basis, m.Reasons = "", nil
		if diff := cmp.Diff(want, m); diff != "" {
			t.Errorf("%d users (-want +got):\n%s", users, diff)
		}
	}
	m := ask(t, plan.Question{Users: 20, MiB: 100}, runs).Plans[0].Memory
	if m.Basis != plan.Implied || m.Says != plan.Fails || m.ShareCI95 != nil || m.From == nil || m.From.MiB != 85 {
		t.Errorf("20 users on 100 MiB: %+v", m)
	}
	// 20 users fitted on 32 MiB, and 5 did not on 30: what failed once is not held.
	late := stepped(10, 30, 0, 5)
	runtest.Killed(late, 50)
	if m := ask(t, plan.Question{Users: 10, MiB: 32}, append(runs, late)).Plans[0].Memory; m.Says != plan.Fails || m.Basis != plan.Measured || m.Lived != m.N || len(m.Reasons) != 1 {
		t.Errorf("10 users on 32 MiB: %+v", m)
	}
	// A trial under less memory than the plan's tells of it only when it held.
	if m := ask(t, plan.Question{Users: 10, MiB: 64}, runs).Plans[2].Memory; m.Basis != plan.Implied || m.Says != plan.Holds || m.N != 2 {
		t.Errorf("standard: %+v", m)
	}
	if m := ask(t, plan.Question{Users: 5, MiB: 85}, runs).Plans[2].Memory; m.N != 0 {
		t.Errorf("standard, where all under 512 MiB died: %+v", m)
	}
}

// What failed once is not held, and the next larger plan is extrapolated.
func TestFailedOnceIsNotHeld(t *testing.T) {
	a := ask(t, plan.Question{Users: 3, MiB: 80}, known())
	if m := a.Plans[0].Memory; m.Says != plan.Fails || m.Basis != plan.Measured || m.Lived != 0 || m.N != 1 {
		t.Errorf("free: %+v", m)
	}
	if a.Smallest == nil || a.Smallest.Plan != "standard" || a.Smallest.Dollars != 25 || a.Smallest.Memory.Basis != plan.Extrapolated {
		t.Fatalf("smallest %+v", a.Smallest)
	}
	m := a.Smallest.Memory
	if truth := int64((90 + 12 + 400 + 4) * memory.MiB); m.CI95 == nil || m.CI95[0] > truth || m.CI95[1] < truth || m.Chance == nil || *m.Chance < 0.95 || m.ShareCI95 != nil {
		t.Errorf("standard: %+v, want an interval around %d", m, truth)
	}
}

// A trial under more memory that took as much as the plan has does not fit into
// it, as one that was killed does not: none is left out for what came of it.
func TestWhatTookAsMuchDoesNotFit(t *testing.T) {
	ended := roomy(7, 64, 600, 10)
	runtest.StopAt(ended, 50, run.Stopped, run.Event{Kind: run.EventGenerator})
	killed := roomy(8, 64, 100, 10) // between two samples
	runtest.Killed(killed, 50)
	runs := []*run.Run{
		roomy(1, 64, 0, 10), roomy(2, 64, 8, 10), roomy(3, 64, -9, 10),
		roomy(4, 64, 120, 10), roomy(5, 64, 190, 10), roomy(6, 64, 160, 10), ended, killed,
	}
	a := ask(t, plan.Question{Users: 10, MiB: 64}, runs)
	if m := a.Plans[0].Memory; m.Says != plan.Fails || m.Lived != 3 || m.N != 8 {
		t.Errorf("free: %+v, want 3 of 8 that lived", m)
	}
	if m := a.Plans[2].Memory; m.Lived != 6 {
		t.Errorf("standard: %+v, want the 6 that stayed below 2 GiB", m)
	}
}

// What is predicted rests on all that was measured, whatever the plan has: a step
// that took more than that is not left out of the plane.
func TestThePlaneIsTheSameForEveryPlan(t *testing.T) {
	var runs []*run.Run
	for i, chance := range []float64{-40, 30, -20, 25, 35, -30} {
		runs = append(runs, roomy(i+1, []float64{8, 20, 40, 80, 80, 80}[i], chance, 2, 5, 8, 12))
	}
	a := ask(t, plan.Question{Users: 20, MiB: 40}, runs)
	free, standard := a.Plans[0].Memory, a.Plans[2].Memory
	if free.Predicted == 0 || free.Predicted != standard.Predicted || free.FromTrials != 6 {
		t.Errorf("free: %+v; standard: %+v; want one prediction, by 6 trials", free, standard)
	}
}

// Where a trial was killed although the others say that its users fit, there is no
// plane, and nothing is extrapolated.
func TestNoPlaneNoExtrapolation(t *testing.T) {
	runs := known()
	runtest.Killed(runs[6], 39)
	early := stepped(8, 64, 0, 1, 3, 10)
	runtest.Killed(early, 39)
	a := ask(t, plan.Question{Users: 3, MiB: 80}, append(runs, early))
	if m := a.Plans[2].Memory; m.Says != plan.Unknown || m.Basis != "" || !strings.Contains(strings.Join(m.Reasons, " "), "no plane") {
		t.Errorf("standard: %+v", m)
	}
}

// A service that one trial kept with more data and another lost there is not kept
// with less.
func TestServiceKeptOnceIsNotKept(t *testing.T) {
	kept, lost := withShare(stepped(8, 16, 0, 3)), withShare(stepped(9, 16, 0, 3))
	if a := ask(t, plan.Question{Users: 3, MiB: 8}, append(known(), kept)); a.Plans[0].Service != "kept" {
		t.Errorf("one that kept it: service %s", a.Plans[0].Service)
	}
	runtest.Deliver(lost, "users=3", 0.3)
	if a := ask(t, plan.Question{Users: 3, MiB: 8}, append(known(), kept, lost)); a.Plans[0].Service != plan.Unknown {
		t.Errorf("one that kept it and one that lost it: service %s", a.Plans[0].Service)
	}
}

// A service that is lost under the plan's share rules the plan out, memory or not.
func TestServiceLostRulesOut(t *testing.T) {
	runs := known()
	shared := stepped(8, 8, 0, 1, 3, 10)
	shared.Header.CPUs = 0.1
	runtest.Deliver(shared, "users=3", 0.3)
	runtest.Deliver(shared, "users=10", 0.1)
	a := ask(t, plan.Question{Users: 3, MiB: 8}, append(runs, shared))
	if a.Plans[0].Service != "lost" || a.Plans[0].Memory.Says != plan.Holds || a.Smallest == nil || a.Smallest.Plan != "starter" {
		t.Errorf("free %+v, smallest %+v", a.Plans[0], a.Smallest)
	}
	if one := ask(t, plan.Question{Users: 1, MiB: 8}, append(runs, shared)); one.Plans[0].Service != "kept" || one.Smallest.Plan != "free" {
		t.Errorf("1 user: %+v", one.Plans[0])
	}
}

// So does a kill under the plan's share, where memory rises as requests wait.
func TestKilledUnderTheShareRulesOut(t *testing.T) {
	shared := stepped(8, 8, 0, 1, 3, 10)
	shared.Header.CPUs = 0.1
	runtest.Killed(shared, 75)
	a := ask(t, plan.Question{Users: 3, MiB: 8}, append(known(), shared))
	if a.Plans[0].Service != "lost" || a.Smallest == nil || a.Smallest.Plan != "starter" {
		t.Errorf("free %+v, smallest %+v", a.Plans[0], a.Smallest)
	}
}

// Where nothing is known the answer is the command that would tell.
func TestCannotTell(t *testing.T) {
	for name, test := range map[string]struct {
		q    plan.Question
		runs []*run.Run
	}{
		"no runs":         {plan.Question{Users: 3, MiB: 8}, nil},
		"too far (users)": {plan.Question{Users: 50, MiB: 8}, known()},
		"too far (data)":  {plan.Question{Users: 3, MiB: 500}, known()[:6]},
		"too far (both)":  {plan.Question{Users: 20, MiB: 120}, known()[:6]},
		"too few trials":  {plan.Question{Users: 12, MiB: 8}, known()[:2]},
	} {
		a := ask(t, test.q, test.runs)
		if a.Outcome != "inconclusive" || a.ExitCode != 3 || a.Smallest != nil {
			t.Errorf("%s: %s, %+v", name, a.Outcome, a.Smallest)
		}
		for _, o := range a.Plans {
			if o.Memory.Says != plan.Unknown || !strings.HasPrefix(o.Command, "pixelload capacity --frontier") {
				t.Errorf("%s: %+v", name, o)
			}
		}
	}
}

func TestMost(t *testing.T) {
	a := ask(t, plan.Question{Plan: "free"}, known())
	var mibs []float64
	for _, m := range a.Most {
		mibs = append(mibs, m.MiB)
	}
	if !slices.Equal(mibs, []float64{2, 8, 16, 32, 64, 85}) {
		t.Fatalf("amounts %v", mibs)
	}
	if m := a.Most[5]; m.Holds != 0 || m.Fails != 1 {
		t.Errorf("85 MiB: %+v", m)
	}
	m := a.Most[1]
	if m.Holds != 10 || m.Fails != 0 || m.Measured == nil || m.Measured.Basis != plan.Implied || m.Measured.N != 2 || m.Extrapolated <= 10 || m.Extrapolated > 20 || m.By == nil || m.By.Basis != plan.Extrapolated {
		t.Errorf("8 MiB: %+v", m)
	}
	if one := ask(t, plan.Question{Plan: "free", MiB: 30}, known()); len(one.Most) != 1 || one.Most[0].Holds != 10 || one.Most[0].Measured.N != 2 {
		t.Errorf("30 MiB: %+v", one.Most)
	}
	if none := ask(t, plan.Question{Plan: "free", MiB: 30}, nil); none.Outcome != "inconclusive" || len(none.Reasons) == 0 {
		t.Errorf("no runs: %+v", none)
	}
}

func TestUnknownNamesAreErrors(t *testing.T) {
	doc, err := claim.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []plan.Question{{Variant: "gold", Users: 1}, {Variant: "before", Plan: "gold"}, {Variant: "before", Users: 1, Plan: "gold"}} {
		if _, err := plan.Ask(q, known(), 0, doc); err == nil || !strings.Contains(err.Error(), "gold") {
			t.Errorf("%+v: %v", q, err)
		}
	}
}

// Trials of another kind, variant, mix or build are none of an answer.
func TestWantedAndAlike(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*run.Header)
		want   bool
	}{
		"as it is":      {func(*run.Header) {}, true},
		"default mix":   {func(h *run.Header) { h.Mix = "user=1" }, true},
		"readers":       {func(h *run.Header) { h.Mix = "reader=2,artist=1" }, false},
		"collected":     {func(h *run.Header) { h.Kind = run.Collected }, false},
		"other variant": {func(h *run.Header) { h.Variant = "after" }, false},
		"fault":         {func(h *run.Header) { h.Fault = run.FaultCut }, false},
		"habits":        {func(h *run.Header) { h.HabitsOff = []string{"pages"} }, false},
		"running":       {func(h *run.Header) { h.Running = true }, false},
		"unknown size":  {func(h *run.Header) { h.Data.PublicBytes = 0 }, false},
	} {
		h := known()[0].Header
		test.change(&h)
		if got := plan.Wanted(h, "before"); got != test.want {
			t.Errorf("%s: wanted %v", name, got)
		}
	}
	var headers []run.Header
	for i, r := range known()[:4] {
		r.Header.Started = r.Header.Started.Add(time.Duration(i) * time.Hour)
		headers = append(headers, r.Header)
	}
	headers[1].Target.Ref = "older"
	if got := plan.Alike(headers); !slices.Equal(got, []int{0, 2, 3}) {
		t.Errorf("alike are %v, want all but the one of another build", got)
	}
	headers[3].Machine.CPUs = 64
	if got := plan.Alike(headers); !slices.Equal(got, []int{3}) {
		t.Errorf("alike are %v, want the machine of the last alone", got)
	}
}
