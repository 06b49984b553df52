package plan_test

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	generate "github.com/invopop/jsonschema"
	validate "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/pixeltales/pixelload/internal/plan"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/verdict"
)

var update = flag.Bool("update", false, "write the schema anew")

const schemaFile = "../../docs/schema/plan.schema.json"

// enums are the words that a field may hold; the Go types are plain strings.
var enums = map[string][]any{
	"Answer.outcome": {verdict.Pass, verdict.Fail, verdict.Inconclusive},
	"Option.service": {"kept", "lost", plan.Unknown},
	"Memory.says":    {plan.Holds, plan.Fails, plan.Unknown},
	"Memory.basis":   {plan.Measured, plan.Implied, plan.Extrapolated},
}

// The schema is written from the types, and from what their comments say.
func TestSchemaIsThatOfTheTypes(t *testing.T) {
	r := generate.Reflector{}
	for _, of := range []string{"plan", "run"} {
		if err := r.AddGoComments("github.com/pixeltales/pixelload/internal/"+of, "../"+of); err != nil {
			t.Fatal(err)
		}
	}
	for name, comment := range r.CommentMap { // they lie under the folders' names
		_, rest, _ := strings.Cut(name, "/../")
		r.CommentMap["github.com/pixeltales/pixelload/internal/"+rest] = comment
	}
	s := r.Reflect(&plan.Answer{})
	s.ID = "https://github.com/pixeltales/pixelload/docs/schema/plan.schema.json"
	s.Title = "pixelload plan, schema_version 1"
	version, _ := s.Definitions["Answer"].Properties.Get("schema_version")
	version.Const = plan.SchemaVersion
	for name, words := range enums {
		of, field, _ := strings.Cut(name, ".")
		property, ok := s.Definitions[of].Properties.Get(field)
		if !ok {
			t.Fatalf("no %s", name)
		}
		property.Enum = words
	}
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	data = append(data, '\n')
	if *update {
		if err := os.WriteFile(schemaFile, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(data)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", schemaFile, diff)
	}
}

// Answers of every kind are valid.
func TestAnswersAreValid(t *testing.T) {
	s, err := validate.NewCompiler().Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
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
		value, err := validate.UnmarshalJSON(strings.NewReader(string(data)))
		if err == nil {
			err = s.Validate(value)
		}
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, data)
		}
	}
}
