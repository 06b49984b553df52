package verdict_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// pair is a campaign of collected trials in which one variant has so many MiB
// over another, with 3 and with 10 users.
func pair(rounds int, variant, versus string, mib float64) []*run.Run {
	return runtest.Campaign(rounds,
		runtest.Arm{Variant: variant, Levels: runtest.Levels{0: 80, 3: 120 + mib, 10: 160 + mib}, Collected: true},
		runtest.Arm{Variant: versus, Levels: runtest.Levels{0: 80, 3: 120, 10: 160}, Collected: true})
}

// asking makes the campaign one for these claims.
func asking(runs []*run.Run, ids ...string) []*run.Run {
	for _, r := range runs {
		r.Header.Claims = ids
	}
	return runs
}

// dying kills the trials at 10 users, all but so many.
func dying(runs []*run.Run, lived int) []*run.Run {
	for _, r := range runs[lived:] {
		runtest.Killed(r, 75)
	}
	return runs
}

const (
	capacities = `{id: X1, line: 1, kind: capacity, variant: before, plan: free, holds: [3, 9], text: "3 to 9 users"},
		{id: X2, line: 2, kind: capacity, variant: before, plan: free, holds: [4], text: "4 users and more"},
		{id: X3, line: 3, kind: capacity, variant: before, plan: free, holds: [1, 2], text: "1 or 2 users"},
		{id: X4, line: 4, kind: capacity, variant: before, plan: free, holds: [3], service: true, text: "3 users who draw"}`
	shares = `{id: X1, line: 1, kind: share, variant: before, plan: free, users: [10], percent: [50, 99], text: "mostly"},
		{id: X2, line: 2, kind: share, variant: before, plan: free, users: [10], percent: [10, 20], text: "seldom"},
		{id: X3, line: 3, kind: share, variant: before, plan: free, users: [10], percent: [80, 90], text: "often"}`
)

