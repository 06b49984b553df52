package report

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/pixeltales/pixelload/internal/history"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// outcomeMarks are those of a run's verdict, of a budget and of a claim.
var outcomeMarks = map[string]mark{
	verdict.Pass: good, verdict.Confirmed: good, verdict.Fail: bad, verdict.Refuted: bad,
	verdict.Inconclusive: unknown, verdict.NotMeasured: unknown,
}

// HistoryRuns writes the runs as a table, the newest last, each with what
// changed at it. With a metric, its figures stand in a column.
func HistoryRuns(w io.Writer, runs []history.Run, all []history.Series, metric string, o Options) error {
	headers := []string{"DATE", "COMMIT", "RUN", "VARIANT", "DATA", "TRIALS", "OUTCOME", "CHANGED"}
	g := grid{marked: 6, right: []int{5}}
	if metric != "" {
		headers = append(headers, strings.ToUpper(metric))
	}
	g.lines = append(g.lines, headers)
	for _, r := range runs {
		m := outcomeMarks[r.Outcome]
		line := []string{
			date(r.Started), clean(short(r.Target.Ref)), clean(r.ID), clean(strings.Join(r.Variants, " ")), clean(strings.Join(r.Data, " ")),
			fmt.Sprint(r.Trials), strings.TrimSpace(string(m) + " " + words(r.Outcome)), clean(strings.Join(changedAt(r, all), "; ")),
		}
		if metric != "" {
			line = append(line, chosenOf(r))
		}
		g.lines, g.marks = append(g.lines, line), append(g.marks, m)
	}
	if _, err := fmt.Fprintln(w, g.draw(o)); err != nil {
		return fmt.Errorf("writing the history: %w", err)
	}
	return nil
}

// chosenOf are the run's chosen points.
func chosenOf(r history.Run) string {
	var said []string
	for _, p := range r.Points {
		if text := figureOf(p); text != "" {
			said = append(said, text)
		}
	}
	return strings.Join(said, "; ")
}

// mostChanges is how many changes of one run a table names.
const mostChanges = 3

// changedAt names what changed at the run.
func changedAt(r history.Run, all []history.Series) []string {
	var said []string
	for _, s := range all {
		for _, c := range s.Changes {
			if at := s.Nights[c.At].Run; at.ID == r.ID && at.Started.Equal(r.Started) {
				said = append(said, s.Metric+" "+signedIn(c.By(), s.Unit))
			}
		}
	}
	if len(said) > mostChanges {
		said = append(said[:mostChanges], fmt.Sprintf("and %d more", len(said)-mostChanges))
	}
	return said
}

func date(t time.Time) string { return t.UTC().Format("2006-01-02T15:04Z") }

// short is a commit in as many digits as people read.
func short(ref string) string { return ref[:min(len(ref), 12)] }

// figureOf prints a point with its interval; "" where it is not known.
func figureOf(p history.Point) string {
	if p.Value == nil {
		return ""
	}
	text := inUnit(*p.Value, p.Unit)
	if p.Low != nil && p.High != nil {
		text += fmt.Sprintf(" [%s, %s]", bareIn(*p.Low, p.Unit), bareIn(*p.High, p.Unit))
	}
	return text
}

// inUnit prints a value of a point with its unit, bareIn without.
func inUnit(v float64, unit string) string {
	names := map[string]string{history.Bytes: " MiB", history.Ratio: " %", history.Seconds: " ms", history.Users: " users"}
	return bareIn(v, unit) + names[unit]
}

func bareIn(v float64, unit string) string {
	switch unit {
	case history.Bytes:
		return fmt.Sprintf("%.0f", v/memory.MiB)
	case history.Ratio:
		return fmt.Sprintf("%.1f", 100*v)
	case history.Seconds:
		return fmt.Sprintf("%.4g", 1000*v)
	}
	return fmt.Sprintf("%g", v)
}

// signedIn prints by how much a level changed.
func signedIn(v float64, unit string) string {
	if math.Signbit(v) {
		return "-" + inUnit(-v, unit)
	}
	return "+" + inUnit(v, unit)
}
