package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/report"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/schematest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// leaked is a soak whose target leaks 20 MiB a second, or nothing.
func leaked(leaks bool) *verdict.Soak {
	r := runtest.Stepping(1, 1, []int{0, 10}, runtest.Levels{0: 80, 10: 100})
	r.Header.LeakBudget = 5 * memory.MiB
	for i := range r.Header.Phases {
		if p := &r.Header.Phases[i]; p.Users == 0 {
			p.HoldSeconds, p.WarmupSeconds = 5, 0
		}
	}
	for i, s := range r.Samples {
		u, _ := s.Unreclaimable.Get()
		if leaks {
			u += uint64(20 * s.T * memory.MiB)
		}
		r.Samples[i].Unreclaimable = memory.Known(u)
	}
	return verdict.JudgeSoak(r)
}

func TestSoak(t *testing.T) {
	for name, leaks := range map[string]bool{"soak-leak": true, "soak-none": false} {
		var table bytes.Buffer
		if err := report.SoakTable(&table, leaked(leaks), report.Options{Path: "runs/x"}); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".txt", table.String())
	}
}

var soakSchema = schematest.Document{
	Schema: "soak", Name: "soak.json", Type: &verdict.Soak{}, Version: verdict.SoakSchemaVersion,
	Enums: map[string][]any{
		"Soak.outcome":     {verdict.Pass, verdict.Fail, verdict.Inconclusive},
		"Soak.kind":        {run.Natural, run.Collected},
		"LookTaken.answer": {verdict.LeakBelow, verdict.LeakAbove, verdict.LeakUnknown},
	},
}

func TestSoakSchema(t *testing.T) {
	soakSchema.Held(t, *update)
	for name, tt := range map[string]struct {
		soak  *verdict.Soak
		edit  [2]string
		valid bool
	}{
		"leaking":         {leaked(true), [2]string{}, true},
		"not leaking":     {leaked(false), [2]string{}, true},
		"nothing":         {verdict.JudgeSoak(&run.Run{Header: run.Header{Kind: run.Natural}}), [2]string{}, true},
		"another version": {leaked(true), [2]string{`"schema_version": 1`, `"schema_version": 2`}, false},
		"unknown outcome": {leaked(true), [2]string{`"outcome": "`, `"outcome": "very `}, false},
	} {
		var out bytes.Buffer
		if err := report.SoakJSON(&out, tt.soak); err != nil {
			t.Fatal(err)
		}
		if err := soakSchema.Valid(t, strings.Replace(out.String(), tt.edit[0], tt.edit[1], 1)); (err == nil) != tt.valid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
