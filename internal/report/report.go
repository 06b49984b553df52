// Package report shows a verdict: as a table or a page for people, as a comment
// for a pull request, as JSON, JUnit or CSV for programs.
//
// Its opinion: a number stands with its interval or the word "1 trial", an
// empty cell is what was not measured, and the last lines say what to do next.
package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"

	"github.com/pixeltales/pixelload/internal/verdict"
)

// Options are how a table is drawn. The zero value is plain text of any width.
type Options struct {
	// Color is off for a pipe and where NO_COLOR is set.
	Color bool
	// Width is the terminal's; 0 for as wide as it takes.
	Width int
	// Path is the folder of the run, Page its HTML report; each is left out
	// where it is "".
	Path, Page string
}

// mark begins the verdict of a row.
type mark string

const (
	good    mark = "✓"
	bad     mark = "✗"
	unknown mark = "~"
	none    mark = ""
)

// row is a line of the table. An empty cell was not measured, or means nothing.
type row struct {
	check, says, measured, delta, used string
	mark                               mark
	verdict                            string
}

// Columns of the table, from 0.
const (
	deltaColumn   = 3
	usedColumn    = 4
	verdictColumn = 5
)

// headers names the columns, and says once that all figures are of one trial.
func headers(v *verdict.Verdict) []string {
	measured := "MEASURED (95 % CI)"
	if len(v.Trials) == 1 {
		measured = "MEASURED (1 trial)"
	}
	return []string{"CHECK", "DOCUMENT SAYS", measured, "DELTA", "USED", "VERDICT"}
}

// Table writes v as a table, then the outcome, why, and what to do next.
func Table(w io.Writer, v *verdict.Verdict, o Options) error {
	var b strings.Builder
	b.WriteString(heading(v, o.Width))
	switch rows := rowsOf(v); {
	case v.Campaign():
		b.WriteString(drawClaims(claimTable(v), o) + "\n\n")
	case len(rows) > 0:
		b.WriteString(draw(rows, headers(v), o) + "\n\n")
	}
	b.WriteString(closing(v, o))
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

// fullWidth is what all columns need to be read with ease.
const fullWidth = 80

// draw lays the rows out.
func draw(rows []row, headers []string, o Options) string {
	g := grid{lines: [][]string{headers}, marked: verdictColumn, right: []int{deltaColumn, usedColumn}}
	for _, r := range rows {
		said := clean(strings.TrimSpace(string(r.mark) + " " + r.verdict))
		g.lines = append(g.lines, []string{clean(r.check), clean(r.says), clean(r.measured), r.delta, r.used, said})
		g.marks = append(g.marks, r.mark)
	}
	return g.draw(o)
}

// drawClaims lays the rows of a campaign out.
func drawClaims(rows []claimRow, o Options) string {
	g := grid{lines: [][]string{claimHeaders}, marked: slices.Index(claimHeaders, "VERDICT")}
	for _, r := range rows {
		g.lines = append(g.lines, []string{r.ID + " " + r.Claim, r.Says + " (" + r.Line + ")", r.measured(), strings.TrimSpace(string(r.Mark) + " " + r.Said), r.why()})
		g.marks = append(g.marks, r.Mark)
	}
	return g.draw(o)
}

// grid is a table on a terminal. Line 0 is its headers, a line like others
// because lipgloss cuts its own; marks are of the other lines.
type grid struct {
	lines  [][]string
	marks  []mark
	marked int   // the column that has the marks
	right  []int // columns of figures, aligned on the right: the first to go
}

// draw wraps cells only where the terminal is too narrow; far too narrow, and
// the columns that follow from others are left out.
func (g grid) draw(o Options) string {
	if o.Width > 0 && o.Width < fullWidth && len(g.right) > 0 {
		first, last := g.right[0], g.right[len(g.right)-1]
		for i := range g.lines {
			g.lines[i] = slices.Delete(g.lines[i], first, last+1)
		}
		g.marked, g.right = g.marked-len(g.right), nil
	}
	if o.Width > 0 {
		wrapCells(g.lines, o.Width-2*len(g.lines[0]))
	}
	t := table.New().Rows(g.lines...).
		BorderTop(false).BorderBottom(false).BorderLeft(false).BorderRight(false).
		BorderHeader(false).BorderColumn(false).
		StyleFunc(func(line, column int) lipgloss.Style { return g.style(line, column, o.Color) })
	drawn := t.String()
	if o.Width > 0 && lipgloss.Width(drawn) > o.Width {
		drawn = t.Width(o.Width).String()
	}
	return trimRight(drawn)
}

// style pads a cell and colours its verdict.
func (g grid) style(line, column int, color bool) lipgloss.Style {
	s := lipgloss.NewStyle().PaddingLeft(1).PaddingRight(1)
	if slices.Contains(g.right, column) {
		s = s.Align(lipgloss.Right)
	}
	switch {
	case color && line == 0:
		return s.Bold(true)
	case color && column == g.marked:
		return paint(s, g.marks[line-1])
	}
	return s
}

func paint(s lipgloss.Style, m mark) lipgloss.Style {
	switch m {
	case good:
		return s.Foreground(lipgloss.Green)
	case bad:
		return s.Foreground(lipgloss.Red)
	case unknown:
		return s.Foreground(lipgloss.Yellow)
	}
	return s
}

// trimRight drops the padding at the ends of the lines.
func trimRight(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}
