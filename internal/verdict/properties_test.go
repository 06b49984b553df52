package verdict_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

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
