package frontier_test

import (
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	generate "github.com/invopop/jsonschema"
	validate "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/pixeltales/pixelload/internal/frontier"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/verdict"
)

var update = flag.Bool("update", false, "write the schema anew")

const schemaFile = "../../docs/schema/frontier.schema.json"

// enums are the words that a field may hold; the Go types are plain strings.
var enums = map[string][]any{
	"Map.outcome":  {verdict.Pass, verdict.Inconclusive},
	"Cell.memory":  {frontier.Fits, frontier.Tight, frontier.Killed, frontier.Unknown},
	"Cell.service": {frontier.Kept, frontier.Lost, frontier.Unknown},
}

// The schema is written from the types, and from what their comments say.
func TestSchemaIsThatOfTheTypes(t *testing.T) {
	r := generate.Reflector{Mapper: func(of reflect.Type) *generate.Schema {
		if of == reflect.TypeFor[memory.Figure]() {
			return &generate.Schema{Type: "integer", Minimum: "0"}
		}
		return nil
	}}
	for _, of := range []string{"frontier", "run"} {
		if err := r.AddGoComments("github.com/pixeltales/pixelload/internal/"+of, "../"+of); err != nil {
			t.Fatal(err)
		}
	}
	for name, comment := range r.CommentMap { // they lie under the folders' names
		_, rest, _ := strings.Cut(name, "/../")
		r.CommentMap["github.com/pixeltales/pixelload/internal/"+rest] = comment
	}
	s := r.Reflect(&frontier.Map{})
	s.ID = "https://github.com/pixeltales/pixelload/docs/schema/frontier.schema.json"
	s.Title = "frontier.json, schema_version 1"
	version, _ := s.Definitions["Map"].Properties.Get("schema_version")
	version.Const = frontier.SchemaVersion
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

// Maps are valid, and what is none is refused.
func TestMapsAreValid(t *testing.T) {
	s, err := validate.NewCompiler().Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
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
		value, err := validate.UnmarshalJSON(strings.NewReader(strings.Replace(whole, test.edit[0], test.edit[1], 1)))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(value); (err == nil) != test.valid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
