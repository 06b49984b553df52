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
		{"fingerprint", "L4", verdict.Inconclusive, ""},
	} {
		w := word(t, verdict.Judge(runsOf(tt.name), doc), tt.id)
		if w.Outcome != tt.outcome || w.Indication != tt.indication {
			t.Errorf("%s %s: %s %q, want %s %q: %q", tt.name, tt.id, w.Outcome, w.Indication, tt.outcome, tt.indication, w.Reasons)
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
	if len(v.Budgets) != 3 || len(v.Levels) != 6 {
		t.Errorf("%d budgets, %d levels, want 3 and 6: collected trials have no level", len(v.Budgets), len(v.Levels))
	}
	for _, l := range v.Levels {
		if l.N != 1 {
			t.Errorf("level of %d trials: %+v", l.N, l)
		}
	}
	if len(v.Claims) != 3 || len(v.Claims[0].ByData) != 2 {
		t.Errorf("claims %+v", v.Claims)
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
		passable := slices.ContainsFunc(runs, func(r *run.Run) bool { return len(r.Samples) == 0 || r.End == nil })
		if passable && v.Outcome == verdict.Pass {
			t.Fatal("no data passed")
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
	return r
}
