package report_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	generate "github.com/invopop/jsonschema"
	validate "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/pixeltales/pixelload/internal/explain"
	"github.com/pixeltales/pixelload/internal/report"
)

const explainSchema = "../../docs/schema/explain.schema.json"

// recordedExplanation is that of a real run on the reference app, heavy data.
func recordedExplanation(t *testing.T) *explain.Document {
	t.Helper()
	data, err := os.ReadFile("../explain/testdata/heavy.json")
	if err != nil {
		t.Fatal(err)
	}
	var d explain.Document
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	return explain.Judge(d.Evidence)
}

func TestExplained(t *testing.T) {
	var b bytes.Buffer
	if err := report.Explained(&b, recordedExplanation(t)); err != nil {
		t.Fatal(err)
	}
	golden(t, "explained.txt", b.String())
}

// The page loads nothing, runs nothing, and shows text of others as text.
func TestExplainedHTML(t *testing.T) {
	d := recordedExplanation(t)
	d.Rows[0].What = `GET /<script>alert(1)</script>`
	var b bytes.Buffer
	if err := report.ExplainedHTML(&b, d); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	if strings.Contains(page, "<script") || regexp.MustCompile(`(src|href)="[^#]`).MatchString(page) || strings.Contains(page, ` style="`) {
		t.Error("the page runs or loads something")
	}
	for _, want := range []string{"default-src", "cyclic garbage", `rect class="garbage"`, "What users add", "What was not measured"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// Nothing measured is said, and no figure is.
func TestExplainedNothing(t *testing.T) {
	d := explain.Judge(explain.Evidence{Ended: "the target ended"})
	var b bytes.Buffer
	if err := report.Explained(&b, d); err != nil || !strings.Contains(b.String(), "the target ended") {
		t.Errorf("%v:\n%s", err, b.String())
	}
	if err := report.ExplainedHTML(&b, d); err != nil {
		t.Error(err)
	}
}

func TestExplainSchemaIsThatOfTheTypes(t *testing.T) {
	r := generate.Reflector{}
	for _, of := range []string{"explain", "run"} {
		if err := r.AddGoComments("github.com/pixeltales/pixelload/internal/"+of, "../"+of); err != nil {
			t.Fatal(err)
		}
	}
	for name, comment := range r.CommentMap {
		_, rest, _ := strings.Cut(name, "/../")
		r.CommentMap["github.com/pixeltales/pixelload/internal/"+rest] = comment
	}
	s := r.Reflect(&explain.Document{})
	s.ID = "https://github.com/pixeltales/pixelload/docs/schema/explain.schema.json"
	s.Title = "explain.json, schema_version 1"
	for name, words := range map[string][]any{
		"Document.schema_version": {explain.SchemaVersion},
		"Document.outcome":        {explain.Complete, explain.Partial, explain.Interrupted},
		"Row.kind": {explain.Leak, explain.Cache, explain.Queue, explain.Garbage, explain.Once, explain.Connected,
			explain.Large, explain.Left, explain.Small},
		"Row.of":     {explain.Endpoint, explain.Message, explain.Socket},
		"Subject.of": {explain.Endpoint, explain.Message, explain.Socket},
	} {
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
	golden(t, filepath.Join("..", explainSchema), string(append(data, '\n')))
}

func TestExplanationsAreValid(t *testing.T) {
	s, err := validate.NewCompiler().Compile(explainSchema)
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]*explain.Document{"recorded": recordedExplanation(t), "nothing": explain.Judge(explain.Evidence{})} {
		var b bytes.Buffer
		if err := report.ExplainedJSON(&b, d); err != nil {
			t.Fatal(err)
		}
		value, err := validate.UnmarshalJSON(&b)
		if err == nil {
			err = s.Validate(value)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if value, err := validate.UnmarshalJSON(strings.NewReader(`{"schema_version":2}`)); err != nil || s.Validate(value) == nil {
		t.Errorf("another version is accepted (%v)", err)
	}
}
