package verdict_test

import (
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

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