// campaigns are golden verdicts of every kind of claim that more than one trial
// or arm decides: the file testdata/campaign-NAME.json.
var campaigns = []struct {
	name   string
	runs   func() []*run.Run
	claims string            // "" for the built-in document
	want   map[string]string // outcomes by id
}{
	{"component", func() []*run.Run { return pair(6, "before", "postgres", 60) }, "",
		map[string]string{"C2": verdict.Confirmed, "S1": verdict.Confirmed}},
	{"component-refuted", func() []*run.Run { return pair(6, "pooled", "redis", -3) }, "",
		map[string]string{"C3": verdict.Refuted, "C7": verdict.Refuted}},
	{"saving-inconclusive", func() []*run.Run { return pair(3, "after", "pooled", 25) }, "",
		map[string]string{"S3": verdict.Inconclusive}},
	{"saving-words", func() []*run.Run { return pair(6, "before", "cached", 30) }, "",
		map[string]string{"S2": verdict.Confirmed}},
	{"one-round", func() []*run.Run { return pair(1, "before", "postgres", 0) }, "",
		map[string]string{"C2": verdict.Inconclusive}},
	{"habits", func() []*run.Run {
		return runtest.Campaign(6,
			runtest.Arm{Variant: "before", Levels: runtest.Levels{0: 80, 3: 220, 10: 300}, Collected: true},
			runtest.Arm{Variant: "before", Off: []string{"sockets"}, Levels: runtest.Levels{0: 80, 3: 140, 10: 160}, Collected: true},
			runtest.Arm{Variant: "before", Off: []string{"pages", "sockets"}, Levels: runtest.Levels{0: 80, 3: 138, 10: 140}, Collected: true})
	}, "", map[string]string{"C4": verdict.Confirmed, "C5": verdict.Refuted}},
	{"natural-beside", func() []*run.Run {
		low, high := runtest.Levels{0: 80, 3: 120, 10: 160}, runtest.Levels{0: 80, 3: 180, 10: 220}
		return runtest.Campaign(6, runtest.Arm{Variant: "before", Levels: high, Collected: true}, runtest.Arm{Variant: "postgres", Levels: low, Collected: true},
			runtest.Arm{Variant: "before", Levels: high}, runtest.Arm{Variant: "postgres", Levels: low})
	}, "", map[string]string{"C2": verdict.Confirmed, "S1": verdict.Confirmed}},
	{"natural-only", func() []*run.Run {
		return runtest.Campaign(6, runtest.Arm{Variant: "before", Levels: runtest.Levels{0: 80, 3: 180, 10: 220}},
			runtest.Arm{Variant: "postgres", Levels: runtest.Levels{0: 80, 3: 120, 10: 160}})
	}, "", map[string]string{"C2": verdict.Inconclusive}},
	{"listening", func() []*run.Run { return trials(runtest.Levels{0: 105, 3: 400, 10: 430}, 0, 1, 2) }, "",
		map[string]string{"C1": verdict.Confirmed, "C6": verdict.Confirmed}},
	{"capacity", func() []*run.Run { return dying(trials(low, 0, 1, 2, 3, 4, 5), 0) }, capacities,
		map[string]string{"X1": verdict.Confirmed, "X2": verdict.Inconclusive, "X3": verdict.Refuted, "X4": verdict.Confirmed}},
	{"capacity-open", func() []*run.Run { return trials(low, 0, 1, 2) }, capacities,
		map[string]string{"X1": verdict.Refuted, "X2": verdict.Confirmed, "X3": verdict.Refuted}},
	{"capacity-some-killed", func() []*run.Run { return dying(trials(low, 0, 1, 2, 3, 4, 5), 3) }, capacities,
		map[string]string{"X1": verdict.Inconclusive, "X2": verdict.Inconclusive, "X3": verdict.Refuted}},
	{"capacity-unserved", func() []*run.Run {
		runs := trials(low, 0, 1, 2, 3, 4, 5)
		for _, r := range runs {
			runtest.Deliver(r, "users=3", 0.95)
		}
		return runs
	}, capacities, map[string]string{"X4": verdict.Refuted}},
	{"share", func() []*run.Run { return dying(runtest.Campaign(30, runtest.Arm{Variant: "before", Levels: low}), 24) }, shares,
		map[string]string{"X1": verdict.Confirmed, "X2": verdict.Refuted, "X3": verdict.Inconclusive}},
	{"not-measured", func() []*run.Run {
		return asking(runtest.Campaign(3, runtest.Arm{Variant: "before", Levels: low}), "L1", "L2", "C2", "K2", "K6", "B1", "B5")
	}, "", map[string]string{
		"L1": verdict.Refuted, "L2": verdict.NotMeasured, "C2": verdict.NotMeasured,
		"K2": verdict.NotMeasured, "K6": verdict.NotMeasured, "B1": verdict.NotMeasured, "B5": verdict.NotMeasured,
	}},
}

func TestCampaigns(t *testing.T) {
	for _, tt := range campaigns {
		t.Run(tt.name, func(t *testing.T) {
			doc := document(t)
			if tt.claims != "" {
				doc = own(t, tt.claims)
			}
			v := verdict.Judge(tt.runs(), doc)
			for id, want := range tt.want {
				if w := word(t, v, id); w.Outcome != want {
					t.Errorf("%s is %s, want %s: %q", id, w.Outcome, want, w.Reasons)
				}
			}
			got, err := json.MarshalIndent(v, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "campaign-"+tt.name+".json", append(got, '\n'))
		})
	}
}

// says reports that one of the reasons has the text in it.
func says(w verdict.Word, text string) bool {
	return slices.ContainsFunc(w.Reasons, func(r string) bool { return strings.Contains(r, text) })
}

