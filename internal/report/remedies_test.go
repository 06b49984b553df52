package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/report"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/schematest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// remedies are judged from three rounds: one that saves, one that does not, and
// one of which nothing was measured.
func remedies(t *testing.T) *verdict.Remedies {
	t.Helper()
	of := &claim.Remedies{
		Against: "before", Data: []string{"light"},
		Trials: []claim.Stepping{{Kind: run.Natural, Users: []int{0, 3, 10}, Warmup: 5, Hold: 25}},
		List: []claim.Remedy{
			{Variant: "postgres", Text: "another database", By: "document", Takes: claim.TakesServer},
			{Variant: "deferred", Text: "lists without images", By: "document", Takes: claim.TakesCode},
			{Variant: "redis", Text: "another layer", By: "ours", Takes: claim.TakesServer},
		},
	}
	var arms []runtest.Arm
	for _, a := range []struct {
		variant string
		at10    float64
	}{{"before", 400}, {"postgres", 397}, {"deferred", 300}} {
		levels := runtest.Levels{0: 80, 3: 200, 10: a.at10}
		arms = append(arms, runtest.Arm{Variant: a.variant, Levels: levels}, runtest.Arm{Variant: a.variant, Levels: levels, Collected: true})
	}
	bytes := int64(12 * memory.MiB)
	r := verdict.JudgeRemedies(runtest.Campaign(3, arms...), of, nil)
	r.Shifts = []verdict.Shift{{Variant: "deferred", Plan: "free", Users: 10, After: &bytes}}
	return r
}

func TestRemedies(t *testing.T) {
	r := remedies(t)
	var table, page bytes.Buffer
	if err := report.RemediesTable(&table, r, report.Options{}); err != nil {
		t.Fatal(err)
	}
	golden(t, "remedies.txt", table.String())
	if err := report.RemediesMarkdown(&page, r); err != nil {
		t.Fatal(err)
	}
	golden(t, "remedies.md", page.String())
	if strings.Contains(table.String(), "redis: another layer") {
		t.Error("a remedy that was not measured has a row")
	}
}

var remediesSchema = schematest.Document{
	Schema: "remedies", Name: "remedies.json", Type: &verdict.Remedies{}, Version: verdict.RemediesSchemaVersion,
	Enums: map[string][]any{
		"Remedies.outcome": {verdict.Pass, verdict.Inconclusive},
		"Effect.effective": {verdict.Yes, verdict.No, verdict.Unknown},
		"Kept.kept":        {verdict.Yes, verdict.No, verdict.Unknown},
		"Remedy.takes":     {claim.TakesCode, claim.TakesServer, claim.TakesFeatures},
	},
}

func TestRemediesSchema(t *testing.T) {
	remediesSchema.Held(t, *update)
	for name, tt := range map[string]struct {
		r     *verdict.Remedies
		edit  [2]string
		valid bool
	}{
		"measured":        {remedies(t), [2]string{}, true},
		"nothing":         {verdict.JudgeRemedies(nil, &claim.Remedies{Against: "before", Trials: []claim.Stepping{{Users: []int{0, 3}}}}, nil), [2]string{}, true},
		"another version": {remedies(t), [2]string{`"schema_version": 1`, `"schema_version": 2`}, false},
		"unknown answer":  {remedies(t), [2]string{`"effective": "yes"`, `"effective": "maybe"`}, false},
	} {
		var out bytes.Buffer
		if err := report.RemediesJSON(&out, tt.r); err != nil {
			t.Fatal(err)
		}
		if err := remediesSchema.Valid(t, strings.Replace(out.String(), tt.edit[0], tt.edit[1], 1)); (err == nil) != tt.valid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
