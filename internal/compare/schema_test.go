package compare_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/compare"
	"github.com/pixeltales/pixelload/internal/schematest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

var (
	outcomes = []any{verdict.Pass, verdict.Fail, verdict.Inconclusive}
	schemas  = []schematest.Document{
		{
			Schema: "compare", Name: "compare.json", Type: &compare.Comparison{}, Version: compare.SchemaVersion,
			Enums: map[string][]any{"Comparison.outcome": outcomes, "Change.outcome": outcomes},
		},
		{Schema: "baseline", Name: "pixelload-baseline.json", Type: &compare.Baseline{}, Version: compare.BaselineVersion},
	}
)

func TestSchemasAreThoseOfTheTypes(t *testing.T) {
	for _, s := range schemas {
		s.Held(t, *update)
	}
}

func TestDocumentsAreValid(t *testing.T) {
	t.Parallel()
	comparison := compare.Sides(side(t, "a", visiting(4, 0, 0)), side(t, "b", visiting(4, 30, 1)), budget)
	baseline := compare.NewBaseline(side(t, "a", natural(3, 0)), budget)
	for i, document := range []any{comparison, baseline} {
		data, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		if err := schemas[i].Valid(t, string(data)); err != nil {
			t.Errorf("%s: %v", schemas[i].Schema, err)
		}
		for name, edit := range map[string][2]string{
			"another version": {`"schema_version":1`, `"schema_version":2`},
			"unknown field":   {`"set_up"`, `"setup"`},
			"text":            {`"budget_growth_bytes":10485760`, `"budget_growth_bytes":"10485760"`},
		} {
			changed := strings.Replace(string(data), edit[0], edit[1], 1)
			if changed == string(data) {
				t.Errorf("%s: nothing to change", name)
			}
			if schemas[i].Valid(t, changed) == nil {
				t.Errorf("%s accepts %s", schemas[i].Schema, name)
			}
		}
	}
}
