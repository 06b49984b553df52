package report_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/schematest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// outcomes are the words for a run or a budget; the Go type is a plain string.
var outcomes = []any{verdict.Pass, verdict.Fail, verdict.Inconclusive}

var verdictSchema = schematest.Document{
	Schema: "verdict", Name: "verdict.json", Type: &verdict.Verdict{}, Version: verdict.SchemaVersion,
	Enums: map[string][]any{
		"Verdict.outcome": outcomes,
		"Budget.outcome":  outcomes,
		"Claim.outcome":   {verdict.Confirmed, verdict.Refuted, verdict.Inconclusive, verdict.NotMeasured},
		"Word.outcome":    {verdict.Confirmed, verdict.Refuted, verdict.Inconclusive, verdict.NotMeasured},
		"Word.indication": {verdict.FarBelow, verdict.Near, verdict.FarAbove},
		"Trial.outcome":   {run.Complete, run.Killed, run.Died, run.DiedStarting, run.Interrupted, run.Stopped, run.Enough, run.GeneratorDied, run.Cut},
	},
}

func TestSchemaIsThatOfTheTypes(t *testing.T) { verdictSchema.Held(t, *update) }

// TestVerdictsAreValid: all goldens, and the reports of this package's runs.
func TestVerdictsAreValid(t *testing.T) {
	check := func(name string, data []byte) {
		t.Helper()
		if err := verdictSchema.Valid(t, string(data)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	goldens, err := filepath.Glob("../verdict/testdata/*.json")
	if err != nil || len(goldens) < 10 {
		t.Fatalf("%d goldens, %v", len(goldens), err)
	}
	for _, path := range goldens {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		check(path, data)
	}
	for _, f := range fixtures() {
		check(f.name, []byte(format(t, "json", f.runs)))
	}
	check("recorded", []byte(format(t, "json", recorded(t))))
}

// TestSchemaRefuses: it is a contract and not a description.
func TestSchemaRefuses(t *testing.T) {
	whole := format(t, "json", recorded(t))
	for name, edit := range map[string][2]string{
		"another version": {`"schema_version": 1`, `"schema_version": 2`},
		"unknown outcome": {`"outcome": "pass"`, `"outcome": "fine"`},
		"unknown field":   {`"exit_code"`, `"exit_kode"`},
		"figure as text":  {`"users": 3`, `"users": "3"`},
	} {
		if verdictSchema.Valid(t, strings.Replace(whole, edit[0], edit[1], 1)) == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
