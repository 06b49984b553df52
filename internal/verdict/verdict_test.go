package verdict_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/memory"
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

// cases are the runs of the golden verdicts: the file testdata/NAME.json.
var cases = []struct {
	name    string
	runs    func() []*run.Run
	outcome string
	exit    int
}{
	{"no-runs", func() []*run.Run { return nil }, verdict.Inconclusive, 3},
	{"healthy", func() []*run.Run { return one(func(*run.Run) {}) }, verdict.Pass, 0},
	{"empty", func() []*run.Run {
		return one(func(r *run.Run) { r.Marks, r.Samples, r.Users, r.Events, r.End = nil, nil, nil, nil, nil })
	}, verdict.Inconclusive, 3},
	{"one-sample", func() []*run.Run { return one(func(r *run.Run) { r.Samples = r.Samples[600:601] }) }, verdict.Inconclusive, 3},
	{"no-samples", func() []*run.Run { return one(func(r *run.Run) { r.Samples = nil }) }, verdict.Inconclusive, 3},
	{"no-users", func() []*run.Run { return one(func(r *run.Run) { r.Users = nil }) }, verdict.Inconclusive, 3},
	{"gap", func() []*run.Run { return one(func(r *run.Run) { runtest.Gap(r, 40, 45) }) }, verdict.Inconclusive, 3},
	{"over-budget", func() []*run.Run { return trials(runtest.Levels{0: 80, 3: 300, 10: 450}, 0) }, verdict.Fail, 99},
	{"oom-kill", func() []*run.Run { return one(func(r *run.Run) { runtest.Killed(r, 75) }) }, verdict.Fail, 99},
	{"worker-killed", func() []*run.Run {
		return one(func(r *run.Run) { r.Samples[len(r.Samples)-1].OOMKills = memory.Known(1) })
	}, verdict.Fail, 99},
	{"died-starting", func() []*run.Run {
		return one(func(r *run.Run) { runtest.Killed(r, 2.2); r.End.Outcome = run.DiedStarting })
	}, verdict.Fail, 99},
	{"died", func() []*run.Run {
		return one(func(r *run.Run) {
			runtest.StopAt(r, 75, run.Died, run.Event{Kind: run.EventExit, Text: "exit status 1"})
			r.Events = append(r.Events, run.Event{T: 75, Kind: run.EventTargetLog, Text: "Traceback\n  File x\nOSError: disk full\n"})
		})
	}, verdict.Fail, 99},
	{"interrupted", func() []*run.Run {
		return one(func(r *run.Run) { runtest.StopAt(r, 80, run.Interrupted, run.Event{Kind: run.EventInterrupted}) })
	}, verdict.Inconclusive, 105},
	{"generator-died", func() []*run.Run {
		return one(func(r *run.Run) {
			runtest.StopAt(r, 80, run.GeneratorDied, run.Event{Kind: run.EventGenerator, Count: -1})
		})
	}, verdict.Inconclusive, 3},
	{"scenario-error", func() []*run.Run {
		return one(func(r *run.Run) {
			runtest.StopAt(r, 80, run.GeneratorDied, run.Event{Kind: run.EventGenerator, Count: 107})
		})
	}, verdict.Inconclusive, 107},
	{"cut", func() []*run.Run { return one(func(r *run.Run) { r.End = nil }) }, verdict.Inconclusive, 3},
	{"last-phase-short", func() []*run.Run {
		return one(func(r *run.Run) {
			runtest.StopAt(r, 80, run.Complete, run.Event{Kind: run.EventGenerator})
		})
	}, verdict.Inconclusive, 3},
	{"stalled", func() []*run.Run {
		return one(func(r *run.Run) { r.Users[60].StalledReceivers = 1 })
	}, verdict.Inconclusive, 3},
	{"stalled-and-killed", func() []*run.Run {
		return one(func(r *run.Run) { r.Users[60].StalledReceivers = 1; runtest.Killed(r, 75) })
	}, verdict.Inconclusive, 3},
	{"late", func() []*run.Run {
		return one(func(r *run.Run) {
			runtest.EachUsers(r, "users=10", func(u *run.Users) { u.Lag = run.Histogram{{400000, 100}} })
		})
	}, verdict.Inconclusive, 3},
	{"errors", func() []*run.Run {
		return one(func(r *run.Run) {
			runtest.EachUsers(r, "users=10", func(u *run.Users) { u.Requests[1].Failed = true })
		})
	}, verdict.Inconclusive, 3},
	{"known-failures", func() []*run.Run {
		return one(func(r *run.Run) {
			runtest.EachUsers(r, "users=10", func(u *run.Users) { u.Requests[1].Failed, u.Requests[1].Known = true, true })
		})
	}, verdict.Pass, 0},
	{"delivery-95", func() []*run.Run { return one(func(r *run.Run) { runtest.Deliver(r, "users=10", 0.95) }) }, verdict.Pass, 0},
	{"delivery-95-late", func() []*run.Run {
		return one(func(r *run.Run) {
			runtest.Deliver(r, "users=10", 0.95)
			runtest.EachUsers(r, "users=10", func(u *run.Users) { u.Lag = run.Histogram{{400000, 100}} })
		})
	}, verdict.Inconclusive, 3},
	{"delivery-80", func() []*run.Run { return one(func(r *run.Run) { runtest.Deliver(r, "users=10", 0.80) }) }, verdict.Inconclusive, 3},
	{"no-limit", func() []*run.Run {
		return one(func(r *run.Run) { runtest.Unlimited(r); r.Header.NoLimitWhy = "no right to make a cgroup" })
	}, verdict.Pass, 0},
	{"no-budget", func() []*run.Run { return one(func(r *run.Run) { r.Header.BudgetBytes = 0 }) }, verdict.Inconclusive, 3},
	{"3-confirmed", func() []*run.Run { return trials(runtest.Levels{0: 250, 3: 300, 10: 400}, 0, 1, 2) }, verdict.Pass, 0},
	{"3-refuted", func() []*run.Run { return trials(low, 0, 1, 2) }, verdict.Pass, 0},
	{"3-refuted-fails", func() []*run.Run {
		runs := trials(low, 0, 1, 2)
		for _, r := range runs {
			r.Header.FailOn = verdict.FailOnRefuted
		}
		return runs
	}, verdict.Fail, 99},
	{"3-inconclusive", func() []*run.Run { return trials(runtest.Levels{0: 250, 3: 300, 10: 390}, 0, 15, 30) }, verdict.Inconclusive, 3},
	{"3-one-over", func() []*run.Run { return trials(runtest.Levels{0: 80, 3: 120, 10: 400}, 0, 1, 40) }, verdict.Fail, 99},
	{"6-no-crash", func() []*run.Run { return trials(low, 0, 1, 2, 3, 4, 5) }, verdict.Pass, 0},
	{"6-crashes", func() []*run.Run {
		runs := trials(low, 0, 1, 2, 3, 4, 5)
		for _, r := range runs {
			runtest.Killed(r, 75)
		}
		return runs
	}, verdict.Fail, 99},
	{"range", func() []*run.Run {
		runs := trials(runtest.Levels{0: 120, 3: 280, 10: 390}, 0, 1, 2)
		for _, r := range runs {
			r.Header.Variant = "after"
		}
		return runs
	}, verdict.Pass, 0},
	{"users-missing", func() []*run.Run {
		return one(func(r *run.Run) { r.Users[70].Active = 8 })
	}, verdict.Inconclusive, 3},
	{"users-silent", func() []*run.Run {
		return one(func(r *run.Run) {
			r.Users = slices.DeleteFunc(r.Users, func(u run.Users) bool { return u.T > 70 && u.T <= 72 })
		})
	}, verdict.Inconclusive, 3},
	{"no-strokes", func() []*run.Run {
		return one(func(r *run.Run) {
			runtest.EachUsers(r, "users=10", func(u *run.Users) { u.Draws, u.Fanout = run.Draws{}, nil })
		})
	}, verdict.Inconclusive, 3},
	{"no-lag", func() []*run.Run {
		return one(func(r *run.Run) { runtest.EachUsers(r, "users=10", func(u *run.Users) { u.Lag = nil }) })
	}, verdict.Inconclusive, 3},
	{"no-sockets", func() []*run.Run {
		return one(func(r *run.Run) {
			r.Header.Variant, r.Header.NoSockets = "no-websockets", true
			for i := range r.Users {
				u := &r.Users[i]
				u.Draws, u.Fanout, u.Sockets = run.Draws{}, nil, run.Sockets{Refused: map[string]int{"404": u.Active}}
			}
		})
	}, verdict.Pass, 0},
	{"readers", func() []*run.Run { // who draw nothing, and whom no claim is about
		return one(func(r *run.Run) {
			r.Header.Mix = "reader=1"
			for i := range r.Users {
				r.Users[i].Draws, r.Users[i].Fanout, r.Users[i].Lag = run.Draws{}, nil, nil
			}
		})
	}, verdict.Pass, 0},
	{"gap-in-warm-up", func() []*run.Run {
		return one(func(r *run.Run) {
			runtest.Gap(r, 30, 33)
			r.Events = append(r.Events, run.Event{T: 33, Kind: run.EventGap, Seconds: 3.1, Text: "the machine was too busy"})
		})
	}, verdict.Inconclusive, 3},
	{"trial-missing", func() []*run.Run { return trials(low, 0, 1, 2)[:2] }, verdict.Inconclusive, 3},
	{"trial-twice", func() []*run.Run {
		runs := trials(low, 0, 1, 2)
		copied := *runs[0]
		copied.Path = "runs/test/trial-1b.ndjson"
		return append(runs, &copied)
	}, verdict.Inconclusive, 3},
	{"trial-unreadable", func() []*run.Run {
		return append(trials(low, 0, 1, 2)[:2], &run.Run{Path: "runs/test/trial-3.ndjson", Unreadable: "no header: the file is empty"})
	}, verdict.Inconclusive, 3},
	{"only-unreadable", func() []*run.Run {
		return []*run.Run{{Path: "runs/test/trial-1.ndjson", Unreadable: "no header: the file is empty"}}
	}, verdict.Inconclusive, 3},
	{"one-series-fails", func() []*run.Run {
		runs := append(trials(runtest.Levels{0: 80, 3: 300, 10: 450}, 0), trials(low, 0, 1)...)
		for i, name := range []string{"heavy", "light", "typical"} {
			runs[i].Header.Data.Name, runs[i].Header.Trial, runs[i].Header.Trials = name, i+1, 3
		}
		return runs
	}, verdict.Fail, 99},
	{"harness", func() []*run.Run {
		return one(func(r *run.Run) {
			r.Events = append(r.Events, run.Event{T: 60, Kind: run.EventHarness, Text: "a line of the generator could not be read"})
		})
	}, verdict.Pass, 0},
	{"ended-from-outside", func() []*run.Run {
		return one(func(r *run.Run) {
			runtest.StopAt(r, 75, run.Died, run.Event{Kind: run.EventExit, Text: "ended by signal 9 (killed)"})
		})
	}, verdict.Fail, 99},
	{"fingerprint", func() []*run.Run {
		runs := trials(low, 0, 1, 2)
		runs[2].Header.Machine.Kernel = "6.19"
		return runs
	}, verdict.Inconclusive, 3},
}

