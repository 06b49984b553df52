package verdict_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/phase"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// remedies are three, by what they take: postgres a server, deferred and cached
// code.
func remedies() *claim.Remedies {
	steps := claim.Stepping{Users: []int{0, 3, 10}, Warmup: 5, Hold: 25}
	natural, collected := steps, steps
	natural.Kind, collected.Kind = run.Natural, run.Collected
	return &claim.Remedies{
		Against: "before", Data: []string{"light", "heavy"}, Trials: []claim.Stepping{natural, collected},
		List: []claim.Remedy{
			{Variant: "postgres", Text: "another database", By: "document", Takes: claim.TakesServer},
			{Variant: "cached", Text: "cached words", By: "document", Takes: claim.TakesCode},
			{Variant: "deferred", Text: "lists without images", By: "document", Takes: claim.TakesCode},
		},
	}
}

// measured returns rounds of before and the remedies, whose levels with 3 and 10
// users are given, natural and collected; the target takes the cores of a phase.
func measured(rounds int, of map[string][2]float64, cores map[string]float64) []*run.Run {
	var arms []runtest.Arm
	for _, name := range []string{"before", "postgres", "cached", "deferred"} {
		if at, ok := of[name]; ok {
			levels := runtest.Levels{0: 80, 3: at[0], 10: at[1]}
			arms = append(arms, runtest.Arm{Variant: name, Levels: levels}, runtest.Arm{Variant: name, Levels: levels, Collected: true})
		}
	}
	runs := runtest.Campaign(rounds, arms...)
	for _, r := range runs {
		began, spent := 0.0, 1.0
		for i, m := range r.Marks {
			if m.Name == run.MarkPhase || m.Name == run.MarkLoadEnd {
				if began > 0 {
					spent += cores[r.Header.Variant] * (m.T - began)
				}
				began, r.Marks[i].CPUSeconds = m.T, spent
			}
		}
		runtest.EachUsers(r, "users=10", func(u *run.Users) {
			u.Requests[0].Duration = run.Histogram{{int64(1e6 * cores[r.Header.Variant]), 1}}
		})
	}
	return runs
}

func effectOf(t *testing.T, r *verdict.Remedies, remedy string, users int) verdict.Effect {
	t.Helper()
	for _, one := range r.Remedies {
		for _, e := range one.Effects {
			if one.Variant == remedy && e.Users == users && e.Data == "light" {
				return e
			}
		}
	}
	t.Fatalf("nothing is said of %s at %d users", remedy, users)
	return verdict.Effect{}
}

var (
	levelsOf = map[string][2]float64{"before": {200, 400}, "postgres": {140, 250}, "cached": {199, 398}, "deferred": {120, 300}}
	coresOf  = map[string]float64{"before": 0.5, "postgres": 0.4, "cached": 0.25, "deferred": 0.75}
)

