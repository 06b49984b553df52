package report_test

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/explain"
	"github.com/pixeltales/pixelload/internal/report"
	"github.com/pixeltales/pixelload/internal/schematest"
)

var explainSchema = schematest.Document{
	Schema: "explain", Name: "explain.json", Type: &explain.Document{}, Version: explain.SchemaVersion,
	Enums: map[string][]any{
		"Document.outcome": {explain.Complete, explain.Partial, explain.Interrupted},
		"Row.kind": {explain.Leak, explain.Cache, explain.Queue, explain.Garbage, explain.Once, explain.Connected,
			explain.Large, explain.Left, explain.Small},
		"Row.of":     {explain.Endpoint, explain.Message, explain.Socket},
		"Subject.of": {explain.Endpoint, explain.Message, explain.Socket},
	},
}

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

func TestExplainSchemaIsThatOfTheTypes(t *testing.T) { explainSchema.Held(t, *update) }

func TestExplanationsAreValid(t *testing.T) {
	for name, d := range map[string]*explain.Document{"recorded": recordedExplanation(t), "nothing": explain.Judge(explain.Evidence{})} {
		var b bytes.Buffer
		if err := report.ExplainedJSON(&b, d); err != nil {
			t.Fatal(err)
		}
		if err := explainSchema.Valid(t, b.String()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if explainSchema.Valid(t, `{"schema_version":2}`) == nil {
		t.Error("another version is accepted")
	}
}
