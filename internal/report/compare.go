package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/pixeltales/pixelload/internal/compare"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// ComparisonTable writes c as a table, then the outcome, why, and what to do next.
func ComparisonTable(w io.Writer, c *compare.Comparison, o Options) error {
	var b strings.Builder
	b.WriteString("\n" + wrap(" ", clean(strings.Join(compared(c), "   ")), o.Width) + "\n")
	b.WriteString(wrap(" ", clean(strings.Join(setUp(c), "   ")), o.Width) + "\n\n")
	if len(c.Phases) > 0 {
		b.WriteString(drawComparison(c, o) + "\n\n")
	}
	word := outcomes[c.Outcome]
	style := lipgloss.NewStyle()
	if o.Color {
		style = paint(style.Bold(true), word.mark)
	}
	b.WriteString(wrap(" "+style.Render(word.word)+"  ", clean(inShort(c)), o.Width) + "\n")
	say := func(label string, lines []string) {
		for _, line := range lines {
			pad := strings.Repeat(" ", max(1, 6-lipgloss.Width(label)))
			b.WriteString(wrap(" "+label+pad, clean(line), o.Width) + "\n")
			label = ""
		}
	}
	say("Why", c.Reasons)
	say("Note", comparisonNotes(c))
	if o.Path != "" {
		say("Runs", []string{o.Path})
	}
	say("Exit", []string{fmt.Sprint(c.ExitCode)})
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("writing the comparison: %w", err)
	}
	return nil
}

// ComparisonMarkdown writes c for a comment on a pull request.
func ComparisonMarkdown(w io.Writer, c *compare.Comparison) error {
	var b strings.Builder
	word := outcomes[c.Outcome]
	fmt.Fprintf(&b, "## %s %s: %s\n\n", word.mark, word.word, escape(inShort(c)))
	fmt.Fprintf(&b, "**%s** · %s\n\n", escape(strings.Join(compared(c), " ")), escape(strings.Join(setUp(c), " · ")))
	list(&b, c.Reasons)
	if len(c.Phases) > 0 {
		row := func(cells ...string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
		headers := comparisonHeaders(c)
		for i, h := range headers {
			if i == 1 || i == 2 {
				headers[i] = escape(h)
				continue
			}
			headers[i] = strings.ReplaceAll(h[:1]+strings.ToLower(h[1:]), "ci)", "CI)")
		}
		row(headers...)
		row("---", "---:", "---:", "---:", "---:", "---")
		for _, r := range comparisonRows(c) {
			for i := range r.cells {
				r.cells[i] = escape(r.cells[i])
			}
			row(append(r.cells, escape(string(r.mark)+" "+r.said))...)
		}
		b.WriteString("\n")
	}
	list(&b, comparisonNotes(c))
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("writing the comparison: %w", err)
	}
	return nil
}

// ComparisonJSON writes c as compare.json.
func ComparisonJSON(w io.Writer, c *compare.Comparison) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(c); err != nil {
		return fmt.Errorf("writing the comparison: %w", err)
	}
	return nil
}

// compared names the two sides.
func compared(c *compare.Comparison) []string {
	name := func(s compare.Side) string {
		if s.Target.Ref == "" || s.Target.Ref == s.Name {
			return s.Name
		}
		return s.Name + " @ " + s.Target.Ref
	}
	return []string{name(c.B), "against", name(c.A)}
}

// setUp says what both have in common; of two that have not, what the second had.
func setUp(c *compare.Comparison) []string {
	s := c.B.SetUp
	limit := "no limit enforced"
	if s.LimitBytes > 0 {
		limit = "limit " + mib(s.LimitBytes)
	}
	said := []string{"variant " + c.B.Variant, s.Data.Name + " data", s.Kind, limit}
	if c.Visit != nil {
		said = append(said, fmt.Sprintf("%d visits a trial", c.Visit.Visits))
	}
	return append(said, fmt.Sprintf("%d and %d trials", len(c.A.Trials), len(c.B.Trials)), "memory from "+s.MemorySource)
}