func TestRemedies(t *testing.T) {
	of := remedies()
	of.Data = []string{"light"}
	r := verdict.JudgeRemedies(measured(6, levelsOf, coresOf), of, nil)
	for _, tt := range []struct {
		name      string
		users     int
		saves, of int64 // MiB, of the peaks: 4 MiB of teeth above the levels
		effective string
		cores     float64
	}{
		{"postgres", 10, 150, 404, verdict.Yes, -0.1},
		{"cached", 10, 2, 404, verdict.No, -0.25},
		{"deferred", 10, 100, 404, verdict.Yes, 0.25},
		{"deferred", 3, 80, 204, "", 0.25},
	} {
		e := effectOf(t, r, tt.name, tt.users)
		for _, s := range []*verdict.Saved{e.Peak, e.Held} {
			of := tt.of
			if s == e.Held {
				of -= 4
			}
			// Noise of the rounds cancels in pairs, and jitter is below 5 MiB.
			if s == nil || s.N != 6 || s.CI95 == nil || !near(s.Bytes, tt.saves, 4) || !near(s.Of, of, 2) {
				t.Errorf("%s at %d: saved %+v, want %d of %d MiB, N 6", tt.name, tt.users, s, tt.saves, of)
			}
		}
		if e.Effective != tt.effective || e.Service.Kept != verdict.Yes || e.Before.Kept != verdict.Yes {
			t.Errorf("%s at %d: effective %q, service %+v; want %q, kept: %v", tt.name, tt.users, e.Effective, e.Service, tt.effective, e.Reasons)
		}
		if e.CPU == nil || e.CPU.N != 6 || e.CPU.Value < tt.cores-0.01 || e.CPU.Value > tt.cores+0.01 || e.CPU.Of != 0.5 {
			t.Errorf("%s: CPU %+v, want %+v of 0.5", tt.name, e.CPU, tt.cores)
		}
		if tt.users == 10 && (e.Latency == nil || e.Latency.Of != 0.5 || e.Latency.Value < tt.cores-0.01 || e.Latency.Value > tt.cores+0.01) {
			t.Errorf("%s: latency %+v, want %+v of 0.5", tt.name, e.Latency, tt.cores)
		}
	}
	// postgres saves more, and takes a server.
	if c := r.Choices; len(c) != 1 || c[0].Data != "light" || c[0].Cheapest != "deferred" || c[0].Largest != "postgres" {
		t.Errorf("choices = %+v", c)
	}
	if r.Outcome != verdict.Pass || r.ExitCode != 0 {
		t.Errorf("outcome %s, code %d: %v", r.Outcome, r.ExitCode, r.Reasons)
	}
}

func near(bytes, mib, by int64) bool {
	return bytes >= (mib-by)*memory.MiB && bytes <= (mib+by)*memory.MiB
}

// What was asked for and not measured is not told; what was not asked for is
// not missed.
func TestRemediesNotMeasured(t *testing.T) {
	some := map[string][2]float64{"before": levelsOf["before"], "postgres": levelsOf["postgres"], "deferred": levelsOf["deferred"]}
	of := remedies()
	r := verdict.JudgeRemedies(measured(6, some, coresOf), of, nil)
	want := []string{"postgres, heavy data: not measured", "cached, light data: not measured", "cached, heavy data: not measured", "deferred, heavy data: not measured"}
	if diff := cmp.Diff(want, r.Reasons); diff != "" || r.Outcome != verdict.Inconclusive || r.ExitCode != verdict.ExitInconclusive {
		t.Errorf("outcome %s, code %d, reasons (-want +got):\n%s", r.Outcome, r.ExitCode, diff)
	}
	of.Data = []string{"light"}
	runs := measured(6, some, coresOf)
	for _, r := range runs {
		r.Header.Claims = []string{"postgres", "deferred"}
	}
	if r := verdict.JudgeRemedies(runs, of, nil); r.Outcome != verdict.Pass {
		t.Errorf("two that were asked for: %s, %v", r.Outcome, r.Reasons)
	}
}

// Processor time that chance may have made decides nothing: of remedies that take
// as much, the one that saves most is named.
func TestCheapestOfEquals(t *testing.T) {
	levels := map[string][2]float64{"before": {200, 400}, "cached": {150, 250}, "deferred": {120, 200}}
	of := remedies()
	for jitter, want := range map[float64]string{0: "cached", 3: "deferred"} {
		random := rand.New(rand.NewPCG(1, 2))
		runs := measured(6, levels, coresOf)
		for _, r := range runs {
			spent := 0.0
			for i := range r.Marks {
				if r.Marks[i].CPUSeconds > 0 {
					spent += jitter * 30 * random.Float64()
					r.Marks[i].CPUSeconds += spent
				}
			}
		}
		c := verdict.JudgeRemedies(runs, of, nil).Choices[0]
		if c.Cheapest != want || strings.Contains(strings.Join(c.Reasons, "\n"), "processor time does not tell") != (jitter > 0) {
			t.Errorf("jitter %v: %+v, want %s", jitter, c, want)
		}
	}
}

