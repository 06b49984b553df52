package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// remedyHeaders name the columns of the remedies' table.
var remedyHeaders = []string{"REMEDY", "DATA", "USERS", "PEAK SAVED (natural)", "HELD SAVED (collected)", "SERVICE", "CPU, CORES", "P95 OF ANSWERS", "EFFECTIVE"}

// remedyRow is a line of that table; the cells follow the headers.
type remedyRow struct {
	cells []string
	mark  mark
}

// RemediesJSON writes r as remedies.json: the same bytes for the same runs.
func RemediesJSON(w io.Writer, r *verdict.Remedies) error { return indented(w, r, "the remedies") }

func indented(w io.Writer, v any, what string) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return fmt.Errorf("writing %s: %w", what, err)
	}
	return nil
}

// RemediesTable writes r as a table, then what is cheapest, and by which rule.
func RemediesTable(w io.Writer, r *verdict.Remedies, o Options) error {
	var b strings.Builder
	b.WriteString(clean(remediesTitle(r)) + "\n\n")
	if rows := remedyRows(r); len(rows) > 0 {
		g := grid{lines: [][]string{remedyHeaders}, marked: len(remedyHeaders) - 1}
		for _, row := range rows {
			g.lines, g.marks = append(g.lines, cleanAll(row.cells)), append(g.marks, row.mark)
		}
		b.WriteString(g.draw(o) + "\n\n")
	}
	for _, line := range remedyWords(r) {
		b.WriteString(clean(line) + "\n")
	}
	if o.Path != "" {
		b.WriteString("See   " + clean(o.Path) + "/remedies.md\n")
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("writing the remedies: %w", err)
	}
	return nil
}

// RemediesMarkdown writes r as remedies.md.
func RemediesMarkdown(w io.Writer, r *verdict.Remedies) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Remedies, measured\n\n%s\n\n", escape(remediesTitle(r)))
	line := func(cells []string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(remedyHeaders)
	b.WriteString(strings.Repeat("| --- ", len(remedyHeaders)) + "|\n")
	for _, row := range remedyRows(r) {
		var cells []string
		for _, cell := range row.cells {
			cells = append(cells, escape(cell))
		}
		line(cells)
	}
	b.WriteString("\n")
	for _, said := range remedyWords(r) {
		b.WriteString("- " + special.Replace(clean(said)) + "\n")
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("writing the remedies: %w", err)
	}
	return nil
}

func remediesTitle(r *verdict.Remedies) string {
	title := fmt.Sprintf("Remedies against %s, %s", r.Against, count(r.Trials, "trial", "trials"))
	if r.Target.Name != "" {
		title += ", " + r.Target.Name + " @ " + r.Target.Ref
	}
	for _, name := range sortedKeys(r.Data) {
		title += fmt.Sprintf(", %s data (%s public)", name, tenths(r.Data[name].PublicBytes))
	}
	return title
}

func remedyRows(r *verdict.Remedies) []remedyRow {
	var rows []remedyRow
	for _, one := range r.Remedies {
		for i, e := range one.Effects {
			name := ""
			if i == 0 {
				name = fmt.Sprintf("%s: %s (%s, %s)", one.Variant, one.Text, one.By, one.Takes)
			}
			marks := map[string]mark{verdict.Yes: good, verdict.No: bad, verdict.Unknown: unknown}
			rows = append(rows, remedyRow{
				cells: []string{
					name, e.Data, fmt.Sprint(e.Users), peakCell(e.Peak), savedCell(e.Held), serviceCell(e),
					changeCell(e.CPU, "%+.2f", 1), changeCell(e.Latency, "%+.0f ms", 1000), strings.TrimSpace(string(marks[e.Effective]) + " " + effectiveWord(e)),
				},
				mark: marks[e.Effective],
			})
		}
	}
	return rows
}

func effectiveWord(e verdict.Effect) string {
	if e.Effective == verdict.Unknown {
		return "cannot tell"
	}
	return e.Effective
}

