// Package schematest holds the schemas in docs/schema against the Go types that
// they describe, for the tests of the packages below internal.
package schematest

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	generate "github.com/invopop/jsonschema"
	validate "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/pixeltales/pixelload/internal/memory"
)

const internal = "github.com/pixeltales/pixelload/internal/"

// commented are the packages whose comments describe the fields.
var commented = []string{"claim", "compare", "explain", "frontier", "history", "plan", "report", "run", "verdict"}

// Document is what a schema describes: JSON that says its schema_version.
type Document struct {
	Schema  string // the file in docs/schema, without .schema.json
	Name    string // what the document is called
	Type    any    // a pointer to what it is written from
	Version int
	// Enums are the words that a field, as Type.name, may hold; the Go types are
	// plain strings.
	Enums map[string][]any
}

func (d Document) file() string { return "../../docs/schema/" + d.Schema + ".schema.json" }

// Held fails where the file is not what the types and their comments say; with
// update it is written anew.
func (d Document) Held(t testing.TB, update bool) {
	t.Helper()
	data := d.written(t)
	if update {
		if err := os.WriteFile(d.file(), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	held, err := os.ReadFile(d.file())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(held), string(data)); diff != "" {
		t.Errorf("%s: -update writes it anew (-held +types):\n%s", d.file(), diff)
	}
}

func (d Document) written(t testing.TB) []byte {
	t.Helper()
	r := generate.Reflector{Mapper: figures}
	for _, of := range commented {
		if err := r.AddGoComments(internal+of, "../"+of); err != nil {
			t.Fatal(err)
		}
	}
	// The comments lie under the folders' names, the types under their paths.
	for name, comment := range r.CommentMap {
		_, rest, _ := strings.Cut(name, "/../")
		r.CommentMap[internal+rest] = comment
	}
	s := r.Reflect(d.Type)
	s.ID = generate.ID("https://github.com/pixeltales/pixelload/docs/schema/" + d.Schema + ".schema.json")
	s.Title = fmt.Sprintf("%s, schema_version %d", d.Name, d.Version)
	field(t, s, reflect.TypeOf(d.Type).Elem().Name()+".schema_version").Const = d.Version
	for name, words := range d.Enums {
		field(t, s, name).Enum = words
	}
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(data, '\n')
}

// figures are bytes; one that was not read is left out.
func figures(of reflect.Type) *generate.Schema {
	if of == reflect.TypeFor[memory.Figure]() {
		return &generate.Schema{Type: "integer", Minimum: "0"}
	}
	return nil
}

func field(t testing.TB, s *generate.Schema, name string) *generate.Schema {
	t.Helper()
	of, key, _ := strings.Cut(name, ".")
	found, ok := s.Definitions[of].Properties.Get(key)
	if !ok {
		t.Fatalf("no %s", name)
	}
	return found
}

// Valid is what the schema's file has against the text; nil for nothing.
func (d Document) Valid(t testing.TB, text string) error {
	t.Helper()
	s, err := validate.NewCompiler().Compile(d.file())
	if err != nil {
		t.Fatal(err)
	}
	value, err := validate.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return err
	}
	return s.Validate(value)
}
