package compare_test

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	generate "github.com/invopop/jsonschema"
	validate "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/pixeltales/pixelload/internal/compare"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// schemas are written from the types, and from what their comments say.
var schemas = []struct {
	file, title, of string
	value           any
	version         int
}{
	{"../../docs/schema/compare.schema.json", "compare.json, schema_version 1", "Comparison", &compare.Comparison{}, compare.SchemaVersion},
	{"../../docs/schema/baseline.schema.json", "pixelload-baseline.json, schema_version 1", "Baseline", &compare.Baseline{}, compare.BaselineVersion},
}

func schema(t *testing.T, title, of string, value any, version int) []byte {
	t.Helper()
	r := generate.Reflector{Mapper: func(of reflect.Type) *generate.Schema {
		if of == reflect.TypeFor[memory.Figure]() {
			return &generate.Schema{Type: "integer", Minimum: "0"}
		}
		return nil
	}}
	for _, of := range []string{"compare", "run"} {
		if err := r.AddGoComments("github.com/pixeltales/pixelload/internal/"+of, "../"+of); err != nil {
			t.Fatal(err)
		}
	}
	// The comments lie under the folders' names, the types under their paths.
	for name, comment := range r.CommentMap {
		_, rest, _ := strings.Cut(name, "/../")
		r.CommentMap["github.com/pixeltales/pixelload/internal/"+rest] = comment
	}
	s := r.Reflect(value)
	s.Title = title
	field, _ := s.Definitions[of].Properties.Get("schema_version")
	field.Const = version
	for _, of := range []string{"Comparison", "Change"} {
		if d := s.Definitions[of]; d != nil {
			if outcome, ok := d.Properties.Get("outcome"); ok {
				outcome.Enum = []any{verdict.Pass, verdict.Fail, verdict.Inconclusive}
			}
		}
	}
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(data, '\n')
}

func TestSchemasAreThoseOfTheTypes(t *testing.T) {
	for _, s := range schemas {
		want := schema(t, s.title, s.of, s.value, s.version)
		if *update {
			if err := os.WriteFile(s.file, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(s.file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-update): %s", s.file, diff)
		}
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
		if err := valid(t, schemas[i].file, string(data)); err != nil {
			t.Errorf("%s: %v", schemas[i].file, err)
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
			if valid(t, schemas[i].file, changed) == nil {
				t.Errorf("%s accepts %s", schemas[i].file, name)
			}
		}
	}
}

func valid(t *testing.T, file, text string) error {
	t.Helper()
	s, err := validate.NewCompiler().Compile(file)
	if err != nil {
		t.Fatal(err)
	}
	value, err := validate.UnmarshalJSON(bytes.NewReader([]byte(text)))
	if err != nil {
		return err
	}
	return s.Validate(value)
}
