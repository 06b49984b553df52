package report

import (
	"fmt"
	"io"
	"math"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/pixeltales/pixelload/internal/history"
)

// plotWidth is how many characters wide a series is drawn.
const plotWidth = 40

// HistoryChart writes each series as a chart that runs downward: a line a night
// with its figure, and a rule where the level changed.
func HistoryChart(w io.Writer, all []history.Series, o Options) error {
	var b strings.Builder
	for i, s := range all {
		if i > 0 {
			b.WriteString("\n")
		}
		drawSeries(&b, s, o)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("writing the history: %w", err)
	}
	return nil
}

func drawSeries(b *strings.Builder, s history.Series, o Options) {
	fmt.Fprintf(b, "%s   %s\n%s\n", clean(s.Metric), clean(measuredAs(s)), clean(onWhat(s)))
	if says := saysOf(s); says != "" {
		b.WriteString(says + "\n")
	}
	p := plotOf(s)
	width := 0
	for _, n := range s.Nights {
		width = max(width, len([]rune(figureOf(n.Point))))
	}
	fmt.Fprintf(b, "\n%-17s  %-12s  %-*s  %3s  %s\n", "DATE", "COMMIT", max(width, 6), "FIGURE", "N", p.ends(s.Unit))
	changes := map[int]history.Change{}
	for _, c := range s.Changes {
		changes[c.At] = c
	}
	for i, n := range s.Nights {
		if c, changed := changes[i]; changed {
			b.WriteString(emphasised(clean(rule(s, c)), o) + "\n")
		}
		line := fmt.Sprintf("%-17s  %-12s  %-*s  %3d  %s", date(n.Run.Started), clean(short(n.Run.Target.Ref)), max(width, 6), figureOf(n.Point), n.Point.N, p.draw(n))
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	fmt.Fprintf(b, "%s; %s\n", s.Look, count(len(s.Changes), "change", "changes"))
}

// measuredAs says what the series is of.
func measuredAs(s history.Series) string {
	return strings.Join(said([]string{s.Variant, s.Data + " data", s.Under}), ", ")
}

// onWhat says what all its nights have in common.
func onWhat(s history.Series) string {
	m := s.What.Machine
	return fmt.Sprintf("series %s: %s, pixelload %s, %d cores of %s, kernel %s, cgroup %s",
		s.Fingerprint, s.What.Name, s.What.Tool, m.CPUs, m.CPUModel, m.Kernel, m.Cgroup)
}

// saysOf says what the newest night's figure is held against.
func saysOf(s history.Series) string {
	p := s.Nights[len(s.Nights)-1].Point
	who := "the document says"
	if strings.HasPrefix(s.Metric, "budget:") {
		who = "the budget is"
	}
	switch {
	case p.AtLeast != nil && p.AtMost != nil && *p.AtLeast != *p.AtMost:
		return fmt.Sprintf("%s %s to %s", who, bareIn(*p.AtLeast, s.Unit), inUnit(*p.AtMost, s.Unit))
	case p.AtMost != nil:
		return fmt.Sprintf("%s %s", who, inUnit(*p.AtMost, s.Unit))
	case p.AtLeast != nil:
		return fmt.Sprintf("%s %s or more", who, inUnit(*p.AtLeast, s.Unit))
	}
	return ""
}

// rule says what changed between two nights.
func rule(s history.Series, c history.Change) string {
	p := "p < 0.001"
	if c.P > 0 {
		p = fmt.Sprintf("p = %.4f", c.P)
	}
	return fmt.Sprintf("── changed by %s, from %s to %s, %s", signedIn(c.By(), s.Unit), bareIn(c.Before, s.Unit), inUnit(c.After, s.Unit), p)
}

func emphasised(text string, o Options) string {
	if o.Color {
		return lipgloss.NewStyle().Bold(true).Render(text)
	}
	return text
}

// plot is the scale of a chart: its nights' figures and intervals, and not zero,
// from which all would look level.
type plot struct{ low, high float64 }

func plotOf(s history.Series) plot {
	p := plot{math.Inf(1), math.Inf(-1)}
	for _, n := range s.Nights {
		for _, v := range []*float64{n.Point.Value, n.Point.Low, n.Point.High} {
			if v != nil {
				p.low, p.high = min(p.low, *v), max(p.high, *v)
			}
		}
	}
	return p
}

// ends prints what the chart's sides are.
func (p plot) ends(unit string) string {
	if math.IsInf(p.low, 1) {
		return ""
	}
	left, right := bareIn(p.low, unit), inUnit(p.high, unit)
	return left + strings.Repeat(" ", max(1, plotWidth-len(left)-len(right))) + right
}

// column is where v stands.
func (p plot) column(v float64) int {
	if p.high <= p.low {
		return plotWidth / 2
	}
	return int(math.Round((v - p.low) / (p.high - p.low) * (plotWidth - 1)))
}

// draw prints a night's figure in its interval; what is not compared with others
// is hollow.
func (p plot) draw(n history.Night) string {
	if n.Point.Value == nil {
		return "no figure"
	}
	cells := []rune(strings.Repeat(" ", plotWidth))
	if n.Point.Low != nil && n.Point.High != nil {
		from, to := p.column(*n.Point.Low), p.column(*n.Point.High)
		for i := from; i <= to; i++ {
			cells[i] = '─'
		}
		cells[from], cells[to] = '├', '┤'
	}
	cells[p.column(*n.Point.Value)] = '●'
	if !n.Told() {
		cells[p.column(*n.Point.Value)] = '○'
	}
	return string(cells)
}