// inShort is the outcome in a sentence.
func inShort(c *compare.Comparison) string {
	switch {
	case c.Refused:
		return "the two cannot be compared"
	case c.Outcome == verdict.Pass:
		most := int64(0)
		for _, p := range c.Phases {
			if p.Judged && p.Difference != nil {
				most = max(most, p.Difference.NoneLargerThan)
			}
		}
		return fmt.Sprintf("no difference larger than %s in any phase; a growth of %s is allowed", compare.MiB(most), compare.MiB(c.BudgetGrowthBytes))
	case c.Outcome == verdict.Fail:
		return fmt.Sprintf("memory has grown by more than the %s allowed", compare.MiB(c.BudgetGrowthBytes))
	}
	return fmt.Sprintf("whether memory has grown by more than the %s allowed", compare.MiB(c.BudgetGrowthBytes))
}

// comparisonRow is a line: five cells, and what is said of it.
type comparisonRow struct {
	cells []string
	mark  mark
	said  string
}

func comparisonHeaders(c *compare.Comparison) []string {
	return []string{"PHASE", shorter(c.A.Name), shorter(c.B.Name), "DIFFERENCE (95 % CI)", "NONE LARGER THAN", "VERDICT"}
}

// shorter is a name that fits into a column's head: the end tells paths apart.
func shorter(name string) string {
	const most = 24
	if runes := []rune(clean(name)); len(runes) > most {
		return "..." + string(runes[len(runes)-most+3:])
	}
	return clean(name)
}

func comparisonRows(c *compare.Comparison) []comparisonRow {
	var rows []comparisonRow
	for _, p := range c.Phases {
		rows = append(rows, phaseRow(p))
	}
	if c.Visit != nil {
		d := c.Visit.Difference
		rows = append(rows, comparisonRow{
			cells: []string{"kept of a visit", "", "", difference(&d, hundredths), hundredths(d.NoneLargerThan) + " MiB"},
		})
	}
	return rows
}

func phaseRow(p compare.Change) comparisonRow {
	r := comparisonRow{cells: []string{p.Phase, meanOf(p.A), meanOf(p.B), "", ""}, mark: unknown, said: "cannot tell"}
	if d := p.Difference; d != nil {
		r.cells[3] = difference(d, compare.Tenths)
		r.cells[4] = compare.MiB(d.NoneLargerThan)
	}
	switch {
	case !p.Judged && p.Users > 0:
		r.mark, r.said = none, "not judged: users at work"
	case !p.Judged:
		r.mark, r.said = none, "not judged: garbage"
	case p.Outcome == verdict.Pass:
		r.mark, r.said = good, "within the budget"
	case p.Outcome == verdict.Fail:
		r.mark, r.said = bad, "grown"
	}
	return r
}

// meanOf prints a side's mean.
func meanOf(l *compare.Level) string {
	if l == nil {
		return ""
	}
	if l.CI95 == nil {
		return compare.MiB(l.Bytes) + ", 1 trial"
	}
	return fmt.Sprintf("%s [%s, %s]", compare.MiB(l.Bytes), compare.Tenths(l.CI95[0]), compare.Tenths(l.CI95[1]))
}

// difference prints a difference with its sign and interval, in MiB.
func difference(d *compare.Difference, digits func(int64) string) string {
	sign := ""
	if d.Bytes > 0 {
		sign = "+"
	}
	return fmt.Sprintf("%s%s MiB [%s, %s], n = %d", sign, digits(d.Bytes), digits(d.CI95[0]), digits(d.CI95[1]), d.N)
}

// hundredths are for what one visit leaves.
func hundredths(bytes int64) string {
	return fmt.Sprintf("%.2f", math.Round(100*float64(bytes)/memory.MiB)/100+0) // never "-0.00"
}

func drawComparison(c *compare.Comparison, o Options) string {
	g := grid{lines: [][]string{comparisonHeaders(c)}, marked: 5, right: []int{1, 2}}
	for _, r := range comparisonRows(c) {
		g.lines = append(g.lines, append(cleanAll(r.cells), strings.TrimSpace(string(r.mark)+" "+r.said)))
		g.marks = append(g.marks, r.mark)
	}
	return g.draw(o)
}

func comparisonNotes(c *compare.Comparison) []string {
	notes := append([]string{}, c.Caveats...)
	if c.B.SetUp.Kind == run.Collected {
		notes = append(notes, "Garbage was collected before each reading: these are differences, no levels.")
	}
	if c.B.Target.Kind == "reference" {
		notes = append(notes, "Figures are on the reference app and do not speak for the real one.")
	}
	return notes
}