func TestGolden(t *testing.T) {
	doc := document(t)
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			v := verdict.Judge(tt.runs(), doc)
			if v.Outcome != tt.outcome || v.ExitCode != tt.exit {
				t.Errorf("outcome %s, exit %d, want %s, %d: %q", v.Outcome, v.ExitCode, tt.outcome, tt.exit, v.Reasons)
			}
			got, err := json.MarshalIndent(v, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, tt.name+".json", append(got, '\n'))
		})
	}
}

// golden compares got with the file in testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// word returns what light data says of the claim.
func word(t *testing.T, v *verdict.Verdict, id string) verdict.Word {
	t.Helper()
	for _, c := range v.Claims {
		if c.ID == id {
			return c.ByData["light"]
		}
	}
	t.Fatalf("claim %s is not in the verdict", id)
	return verdict.Word{}
}

func runsOf(name string) []*run.Run {
	for _, c := range cases {
		if c.name == name {
			return c.runs()
		}
	}
	return nil
}

func TestClaims(t *testing.T) {
	doc := document(t)
	for _, tt := range []struct{ name, id, outcome, indication string }{
		{"healthy", "L1", verdict.Inconclusive, verdict.FarBelow},
		{"healthy", "L4", verdict.Inconclusive, verdict.FarBelow},
		{"healthy", "L7", verdict.Inconclusive, verdict.FarBelow},
		{"over-budget", "L1", verdict.Inconclusive, verdict.FarBelow},
		{"over-budget", "L7", verdict.Inconclusive, verdict.Near},
		{"oom-kill", "L4", verdict.Inconclusive, verdict.FarBelow},
		{"oom-kill", "L7", verdict.Inconclusive, verdict.Near},
		{"died-starting", "L7", verdict.Inconclusive, ""},
		{"gap", "L4", verdict.Inconclusive, ""}, // the gap is in the hold of 3
		{"no-limit", "L1", verdict.Inconclusive, verdict.FarBelow},
		{"no-limit", "L7", verdict.Inconclusive, ""},
		{"3-confirmed", "L1", verdict.Confirmed, ""},
		{"3-confirmed", "L4", verdict.Refuted, ""},
		{"3-confirmed", "L7", verdict.Inconclusive, ""}, // 0 of 3 reaches 71 %
		{"3-inconclusive", "L1", verdict.Inconclusive, ""},
		{"6-no-crash", "L7", verdict.Refuted, ""},
		{"6-crashes", "L7", verdict.Confirmed, ""},
		{"6-crashes", "L4", verdict.Refuted, ""}, // 3 users were held to the end
		{"range", "L2", verdict.Confirmed, ""},
		{"range", "L5", verdict.Confirmed, ""},
		{"range", "L11", verdict.Inconclusive, ""}, // 5 users were never there
		{"fingerprint", "L4", verdict.Inconclusive, ""},
	} {
		w := word(t, verdict.Judge(runsOf(tt.name), doc), tt.id)
		if w.Outcome != tt.outcome || w.Indication != tt.indication {
			t.Errorf("%s %s: %s %q, want %s %q: %q", tt.name, tt.id, w.Outcome, w.Indication, tt.outcome, tt.indication, w.Reasons)
		}
	}
}

