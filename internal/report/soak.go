package report

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/pixeltales/pixelload/internal/verdict"
)

// SoakJSON writes s as soak.json: the same bytes for the same run.
func SoakJSON(w io.Writer, s *verdict.Soak) error { return indented(w, s, "the soak") }

// SoakTable writes s as a table with a chart, then the outcome and why.
func SoakTable(w io.Writer, s *verdict.Soak, o Options) error {
	var b strings.Builder
	for _, line := range soakTitle(s) {
		b.WriteString(clean(line) + "\n")
	}
	b.WriteString("\n")
	g := grid{lines: [][]string{{"SOAK", "MEASURED"}}, marked: -1}
	for _, row := range soakRows(s) {
		g.lines = append(g.lines, cleanAll(row[:]))
	}
	b.WriteString(g.draw(o) + "\n\n")
	b.WriteString(soakChart(s))
	said := map[string]string{verdict.Pass: "PASS", verdict.Fail: "FAIL", verdict.Inconclusive: "CANNOT TELL"}[s.Outcome]
	for i, reason := range s.Reasons {
		if i == 0 {
			b.WriteString(said + "  " + clean(reason) + "\n")
			continue
		}
		b.WriteString("      " + clean(reason) + "\n")
	}
	if s.Target.Kind == "reference" {
		b.WriteString("Note  Figures are on the reference app and do not speak for the real one.\n")
	}
	if o.Path != "" {
		b.WriteString("See   " + clean(o.Path) + "/soak.json\n")
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("writing the soak: %w", err)
	}
	return nil
}

func soakTitle(s *verdict.Soak) []string {
	title := s.Target.Name
	if s.Target.Ref != "" {
		title += " @ " + s.Target.Ref
	}
	limit := "no limit enforced"
	if s.LimitBytes > 0 {
		limit = "limit " + mib(s.LimitBytes)
	}
	return []string{
		fmt.Sprintf("%s   variant %s   %s data (%s public)   %s", title, s.Variant, s.Data.Name, tenths(s.Data.PublicBytes), limit),
		fmt.Sprintf("%s for %s of %s, %s", verdict.Crowd(s.Users), inMinutes(s.Hours), inMinutes(s.PlannedHours), s.Kind),
	}
}

// inMinutes prints hours as minutes, tenths of them below ten.
func inMinutes(hours float64) string {
	if m := 60 * hours; m < 9.95 {
		return fmt.Sprintf("%.1f minutes", m)
	}
	return fmt.Sprintf("%.0f minutes", 60*hours)
}

func soakRows(s *verdict.Soak) [][2]string {
	leak := "cannot tell"
	if l := s.Leak; l != nil {
		leak = fmt.Sprintf("%s MiB/h [%s, %s], %.4g %% interval, %d stretches", bare(int64(l.BytesPerHour)),
			bare(int64(l.Interval[0])), bare(int64(l.Interval[1])), 100*l.Level, l.N)
	}
	rows := [][2]string{{"leak (budget " + bare(int64(s.Budget)) + " MiB/h)", leak}}
	if t := s.ToLimit; t != nil {
		text := fmt.Sprintf("%.1f or more: the interval holds no leak at all too", t.Least)
		if t.Most != nil {
			text = fmt.Sprintf("%.1f to %.1f", t.Least, *t.Most)
		}
		rows = append(rows, [2]string{"hours to the limit", text})
	}
	for _, o := range s.Once {
		text := fmt.Sprintf("%+.1f MiB at minute %.0f, once", float64(o.Bytes)/(1<<20), 60*o.AtHours)
		if o.WithinHours > 0 {
			text = fmt.Sprintf("%+.1f MiB from minute %.0f on, two thirds of it within %.1f minutes, and no more", float64(o.Bytes)/(1<<20), 60*o.AtHours, 60*o.WithinHours)
		}
		label := "kept, and no leak"
		if o.MayRecur {
			label = "kept, and may come again"
		}
		rows = append(rows, [2]string{label, text})
	}
	if s.Garbage != nil {
		rows = append(rows, [2]string{"swing above the trough", savedMiB(*s.Garbage)})
	}
	if s.Largest != nil {
		rows = append(rows, [2]string{"largest U", mib(*s.Largest)})
	}
	for _, l := range s.Looks {
		text := map[string]string{verdict.LeakBelow: "below the budget", verdict.LeakAbove: "above the budget", verdict.LeakUnknown: "does not tell"}[l.Answer]
		rows = append(rows, [2]string{fmt.Sprintf("look at %.0f %%", 100*l.Part), fmt.Sprintf("%s (%d stretches, alpha %.3g %%)", text, l.N, 100*l.Alpha)})
	}
	return rows
}

// bars are the heights of a column of the chart, the least first.
var bars = []rune("▁▂▃▄▅▆▇█")

// soakChart draws what was held over time, a column a stretch; "" for fewer than
// two.
func soakChart(s *verdict.Soak) string {
	if len(s.Points) < 2 {
		return ""
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, p := range s.Points {
		low, high = min(low, float64(p.Bytes)), max(high, float64(p.Bytes))
	}
	var columns strings.Builder
	for _, p := range s.Points {
		i := 0
		if high > low {
			i = int((float64(p.Bytes) - low) / (high - low) * float64(len(bars)-1))
		}
		columns.WriteRune(bars[i])
	}
	return fmt.Sprintf("held, %s to %s over %s\n%s\n\n", tenths(int64(low)), tenths(int64(high)), inMinutes(s.Points[len(s.Points)-1].Hours), columns.String())
}