// Rounds vary by tens of MiB: pairs see through that, means do not.
func TestPairsAreWhatDecides(t *testing.T) {
	doc := document(t)
	runs := pair(6, "before", "postgres", 60)
	w := word(t, verdict.Judge(runs, doc), "C2")
	if w.Outcome != verdict.Confirmed || w.Measured.N != 6 || w.Measured.Unpaired {
		t.Errorf("in rounds: %+v, %q", w.Measured, w.Reasons)
	}
	if width := w.Measured.CI95[1] - w.Measured.CI95[0]; width > 3*memory.MiB {
		t.Errorf("the interval of pairs is %d MiB wide: the noise of the rounds is in it", width/memory.MiB)
	}
	for _, r := range runs {
		r.Header.Round = 0
	}
	w = word(t, verdict.Judge(runs, doc), "C2")
	if !w.Measured.Unpaired || w.Outcome == verdict.Refuted || !says(w, "not in rounds") {
		t.Errorf("without rounds: %+v, %q", w.Measured, w.Reasons)
	}
	if width := w.Measured.CI95[1] - w.Measured.CI95[0]; width < 20*memory.MiB {
		t.Errorf("the interval of means is %d MiB wide: it hides how the trials differ", width/memory.MiB)
	}
}

func TestRoundsThatAreNotWhole(t *testing.T) {
	doc := document(t)
	// Runs alternate: before and postgres of round 1, then of round 2.
	for _, tt := range []struct {
		name    string
		change  func(runs []*run.Run) []*run.Run
		outcome string
		n       int
		says    string
	}{
		{"a round lacks an arm", func(runs []*run.Run) []*run.Run { return runs[:11] }, verdict.Confirmed, 5, "round 6 has no postgres: left out"},
		{"a round lacks the other", func(runs []*run.Run) []*run.Run { return runs[1:] }, verdict.Confirmed, 5, "round 1 has no before: left out"},
		{"a trial in no round", func(runs []*run.Run) []*run.Run {
			runs[0].Header.Round = 0
			return runs
		}, verdict.Confirmed, 5, "trials in no round make no pair: 1 left out"},
		{"a round twice", func(runs []*run.Run) []*run.Run {
			runs[2].Header.Round = 1
			return runs
		}, verdict.Inconclusive, 5, "round 1 has two trials of before"},
		{"no pair", func(runs []*run.Run) []*run.Run { return []*run.Run{runs[0], runs[3]} }, verdict.Inconclusive, 0, "no round has both arms"},
		{"a trial is unsound", func(runs []*run.Run) []*run.Run {
			runtest.Gap(runs[4], 40, 45)
			return runs
		}, verdict.Inconclusive, 6, "round 3, before: 3 users: 20 % of the hold without samples"},
		{"nothing collected", func(runs []*run.Run) []*run.Run {
			runs[5].Marks = slices.DeleteFunc(runs[5].Marks, func(m run.Mark) bool { return m.Name == run.MarkCollected })
			return runs
		}, verdict.Inconclusive, 5, "round 3, postgres: no garbage was collected at 3 users"},
		{"another build", func(runs []*run.Run) []*run.Run {
			runs[7].Header.Target.Ref = "0000000"
			return runs
		}, verdict.Inconclusive, 6, "another machine, target or build"},
		{"other campaigns", func(runs []*run.Run) []*run.Run {
			for i, r := range runs {
				r.Header.Campaign = []string{"a", "b"}[i%2]
			}
			return runs
		}, verdict.Inconclusive, 0, "no round has both arms"},
	} {
		w := word(t, verdict.Judge(tt.change(pair(6, "before", "postgres", 60)), doc), "C2")
		n := 0
		if w.Measured != nil {
			n = w.Measured.N
		}
		if w.Outcome != tt.outcome || n != tt.n || !says(w, tt.says) {
			t.Errorf("%s: %s of %d pairs, %q; want %s of %d, %q", tt.name, w.Outcome, n, w.Reasons, tt.outcome, tt.n, tt.says)
		}
	}
}

