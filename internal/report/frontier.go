package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/pixeltales/pixelload/internal/frontier"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// FrontierFormats are the ways of writing a frontier, by their names; all are
// kept in its folder.
var FrontierFormats = []struct {
	Name, File string
	Write      func(io.Writer, *frontier.Map) error
}{
	{"json", "frontier.json", FrontierJSON},
	{"svg", "frontier.svg", FrontierSVG},
	{"html", "frontier.html", FrontierHTML},
}

// FrontierJSON writes m as frontier.json.
func FrontierJSON(w io.Writer, m *frontier.Map) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(m); err != nil {
		return fmt.Errorf("writing the frontier: %w", err)
	}
	return nil
}

// states are the marks of what memory does in a cell.
var states = map[string]mark{frontier.Fits: good, frontier.Tight: unknown, frontier.Killed: bad, frontier.Unknown: "?"}

// Frontier writes m as a table, users from left to right and data downwards, then
// what it says of the document's numbers.
func Frontier(w io.Writer, m *frontier.Map, o Options) error {
	var b strings.Builder
	b.WriteString("\n" + wrap(" ", clean(aboutMap(m)), o.Width) + "\n\n")
	header := []string{"PUBLIC STORIES"}
	for _, users := range m.Users {
		header = append(header, strings.ToUpper(verdict.Crowd(users)))
	}
	g := grid{lines: [][]string{header}, marked: -1}
	for i, row := range m.Data {
		line := []string{rowName(row)}
		for j := range m.Users {
			line = append(line, cellText(m.Cell(i, j)))
		}
		g.lines = append(g.lines, line)
	}
	b.WriteString(g.draw(o) + "\n\n")
	say := func(label, text string) {
		b.WriteString(wrap(" "+label+strings.Repeat(" ", max(1, 6-lipgloss.Width(label))), clean(text), o.Width) + "\n")
	}
	outcome := outcomeOfMap(m)
	say(outcome.word, headlineOf(m))
	for i, p := range pointTexts(m) {
		say([]string{"Says", ""}[min(i, 1)], p)
	}
	for i, r := range m.Reasons {
		say([]string{"Why", ""}[min(i, 1)], r)
	}
	for i, text := range mapNotes(m) {
		say([]string{"Note", ""}[min(i, 1)], text)
	}
	say("Next", nextOfMap(m))
	if o.Path != "" {
		say("Run", o.Path)
	}
	if o.Page != "" {
		say("Page", o.Page)
	}
	say("Exit", fmt.Sprint(m.ExitCode))
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("writing the frontier: %w", err)
	}
	return nil
}

// aboutMap is on what the map was measured.
func aboutMap(m *frontier.Map) string {
	target := m.Target.Name
	if m.Target.Ref != "" {
		target += " @ " + m.Target.Ref
	}
	return fmt.Sprintf("%s   variant %s   %s   %s in %s   seed %d",
		target, m.Variant, planOf(m), count(len(m.Trials), "trial", "trials"), minutes(m.Seconds), m.Seed)
}

// planOf names the plan and what of it was enforced.
func planOf(m *frontier.Map) string {
	processor := "processor not limited"
	if m.CPUs > 0 {
		processor = fmt.Sprintf("%g CPUs", m.CPUs)
	}
	return fmt.Sprintf("plan %s (%s, %s)", m.Plan, mib(m.LimitBytes), processor)
}

func minutes(seconds float64) string { return fmt.Sprintf("%.0f min", seconds/60) }

// rowName is what the data was asked to hold, and what it holds.
func rowName(row frontier.Row) string {
	name := number(row.AskedMiB) + " MiB"
	if row.PublicBytes != nil {
		name += fmt.Sprintf(" (%.1f)", float64(*row.PublicBytes)/memory.MiB)
	}
	return name
}

// cellText is a cell in a few characters: a measured one with the largest U, an
// implied one in brackets.
func cellText(c frontier.Cell) string {
	text := string(states[c.Memory])
	if u, known := c.Largest.Get(); known && c.Memory != frontier.Killed {
		text += fmt.Sprintf(" %.0f", float64(u)/memory.MiB)
	}
	if c.Service == frontier.Lost && c.Memory != frontier.Killed {
		text += " lost"
	}
	if c.N == 0 && c.Memory != frontier.Unknown {
		return "(" + text + ")"
	}
	return text
}

func outcomeOfMap(m *frontier.Map) outcome {
	if m.Outcome == verdict.Pass {
		return outcome{"DONE", good}
	}
	return outcomes[m.Outcome]
}

// headlineOf counts what the map is made of.
func headlineOf(m *frontier.Map) string {
	counts, measured := map[string]int{}, 0
	for _, c := range m.Cells {
		counts[c.Memory]++
		if c.N > 0 {
			measured++
		}
	}
	text := fmt.Sprintf("of %d cells %d fit, %d are tight, %d do not fit", len(m.Cells), counts[frontier.Fits], counts[frontier.Tight], counts[frontier.Killed])
	if counts[frontier.Unknown] > 0 {
		text += fmt.Sprintf(", %d are not told", counts[frontier.Unknown])
	}
	return text + fmt.Sprintf("; %d were measured, the others are implied", measured)
}

// pointTexts are the document's numbers of users as points of the map.
func pointTexts(m *frontier.Map) []string {
	var texts []string
	for _, p := range m.Points {
		texts = append(texts, fmt.Sprintf("%s (%s) %s", verdict.Crowd(p.Users), strings.Join(p.Claims, ", "), reach(m, p)))
	}
	return texts
}

// reach says with how much data the users of a point fit.
func reach(m *frontier.Map, p frontier.Point) string {
	asked := map[string]string{}
	for _, row := range m.Data {
		asked[row.Name] = number(row.AskedMiB)
	}
	switch {
	case p.FitsTo == "" && p.KilledFrom == "":
		return "were not told"
	case p.FitsTo == "":
		return fmt.Sprintf("do not even fit with %s MiB of public stories", asked[p.KilledFrom])
	case p.KilledFrom == "":
		return fmt.Sprintf("fit with %s MiB of public stories, the most that was tried", asked[p.FitsTo])
	}
	return fmt.Sprintf("fit with %s MiB of public stories, and not with %s", asked[p.FitsTo], asked[p.KilledFrom])
}

// mapNotes say how the map is to be read.
func mapNotes(m *frontier.Map) []string {
	notes := []string{fmt.Sprintf("Figures are the largest U in MiB: %s fits, %s is tight (over %s, or the next trial may be over the limit), %s was killed or stopped at the brink; "+
		"in brackets: implied, since who fits with more fits with less.", good, unknown, mib(m.BudgetBytes), bad)}
	if m.CPUs > 0 {
		notes = append(notes, "lost: memory fits and the service is not kept (delivery, errors, or answers later than the app's own time-out).")
	}
	if m.Target.Kind == "reference" {
		notes = append(notes, "Figures are on the reference app and do not speak for the real one.")
	}
	return notes
}

func nextOfMap(m *frontier.Map) string {
	if m.Outcome != verdict.Pass {
		return "pixelload capacity --frontier --out DIR   goes on where it stopped"
	}
	return "pixelload plan --users 3 --data-mib 16 --variant " + m.Variant + "   what this means for a plan"
}