// One round hints, and decides nothing.
func TestRemediesOfOneRound(t *testing.T) {
	r := verdict.JudgeRemedies(measured(1, levelsOf, coresOf), remedies(), nil)
	e := effectOf(t, r, "deferred", 10)
	if e.Effective != verdict.Unknown || e.Peak == nil || e.Peak.N != 1 || e.Peak.CI95 != nil || e.Peak.Bytes < 90*memory.MiB {
		t.Errorf("effect = %+v", e)
	}
	if c := r.Choices[0]; c.Cheapest != "" || r.Outcome != verdict.Inconclusive || r.ExitCode != verdict.ExitInconclusive {
		t.Errorf("choice %+v, outcome %s, code %d", c, r.Outcome, r.ExitCode)
	}
}

// A saving that takes the service away is none.
func TestRemedyThatLosesTheService(t *testing.T) {
	runs := measured(6, levelsOf, coresOf)
	for _, r := range runs {
		if r.Header.Variant == "deferred" {
			runtest.Deliver(r, "users=10", 0.5)
		}
	}
	r := verdict.JudgeRemedies(runs, remedies(), nil)
	e := effectOf(t, r, "deferred", 10)
	if e.Effective != verdict.No || e.Service.Kept != verdict.No || !strings.Contains(e.Reasons[0], "the service that before keeps is lost: 50.0 % of the strokes") {
		t.Errorf("effect = %+v", e)
	}
	if e.Peak == nil || !near(e.Peak.Bytes, 100, 4) {
		t.Errorf("peak = %+v: what the target itself cannot serve does not hide its memory", e.Peak)
	}
	if r.Choices[0].Cheapest != "postgres" {
		t.Errorf("choice = %+v", r.Choices[0])
	}
}

// A lower peak of less work is no saving, and a remedy under which the service is
// lost is effective only where it is known to be lost without.
func TestRemedyThatDoesLess(t *testing.T) {
	judged := func(change func(*run.Run)) verdict.Effect {
		runs := measured(6, levelsOf, coresOf)
		for _, r := range runs {
			change(r)
		}
		return effectOf(t, verdict.JudgeRemedies(runs, remedies(), nil), "deferred", 10)
	}
	lose := func(r *run.Run) { runtest.Deliver(r, "users=10", 0.5) }
	e := judged(func(r *run.Run) {
		lose(r)
		if r.Header.Variant == "deferred" { // it answers half of the lists
			lists := 0
			runtest.EachUsers(r, "users=10", func(u *run.Users) {
				if lists++; lists%2 == 0 {
					u.Requests = slices.DeleteFunc(slices.Clone(u.Requests), func(q run.Requests) bool { return q.Name == phase.ListRequest })
				}
			})
		}
	})
	if e.Effective != verdict.Unknown || e.Peak != nil || e.CPU != nil || !strings.Contains(strings.Join(e.Reasons, "\n"), "under less load a peak is lower") {
		t.Errorf("half of the lists: %+v", e)
	}
	e = judged(lose)
	if e.Effective != verdict.Yes || e.Peak.Lists == 0 || e.Peak.Lists != e.Peak.ListsOf {
		t.Errorf("both lose the service, and answer as many lists: %+v", e)
	}
	e = judged(func(r *run.Run) {
		switch {
		case r.Header.Variant == "deferred":
			lose(r)
		case r.Header.Variant == "before" && r.Header.Round == 1: // known of some trials only
			lose(r)
		}
	})
	if e.Before.Kept != verdict.Unknown || e.Effective != verdict.Unknown {
		t.Errorf("lost, and unknown without: %+v", e)
	}
}

