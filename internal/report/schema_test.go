package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	generate "github.com/invopop/jsonschema"
	validate "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/verdict"
)

const schemaFile = "../../docs/schema/verdict.schema.json"

// enums are the words that a field may hold; the Go types are plain strings.
var enums = map[string][]any{
	"Verdict.outcome": {verdict.Pass, verdict.Fail, verdict.Inconclusive},
	"Budget.outcome":  {verdict.Pass, verdict.Fail, verdict.Inconclusive},
	"Claim.outcome":   {verdict.Confirmed, verdict.Refuted, verdict.Inconclusive, verdict.NotMeasured},
	"Word.outcome":    {verdict.Confirmed, verdict.Refuted, verdict.Inconclusive, verdict.NotMeasured},
	"Word.indication": {verdict.FarBelow, verdict.Near, verdict.FarAbove},
	"Trial.outcome":   {run.Complete, run.Killed, run.Died, run.DiedStarting, run.Interrupted, run.Stopped, run.Enough, run.GeneratorDied, run.Cut},
}

// schema is that of verdict.json.
func schema(t *testing.T) []byte {
	t.Helper()
	return schemaOf(t, &verdict.Verdict{}, "verdict", verdict.SchemaVersion, enums)
}

// schemaOf is written from the types, and from what their comments say. The
// document is called name.json.
func schemaOf(t *testing.T, document any, name string, number int, enums map[string][]any) []byte {
	t.Helper()
	r := generate.Reflector{Mapper: func(of reflect.Type) *generate.Schema {
		if of == reflect.TypeFor[memory.Figure]() {
			return &generate.Schema{Type: "integer", Minimum: "0"}
		}
		return nil
	}}
	for _, of := range []string{"verdict", "run", "claim", "history"} {
		if err := r.AddGoComments("github.com/pixeltales/pixelload/internal/"+of, "../"+of); err != nil {
			t.Fatal(err)
		}
	}
	// The comments lie under the folders' names, the types under their paths.
	for name, comment := range r.CommentMap {
		_, rest, _ := strings.Cut(name, "/../")
		r.CommentMap["github.com/pixeltales/pixelload/internal/"+rest] = comment
	}
	s := r.Reflect(document)
	s.ID = generate.ID("https://github.com/pixeltales/pixelload/docs/schema/" + name + ".schema.json")
	s.Title = fmt.Sprintf("%s.json, schema_version %d", name, number)
	version, _ := s.Definitions[reflect.TypeOf(document).Elem().Name()].Properties.Get("schema_version")
	version.Const = number
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
	return append(data, '\n')
}

func TestSchemaIsThatOfTheTypes(t *testing.T) {
	golden(t, filepath.Join("..", schemaFile), string(schema(t)))
}

// TestVerdictsAreValid: all goldens, and the reports of this package's runs.
func TestVerdictsAreValid(t *testing.T) {
	s, err := validate.NewCompiler().Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	check := func(name string, data []byte) {
		t.Helper()
		value, err := validate.UnmarshalJSON(bytes.NewReader(data))
		if err == nil {
			err = s.Validate(value)
		}
		if err != nil {
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
	s, err := validate.NewCompiler().Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	whole := format(t, "json", recorded(t))
	for name, edit := range map[string][2]string{
		"another version": {`"schema_version": 1`, `"schema_version": 2`},
		"unknown outcome": {`"outcome": "pass"`, `"outcome": "fine"`},
		"unknown field":   {`"exit_code"`, `"exit_kode"`},
		"figure as text":  {`"users": 3`, `"users": "3"`},
	} {
		value, err := validate.UnmarshalJSON(strings.NewReader(strings.Replace(whole, edit[0], edit[1], 1)))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(value) == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