// savedCell is a saving with the number it is of, its interval and N.
func savedCell(s *verdict.Saved) string {
	if s == nil {
		return "cannot tell"
	}
	text := fmt.Sprintf("%s of %s", savedMiB(s.Bytes), mib(s.Of))
	if s.CI95 == nil {
		return text + ", 1 round"
	}
	return fmt.Sprintf("%s [%s, %s], N %d", text, bare(s.CI95[0]), bare(s.CI95[1]), s.N)
}

// peakCell is a saving of peaks, which grow with the list requests answered.
func peakCell(s *verdict.Saved) string {
	if s == nil {
		return savedCell(s)
	}
	return fmt.Sprintf("%s, lists %.0f for %.0f", savedCell(s), s.Lists, s.ListsOf)
}

func savedMiB(bytes int64) string { return bare(bytes) + " MiB" }

// bare prints bytes in MiB without the unit: tenths below ten, never "-0".
func bare(bytes int64) string {
	m := float64(bytes) / memory.MiB
	if m > -9.95 && m < 9.95 {
		return strings.Replace(fmt.Sprintf("%.1f", m), "-0.0", "0.0", 1)
	}
	return fmt.Sprintf("%.0f", m)
}

func changeCell(c *verdict.Change, format string, factor float64) string {
	if c == nil {
		return "not known"
	}
	text := fmt.Sprintf(format, factor*c.Value)
	if c.CI95 == nil {
		return text + ", 1 round"
	}
	return fmt.Sprintf("%s [%s, %s]", text, fmt.Sprintf(strings.Fields(format)[0], factor*c.CI95[0]), fmt.Sprintf(strings.Fields(format)[0], factor*c.CI95[1]))
}

func serviceCell(e verdict.Effect) string {
	said := map[string]string{verdict.Yes: "kept", verdict.No: "lost", verdict.Unknown: "cannot tell"}
	text := said[e.Service.Kept]
	if e.Service.Kept == verdict.No {
		text += ": " + e.Service.How
	}
	if e.Before.Kept != e.Service.Kept {
		text += " (without it " + said[e.Before.Kept] + ")"
	}
	return text
}

// remedyWords are the lines behind the table.
func remedyWords(r *verdict.Remedies) []string {
	var words []string
	for _, c := range r.Choices {
		cheapest := "none"
		if c.Cheapest != "" {
			cheapest = c.Cheapest
		}
		line := fmt.Sprintf("Cheapest effective one on %s data: %s", c.Data, cheapest)
		if c.Largest != "" && c.Largest != c.Cheapest {
			line += "; the one that saves most: " + c.Largest
		}
		words = append(words, line+". "+strings.Join(c.Reasons, ". ")+".")
	}
	for _, s := range r.Shifts {
		on := s.Plan
		if s.CPUs > 0 {
			on += fmt.Sprintf(" (%g CPUs)", s.CPUs)
		}
		words = append(words, fmt.Sprintf("Frontier on plan %s at %s: with %s %s of public stories fit, with %s %s.",
			on, verdict.Crowd(s.Users), r.Against, fitting(s.Before, s.BeforeAtLeast), s.Variant, fitting(s.After, s.AfterAtLeast)))
	}
	for _, why := range r.LeftOut {
		words = append(words, "Left out: "+why+".")
	}
	words = append(words, "Rule: "+r.Rule)
	if slices.ContainsFunc(r.Remedies, func(one verdict.Remedy) bool { return one.Takes == "server" && len(one.Effects) > 0 }) {
		words = append(words, "A further server's own memory and processor time are not counted.")
	}
	if r.Target.Kind == "reference" {
		words = append(words, "Figures are on the reference app and do not speak for the real one.")
	}
	for i, reason := range r.Reasons {
		if i == mostReasons {
			words = append(words, fmt.Sprintf("and %d more, see remedies.json", len(r.Reasons)-i))
			break
		}
		words = append(words, "Cannot tell: "+reason)
	}
	return words
}

func fitting(bytes *int64, more bool) string {
	switch {
	case bytes == nil && more:
		return "(not told how much)"
	case bytes == nil:
		return "none"
	case more:
		return "at least " + tenths(*bytes)
	}
	return tenths(*bytes)
}
