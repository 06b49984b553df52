package plan_test

import (
	"encoding/json"
	"flag"
	"testing"

	"github.com/pixeltales/pixelload/internal/plan"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/schematest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

var update = flag.Bool("update", false, "write the schema anew")

var schema = schematest.Document{
	Schema: "plan", Name: "pixelload plan", Type: &plan.Answer{}, Version: plan.SchemaVersion,
	Enums: map[string][]any{
		"Answer.outcome": {verdict.Pass, verdict.Fail, verdict.Inconclusive},
		"Option.service": {"kept", "lost", plan.Unknown},
		"Memory.says":    {plan.Holds, plan.Fails, plan.Unknown},
		"Memory.basis":   {plan.Measured, plan.Implied, plan.Extrapolated},
	},
}

func TestSchemaIsThatOfTheTypes(t *testing.T) { schema.Held(t, *update) }

// Answers of every kind are valid.
func TestAnswersAreValid(t *testing.T) {
	for name, test := range map[string]struct {
		q    plan.Question
		runs []*run.Run
	}{
		"measured":     {plan.Question{Users: 10, MiB: 16}, known()},
		"extrapolated": {plan.Question{Users: 3, MiB: 80}, known()},
		"most":         {plan.Question{Plan: "free"}, known()},
		"nothing":      {plan.Question{Users: 3, MiB: 80}, nil},
	} {
		data, err := json.Marshal(ask(t, test.q, test.runs))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Valid(t, string(data)); err != nil {
			t.Errorf("%s: %v\n%s", name, err, data)
		}
	}
}
