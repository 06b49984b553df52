package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"github.com/pixeltales/pixelload/internal/explain"
)

//go:embed page/explain.html
var explainedText string

//go:embed page/explain.css
var explainedStyle string

var explainedTemplate = withParts(explainedText)

// explainedPolicy is that of the page, without any script.
var explainedPolicy = fmt.Sprintf("default-src 'none'; style-src '%s'; img-src data:; base-uri 'none'; form-action 'none'", digest(styleText+explainedStyle))

type explainedPage struct {
	Policy, Title, Word, Headline, Start string
	Style                                template.CSS
	Reasons                              []string
	Facts                                []fact
	Rows                                 []explainedRow
	Tables                               []explainedSection
}

// explainedRow is a cause with its bar.
type explainedRow struct {
	Rank                                     int
	What, Kind, Tone, Alt, MiB, Basis, Share string
	Calls                                    string
	Parts                                    []barPart
	Facts                                    []fact
}

// barPart is a piece of a bar.
type barPart struct {
	Class       string
	From, Width percentage
}

type explainedSection struct {
	Name, Says string
	Head       []string
	Rows       [][]string
}

// ExplainedHTML writes d as one page that needs nothing else.
func ExplainedHTML(w io.Writer, d *explain.Document) error {
	e := d.Evidence
	p := explainedPage{
		Policy: explainedPolicy, Title: explainedTitle(d), Style: template.CSS(styleText + explainedStyle),
		Word: words(d.Outcome), Headline: "nothing that can be told", Start: explainedStart(e.Start), Reasons: said(append(cleanAll(d.Reasons), d.CannotTell...)),
		Facts: []fact{
			{"Variant", clean(e.Variant)}, {"Data", fmt.Sprintf("%s, %.1f MiB public", clean(e.Data.Name), inMiB(e.Data.PublicBytes))},
			{"Largest U", mib(e.LargestBytes)}, {"Memory from", clean(e.MemorySource)},
			{"Begun", e.Started.UTC().Format("2 January 2006, 15:04 UTC")}, {"Took", fmt.Sprintf("%.0f s", e.Seconds)},
		},
	}
	if rows := costly(d); len(rows) > 0 {
		p.Headline = fmt.Sprintf("first: %s, %s, %.0f MiB", clean(rows[0].What), words(rows[0].Kind), inMiB(rows[0].Bytes))
	}
	most := int64(0)
	for _, r := range costly(d) {
		most = max(most, r.RiseBytes)
	}
	for _, r := range costly(d) {
		p.Rows = append(p.Rows, explainedRowOf(d, r, most))
	}
	for _, t := range []explainedSection{
		{"What users add", "Users of one persona in their first seconds, one kind after the other on the same target. Each is one reading.",
			personasHead, explainedPersonas(d)},
		{"Processor time", "How many users use up a share of a processor with one call alone, computed from how often default users asked for it in their first seconds. The interval, 95 %, holds how few were seen and how bursts differed.",
			usersHead, explainedUsers(d)},
		{"All that was measured", "In the order of their cost. [ ] is the 95 % t interval over the bursts of one process: fresh starts may differ by more.",
			[]string{"CALL OR MESSAGE", "KIND", "MiB", "GARBAGE A CALL", "HELD A CALL", "CPU A CALL", "CALLS"}, explainedAll(d)},
		{"What was not measured", "", []string{"CALL OR MESSAGE", "WHY"}, explainedMissing(d)},
	} {
		if len(t.Rows) > 0 {
			p.Tables = append(p.Tables, t)
		}
	}
	var b bytes.Buffer // a page cut in the middle would pass for a whole one
	if err := explainedTemplate.Execute(&b, p); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	if _, err := b.WriteTo(w); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	return nil
}

func explainedRowOf(d *explain.Document, r explain.Row, most int64) explainedRow {
	row := explainedRow{
		Rank: r.Rank, What: clean(r.What), Kind: words(r.Kind), Tone: "unknown", Alt: mib(r.RiseBytes), MiB: mib(r.Bytes), Basis: clean(r.Basis),
		Calls: count(r.Calls, "call", "calls"), Facts: atLength(d, r),
	}
	if r.Kind != explain.Large && r.Kind != explain.Once {
		row.Tone = "bad" // it stays
	}
	if r.Share != nil {
		row.Share = shareOf(r) + " of the largest"
	}
	at := 0.0
	add := func(class string, bytes int64) {
		if width := float64(max(bytes, 0)) / float64(max(most, 1)); width > 0 {
			row.Parts = append(row.Parts, barPart{class, percentage(100 * at), percentage(100 * min(width, 1-at))})
			at = min(1, at+width)
		}
	}
	if r.Parts != nil {
		row.Alt = r.Parts.String()
	}
	if p := r.Parts; p != nil && p.FreeBytes != nil {
		add("held", *p.HeldBytes)
		add("garbage", *p.GarbageBytes)
		add("free", *p.FreeBytes)
		add("answered", p.AnsweredBytes)
	} else {
		add("whole", r.RiseBytes)
	}
	return row
}

func explainedAll(d *explain.Document) (rows [][]string) {
	for _, r := range d.Rows {
		rows = append(rows, []string{
			clean(r.What), words(r.Kind), fmt.Sprintf("%.1f", inMiB(r.Bytes)),
			estimate(r.Garbage, 1<<20, "MiB"), estimate(r.Held, 1<<20, "MiB"), estimate(r.CPU, 1e-3, "ms"), fmt.Sprint(r.Calls),
		})
	}
	return rows
}

func explainedMissing(d *explain.Document) (rows [][]string) {
	for _, m := range d.Evidence.NotMeasured {
		rows = append(rows, []string{clean(m.What), clean(m.Why)})
	}
	return rows
}