// What was collected is no level, and natural trials are no difference's.
func TestNaturalAndCollectedStayApart(t *testing.T) {
	low, high := runtest.Levels{0: 80, 3: 120, 10: 160}, runtest.Levels{0: 80, 3: 180, 10: 220}
	runs := runtest.Campaign(6, runtest.Arm{Variant: "before", Levels: high, Collected: true}, runtest.Arm{Variant: "postgres", Levels: low, Collected: true},
		runtest.Arm{Variant: "before", Levels: runtest.Levels{0: 80, 3: 480, 10: 490}}, runtest.Arm{Variant: "postgres", Levels: low})
	v := verdict.Judge(runs, document(t))
	w := word(t, v, "C2")
	if got := *w.Measured.Bytes / memory.MiB; got != 60 || w.Outcome != verdict.Confirmed {
		t.Errorf("collected difference = %d MiB, %s", got, w.Outcome)
	}
	if natural := w.Measured.Natural; natural == nil || *natural.Bytes/memory.MiB != 360 || natural.N != 6 {
		t.Errorf("natural difference = %+v, want 360 MiB of 6 pairs", natural)
	}
	for _, l := range v.Levels {
		if l.Variant == "before" && l.Users == 3 {
			if l.N != 6 || l.Unreclaimable.Median/memory.MiB != 480 || l.Collected == nil || l.Collected.Mean/memory.MiB != 180 {
				t.Errorf("level = %+v", l)
			}
		}
	}
	if w := word(t, v, "L4"); *w.Measured.Bytes/memory.MiB != 480 {
		t.Errorf("L4 is %d MiB: collected trials are in it", *w.Measured.Bytes/memory.MiB)
	}
}

// A target whose database was cut is no level, and no side of a difference.
func TestInjuredTrialsStayApart(t *testing.T) {
	runs := pair(6, "before", "postgres", 60)
	hurt := runtest.Campaign(6, runtest.Arm{Variant: "postgres", Levels: runtest.Levels{0: 80, 3: 400, 10: 450}})
	for i, r := range hurt {
		r.Header.Fault, r.Header.Trial = "cut", len(runs)+i+1
	}
	v := verdict.Judge(slices.Concat(runs, hurt), document(t))
	w := word(t, v, "C2")
	if w.Outcome != verdict.Confirmed || w.Measured.Natural != nil {
		t.Errorf("C2 is %s: %+v", w.Outcome, w.Measured)
	}
	for _, l := range v.Levels {
		if l.Unreclaimable != nil {
			t.Errorf("a level of injured trials: %+v", l)
		}
	}
}

// A share of the processor decides nothing of memory, and stands beside.
func TestUnderCPUShare(t *testing.T) {
	doc := document(t)
	shared := func() []*run.Run {
		runs := trials(low, 0, 1, 2, 3, 4, 5)
		for _, r := range runs {
			r.Header.CPUs = 0.1
		}
		return dying(runs, 0)
	}
	v := verdict.Judge(shared(), doc)
	for _, id := range []string{"L1", "L4", "L7", "K1", "C6"} {
		if w := word(t, v, id); w.Outcome != verdict.Inconclusive || w.Measured == nil || w.Measured.UnderCPUShare == nil || !says(w, "run without --cpus") {
			t.Errorf("%s under a share alone: %+v", id, w)
		}
	}
	both := slices.Concat(trials(low, 0, 1, 2, 3, 4, 5), shared())
	for i, r := range both {
		r.Header.Trial, r.Header.Trials = i+1, len(both)
	}
	v = verdict.Judge(both, doc)
	if w := word(t, v, "L7"); w.Outcome != verdict.Refuted || *w.Measured.Kills != 0 || *w.Measured.UnderCPUShare.Kills != 6 {
		t.Errorf("L7: %+v", w)
	}
	w := word(t, v, "K1")
	if m := w.Measured; w.Outcome != verdict.Refuted || *m.Memory.Holds != 10 || m.Memory.Fails != nil || *m.UnderCPUShare.Memory.Fails != 10 {
		t.Errorf("K1: %s, %+v", w.Outcome, m)
	}
}