// own returns the built-in document with the claims of the YAML list instead.
func own(t *testing.T, claims string) *claim.Document {
	t.Helper()
	doc, err := claim.Parse("f.yaml", []byte("document: {file: d.md}\nclaims: ["+claims+"]"))
	if err == nil {
		doc, err = document(t).With(doc)
	}
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// A crash counts for the claims about as many users as were there, or more.
func TestCrashOfOtherUsers(t *testing.T) {
	doc := own(t, `{id: X3, line: 1, kind: crash, variant: before, users: [3]}, {id: X10, line: 2, kind: crash, variant: before, users: [10]}`)
	worker := func(r *run.Run, at float64) {
		r.Events = append(r.Events, run.Event{T: at, Kind: run.EventOOMKill, Count: 1})
	}
	generous := func(r *run.Run, _ float64) {
		r.Header.LimitBytes = 4 * 1024 * memory.MiB
		for i := range r.Samples {
			if r.Samples[i].T > 75 {
				r.Samples[i].Unreclaimable = memory.Known(600 * memory.MiB)
			}
		}
	}
	for _, tt := range []struct {
		name      string
		change    func(*run.Run, float64)
		at        float64 // 34 to 59 are 3 users, 64 to 89 are 10
		of3, of10 string
	}{
		{"killed at 3", runtest.Killed, 50, verdict.Confirmed, verdict.Confirmed},
		{"killed at 10", runtest.Killed, 75, verdict.Refuted, verdict.Confirmed},
		{"killed in the ramp to 10", runtest.Killed, 61, verdict.Refuted, verdict.Confirmed},
		{"killed in the last second of 3", runtest.Killed, 58.5, verdict.Confirmed, verdict.Confirmed},
		{"worker killed at 3", worker, 50, verdict.Confirmed, verdict.Confirmed},
		{"worker killed at 10", worker, 75, verdict.Refuted, verdict.Confirmed},
		{"worker killed after 10", worker, 100, verdict.Refuted, verdict.Confirmed},
		{"over it at 10 under a larger limit", generous, 0, verdict.Refuted, verdict.Inconclusive},
	} {
		runs := trials(low, 0, 1, 2, 3, 4, 5)
		for _, r := range runs {
			tt.change(r, tt.at)
		}
		v := verdict.Judge(runs, doc)
		for id, want := range map[string]string{"X3": tt.of3, "X10": tt.of10} {
			if w := word(t, v, id); w.Outcome != want {
				t.Errorf("%s: %s is %s, want %s: %q", tt.name, id, w.Outcome, want, w.Reasons)
			}
		}
	}
}

// The warm-up is part of what stays under a limit, but not of a level.
func TestBelowCountsTheWarmUp(t *testing.T) {
	doc := own(t, `{id: X1, line: 1, kind: below, variant: before, users: [3], mib: [400]}, {id: X2, line: 2, kind: level, variant: before, users: [3], mib: [120]}`)
	runs := trials(low, 0, 1, 2)
	for n, r := range runs {
		for i := range r.Samples {
			if r.Samples[i].T >= 30 && r.Samples[i].T < 31 {
				r.Samples[i].Unreclaimable = memory.Known(uint64(430+n) * memory.MiB)
			}
		}
	}
	v := verdict.Judge(runs, doc)
	if w := word(t, v, "X1"); w.Outcome != verdict.Refuted || *w.Measured.Bytes != 431*memory.MiB {
		t.Errorf("a peak in the warm-up: %+v", w)
	}
	if w := word(t, v, "X2"); w.Outcome != verdict.Confirmed {
		t.Errorf("the level after it: %+v", w)
	}
	runtest.Gap(runs[0], 30, 33)
	v = verdict.Judge(runs, doc)
	if w := word(t, v, "X1"); w.Outcome != verdict.Inconclusive {
		t.Errorf("a gap in the warm-up: %+v", w)
	}
	if w := word(t, v, "X2"); w.Outcome != verdict.Confirmed {
		t.Errorf("the level after the gap: %+v", w)
	}
}

// A crash claim is about its variant's own limit, a level about the largest.
func TestSeveralLimits(t *testing.T) {
	runs := trials(low, 0, 1, 2, 3, 4, 5)
	for _, r := range runs {
		runtest.Killed(r, 75)
	}
	for n := range 3 {
		r := runtest.Healthy(7+n, 9, runtest.Levels{0: 250, 3: 580, 10: 600})
		r.Header.LimitBytes = 4 * 1024 * memory.MiB
		runs = append(runs, r)
	}
	for _, r := range runs {
		r.Header.Trials = 9
	}
	v := verdict.Judge(runs, document(t))
	for id, want := range map[string]string{"L1": verdict.Confirmed, "L7": verdict.Confirmed} {
		if w := word(t, v, id); w.Outcome != want {
			t.Errorf("%s is %s, want %s: %+v", id, w.Outcome, want, w)
		}
	}
}

// A claim that is a range is judged on the range and a tenth of each end.
func TestRange(t *testing.T) {
	doc, err := claim.Parse("f.yaml", []byte(`
document: {file: d.md}
claims: [{id: R1, line: 1, kind: level, variant: before, users: [3], mib: [100, 130]}]`))
	if err != nil {
		t.Fatal(err)
	}
	if doc, err = document(t).With(doc); err != nil {
		t.Fatal(err)
	}
	for level, want := range map[float64]string{
		88: verdict.Refuted, 92: verdict.Confirmed, 115: verdict.Confirmed, 141: verdict.Confirmed, 145: verdict.Refuted, 143: verdict.Inconclusive,
	} {
		v := verdict.Judge(trials(runtest.Levels{0: 80, 3: level, 10: 160}, -0.3, 0, 0.3), doc)
		if got := word(t, v, "R1"); got.Outcome != want {
			t.Errorf("%v MiB against 100-130: %s, want %s: %q", level, got.Outcome, want, got.Reasons)
		}
	}
}

func TestMetricSensitive(t *testing.T) {
	runs := trials(runtest.Levels{0: 80, 3: 120, 10: 160}, 0, 1, 2)
	for _, r := range runs {
		for i := range r.Samples {
			r.Samples[i].WorkingSet = memory.Known(580 * memory.MiB)
		}
	}
	w := word(t, verdict.Judge(runs, document(t)), "L4")
	if w.Outcome != verdict.Inconclusive || !strings.Contains(strings.Join(w.Reasons, "\n"), "metric-sensitive") {
		t.Errorf("U refutes and the working set confirms: %+v", w)
	}
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

func bytesOf(t *rapid.T, runs []*run.Run, doc *claim.Document) []byte {
	data, err := json.Marshal(verdict.Judge(runs, doc))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestProperties(t *testing.T) {
	doc := document(t)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 4).Draw(t, "trials")
		var runs []*run.Run
		for i := range n {
			runs = append(runs, randomRun(t, i+1, n))
		}
		want := bytesOf(t, runs, doc)
		if got := bytesOf(t, rapid.Permutation(runs).Draw(t, "order"), doc); !bytes.Equal(got, want) {
			t.Fatalf("another order:\n%s\n%s", got, want)
		}
		if bytes.Contains(want, []byte("null")) {
			t.Fatalf("null in %s", want)
		}
		v := verdict.Judge(runs, doc)
		lacking := slices.ContainsFunc(runs, func(r *run.Run) bool { return len(r.Samples) == 0 || r.End == nil || len(r.Users) == 0 })
		if lacking && v.Outcome == verdict.Pass {
			t.Fatal("no data passed")
		}
		if n > 0 && verdict.Judge(runs[1:], doc).Outcome == verdict.Pass {
			t.Fatal("fewer trials than planned passed")
		}
		if (v.ExitCode == 0) != (v.Outcome == verdict.Pass && v.ExitCode != verdict.ExitInterrupted) {
			t.Fatalf("outcome %s with exit code %d", v.Outcome, v.ExitCode)
		}
	})
}