// A starved generator, a hold without a tooth and a killed target make no pair.
func TestRemedyPairsThatCannotBeTold(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*run.Run)
		why    string
	}{
		"late generator": {func(r *run.Run) {
			runtest.EachUsers(r, "users=10", func(u *run.Users) { u.Lag = run.Histogram{{900000, 100}} })
		}, "users sent late"},
		"no tooth": {func(r *run.Run) {
			runtest.EachUsers(r, "users=10", func(u *run.Users) { u.Requests = u.Requests[1:] })
		}, "0 list requests in the hold, where one tooth"},
		"killed": {func(r *run.Run) {
			runtest.StopAt(r, 80, run.Killed, run.Event{Kind: run.EventOOMKill, Count: 1})
		}, "killed by the kernel"},
	} {
		runs := measured(6, levelsOf, coresOf)
		for _, r := range runs {
			if r.Header.Round == 2 && r.Header.Variant == "deferred" && r.Header.Kind == run.Natural {
				r.Header.Quick = false
				tt.change(r)
			}
		}
		e := effectOf(t, verdict.JudgeRemedies(runs, remedies(), nil), "deferred", 10)
		if e.Peak == nil || e.Peak.N != 5 || e.Held.N != 6 {
			t.Errorf("%s: peak %+v, held %+v; want one pair less", name, e.Peak, e.Held)
		}
		if e.CPU == nil || e.CPU.N != 5 || e.Latency == nil || e.Latency.N != 5 {
			t.Errorf("%s: CPU %+v, latency %+v; want one pair less", name, e.CPU, e.Latency)
		}
		if !slices.ContainsFunc(e.Reasons, func(reason string) bool {
			return strings.HasPrefix(reason, "peaks: round 2, deferred: ") && strings.Contains(reason, tt.why)
		}) {
			t.Errorf("%s: reasons %q", name, e.Reasons)
		}
	}
}

// Among remedies that do nothing, chance makes some look effective: in 5 % of
// all worlds at most.
func TestRemediesByChance(t *testing.T) {
	const worlds = 150
	random := rand.New(rand.NewPCG(1, 2))
	of := remedies()
	for i := range 5 {
		of.List = append(of.List, claim.Remedy{Variant: string(rune('a' + i)), Text: "nothing", By: "ours", Takes: claim.TakesCode})
	}
	wrong := 0
	for range worlds {
		var runs []*run.Run
		for round := range 4 {
			for _, name := range append([]string{"before"}, of.Names()...) {
				// A level of 41 has a worthwhile saving of 5 MiB: just what each saves, so
				// that the test is at its limit.
				level := 41.0
				if name != "before" {
					level = 36
				}
				r := short(len(runs)+1, level+3*random.NormFloat64())
				r.Header.Variant, r.Header.Campaign, r.Header.Round = name, "test", round+1
				runs = append(runs, r)
			}
		}
		r := verdict.JudgeRemedies(runs, of, nil)
		if r.Choices[0].Cheapest != "" {
			wrong++
		}
	}
	if share := float64(wrong) / worlds; share > 0.09 || wrong == 0 {
		t.Errorf("%d of %d worlds have an effective remedy, want about 5 %% at most and some", wrong, worlds)
	}
}

// short is a healthy trial with 3 and 10 users at one level, of few samples.
func short(n int, level float64) *run.Run {
	r := runtest.Healthy(n, 2, runtest.Levels{0: level, 3: level, 10: level})
	var few []run.Sample
	for i, s := range r.Samples {
		if i%50 == 0 {
			s.Unreclaimable = memory.Known(uint64(level * memory.MiB))
			few = append(few, s)
		}
	}
	r.Samples, r.Header.SampleSeconds = few, 5
	return r
}

func TestRemediesAreAFunctionOfTheRuns(t *testing.T) {
	runs := measured(3, levelsOf, coresOf)
	want, err := json.Marshal(verdict.JudgeRemedies(runs, remedies(), nil))
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(runs)
	got, err := json.Marshal(verdict.JudgeRemedies(runs, remedies(), nil))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("the order of the runs shows:\n%s", diff)
	}
}

