package frontier_test

import (
	"flag"
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/frontier"
	"github.com/pixeltales/pixelload/internal/schematest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

var update = flag.Bool("update", false, "write the schema anew")

var schema = schematest.Document{
	Schema: "frontier", Name: "frontier.json", Type: &frontier.Map{}, Version: frontier.SchemaVersion,
	Enums: map[string][]any{
		"Map.outcome":  {verdict.Pass, verdict.Inconclusive},
		"Cell.memory":  {frontier.Fits, frontier.Tight, frontier.Killed, frontier.Unknown},
		"Cell.service": {frontier.Kept, frontier.Lost, frontier.Unknown},
	},
}

func TestSchemaIsThatOfTheTypes(t *testing.T) { schema.Held(t, *update) }

// Maps are valid, and what is none is refused.
func TestMapsAreValid(t *testing.T) {
	whole := encode(t, judge(t, target(linear).searched(t, true, none)))
	for name, test := range map[string]struct {
		edit  [2]string
		valid bool
	}{
		"a map":           {valid: true},
		"another version": {edit: [2]string{`"schema_version": 1`, `"schema_version": 2`}},
		"unknown state":   {edit: [2]string{`"memory": "fits"`, `"memory": "fine"`}},
		"unknown field":   {edit: [2]string{`"exit_code"`, `"exit_kode"`}},
	} {
		if err := schema.Valid(t, strings.Replace(whole, test.edit[0], test.edit[1], 1)); (err == nil) != test.valid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