// randomRun is a healthy run of which anything may be missing or odd.
func randomRun(t *rapid.T, trial, of int) *run.Run {
	level := rapid.Float64Range(20, 600)
	r := runtest.Healthy(trial, of, runtest.Levels{0: level.Draw(t, "idle"), 3: level.Draw(t, "3"), 10: level.Draw(t, "10")})
	odd := rapid.Bool()
	if odd.Draw(t, "killed") {
		runtest.Killed(r, rapid.Float64Range(0, 120).Draw(t, "at"))
		r.End.Outcome = rapid.SampledFrom([]string{run.Killed, run.Died, run.DiedStarting, run.Interrupted, run.Complete, "odd", ""}).Draw(t, "outcome")
	}
	if odd.Draw(t, "cut") {
		r.End = nil
	}
	if odd.Draw(t, "gap") {
		from := rapid.Float64Range(0, 120).Draw(t, "from")
		runtest.Gap(r, from, from+rapid.Float64Range(0, 120).Draw(t, "long"))
	}
	if odd.Draw(t, "no users") {
		r.Users = nil
	}
	if odd.Draw(t, "no limit") {
		runtest.Unlimited(r)
	}
	if odd.Draw(t, "no marks") {
		r.Marks = r.Marks[:rapid.IntRange(0, len(r.Marks)).Draw(t, "marks")]
	}
	if odd.Draw(t, "odd header") {
		r.Header.Phases = r.Header.Phases[:rapid.IntRange(0, 4).Draw(t, "phases")]
		r.Header.SampleSeconds = rapid.SampledFrom([]float64{0, -1, 0.1, 1e9}).Draw(t, "period")
		r.Header.Kind = rapid.SampledFrom([]string{"", "natural", "collected"}).Draw(t, "kind")
		r.Header.Data.Name = rapid.SampledFrom([]string{"", "light", "heavy"}).Draw(t, "data")
		r.Header.BudgetBytes = rapid.Int64().Draw(t, "budget")
	}
	if odd.Draw(t, "in a campaign") {
		r.Header.Campaign = rapid.SampledFrom([]string{"a", "b"}).Draw(t, "campaign")
		r.Header.Round = rapid.IntRange(0, 2).Draw(t, "round")
		r.Header.Variant = rapid.SampledFrom([]string{"before", "postgres", "after"}).Draw(t, "variant")
		r.Header.CPUs = rapid.SampledFrom([]float64{0, 0.1}).Draw(t, "cpus")
		r.Header.HabitsOff = rapid.SampledFrom([][]string{nil, {"sockets"}, {"pages", "sockets"}}).Draw(t, "off")
		r.Header.Claims = []string{"L1", "C4", "S1", "K1", "K6", "B1"}
	}
	if odd.Draw(t, "collected") {
		runtest.Collect(r, runtest.Levels{0: level.Draw(t, "idle, collected"), 3: level.Draw(t, "3, collected"), 10: level.Draw(t, "10, collected")})
	}
	return r
}