// A run under a larger limit shows what fits, and never what does not.
func TestUncapped(t *testing.T) {
	for _, tt := range []struct {
		name    string
		levels  runtest.Levels
		outcome string
		holds   int
	}{
		{"stays below the plan", low, verdict.Confirmed, 10},
		{"goes over it at 10", runtest.Levels{0: 80, 3: 120, 10: 600}, verdict.Inconclusive, 3},
	} {
		runs := trials(tt.levels, 0, 1, 2)
		for _, r := range runs {
			r.Header.LimitBytes = 4096 * memory.MiB
		}
		w := word(t, verdict.Judge(runs, own(t, capacities)), "X2")
		if w.Outcome != tt.outcome || *w.Measured.Memory.Holds != tt.holds || w.Measured.Memory.Fails != nil {
			t.Errorf("%s: %s, %+v: %q", tt.name, w.Outcome, w.Measured.Memory, w.Reasons)
		}
	}
	// Near the limit, the next trial may well go over.
	near := trials(runtest.Levels{0: 80, 3: 120, 10: 470}, 0, 15, 30)
	w := word(t, verdict.Judge(near, own(t, capacities)), "X2")
	if w.Outcome != verdict.Inconclusive || !says(w, "10 users lived, but the next trial's largest U may reach") {
		t.Errorf("near the limit: %s, %q", w.Outcome, w.Reasons)
	}
}

// Refuted alone is not refuted among many; what is certain stays.
func TestHolm(t *testing.T) {
	claims := []string{`{id: N0, line: 1, kind: level, variant: before, users: [0], mib: [100], text: t}`}
	for i := range 20 {
		claims = append(claims, strings.ReplaceAll(`{id: NX, line: 1, kind: level, variant: before, users: [3], mib: [120], text: t}`, "X", string(rune('a'+i))))
	}
	for _, tt := range []struct {
		shifts      []float64
		alone, many string
	}{
		{[]float64{-6, -2, 2}, verdict.Refuted, verdict.Inconclusive},
		{[]float64{-0.2, 0, 0.2}, verdict.Refuted, verdict.Refuted},
	} {
		runs := trials(runtest.Levels{0: 80, 3: 120, 10: 160}, tt.shifts...)
		if w := word(t, verdict.Judge(runs, own(t, claims[0])), "N0"); w.Outcome != tt.alone {
			t.Errorf("%v alone: %s, want %s: %q", tt.shifts, w.Outcome, tt.alone, w.Reasons)
		}
		v := verdict.Judge(runs, own(t, strings.Join(claims, ",")))
		if w := word(t, v, "N0"); w.Outcome != tt.many || (tt.many == verdict.Inconclusive) != says(w, "one of 21 (Holm)") {
			t.Errorf("%v among 21: %s, want %s: %q", tt.shifts, w.Outcome, tt.many, w.Reasons)
		}
	}
}

// A campaign has no budget: it passes when it is whole, whatever it refutes.
func TestCampaignOutcome(t *testing.T) {
	doc := document(t)
	runs := pair(3, "before", "postgres", 0)
	if v := verdict.Judge(runs, doc); v.Outcome != verdict.Pass || v.ExitCode != 0 || len(v.Budgets) != 0 || !v.Campaign() {
		t.Errorf("whole: %s, %q", v.Outcome, v.Reasons)
	}
	if v := verdict.Judge(runs[:4], doc); v.Outcome != verdict.Inconclusive || v.ExitCode != 3 {
		t.Errorf("cut: %s, %q", v.Outcome, v.Reasons)
	}
	for _, r := range runs {
		r.Header.FailOn = verdict.FailOnRefuted
	}
	if v := verdict.Judge(runs, doc); v.Outcome != verdict.Fail {
		t.Errorf("fail on refuted: %s, %q", v.Outcome, v.Reasons)
	}
}