func TestFrontierShift(t *testing.T) {
	read := func(text string) (f verdict.Frontier) {
		t.Helper()
		if err := json.Unmarshal([]byte(text), &f); err != nil {
			t.Fatal(err)
		}
		return f
	}
	const data = `"plan": "free", "data": [{"name": "d0", "public_bytes": 1048576}, {"name": "d1", "public_bytes": 8388608}, {"name": "d2", "public_bytes": 67108864}], `
	before := read(`{"variant": "before", ` + data + `"cells": [{"users": 10, "data": "d0", "memory": "fits"}, {"users": 10, "data": "d1", "memory": "killed"}, {"users": 10, "data": "d2", "memory": "fits"}, {"users": 20, "data": "d0", "memory": "killed"}]}`)
	after := read(`{"variant": "deferred", ` + data + `"cells": [{"users": 10, "data": "d0", "memory": "fits"}, {"users": 10, "data": "d1", "memory": "fits"}, {"users": 10, "data": "d2", "memory": "unknown"}, {"users": 20, "data": "d2", "memory": "fits"}]}`)
	got := verdict.JudgeRemedies(nil, remedies(), []verdict.Frontier{before, after}).Shifts
	bytes := func(n int64) *int64 { return &n }
	want := []verdict.Shift{
		{Variant: "deferred", Plan: "free", Users: 10, Before: bytes(1 << 20), After: bytes(8 << 20), AfterAtLeast: true},
		{Variant: "deferred", Plan: "free", Users: 20, After: bytes(64 << 20), AfterAtLeast: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("shifts (-want +got):\n%s", diff)
	}

	// A tight cell fits, as it does on the map; what is not told is not what fails.
	tight := read(`{"variant": "deferred", ` + data + `"cells": [{"users": 10, "data": "d0", "memory": "unknown"}, {"users": 10, "data": "d1", "memory": "tight"}, {"users": 10, "data": "d2", "memory": "killed"}]}`)
	want = []verdict.Shift{{Variant: "deferred", Plan: "free", Users: 10, Before: bytes(1 << 20), After: bytes(8 << 20)}}
	if diff := cmp.Diff(want, verdict.JudgeRemedies(nil, remedies(), []verdict.Frontier{before, tight}).Shifts); diff != "" {
		t.Errorf("shifts to a tight cell (-want +got):\n%s", diff)
	}

	// What was not measured alike is not compared, and that is said once.
	for what, change := range map[string]func(*verdict.Frontier){
		"CPU share": func(f *verdict.Frontier) { f.CPUs = 0.1 },
		"memory":    func(f *verdict.Frontier) { f.LimitBytes = 1 << 30 },
		"seed":      func(f *verdict.Frontier) { f.Seed = 7 },
		"--quick":   func(f *verdict.Frontier) { f.Quick = true },
		"pixelload": func(f *verdict.Frontier) { f.Tool = "older" },
		"target":    func(f *verdict.Frontier) { f.Target.Ref = "older" },
		"machine":   func(f *verdict.Frontier) { f.Machine.CPUs = 64 },
	} {
		other := after
		change(&other)
		r := verdict.JudgeRemedies(nil, remedies(), []verdict.Frontier{before, other})
		if len(r.Shifts) > 0 || len(r.LeftOut) != 1 || !strings.Contains(r.LeftOut[0], what) {
			t.Errorf("another %s: %+v, left out %q", what, r.Shifts, r.LeftOut)
		}
		if r := verdict.JudgeRemedies(nil, remedies(), []verdict.Frontier{before, after, other}); len(r.Shifts) != 2 || len(r.LeftOut) != 1 {
			t.Errorf("another %s beside: %+v, left out %q", what, r.Shifts, r.LeftOut)
		}
	}
}
