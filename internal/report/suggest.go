package report

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// Suggestion is what the document should say of one claim, by what was measured.
type Suggestion struct {
	Claim string `json:"claim"`
	Line  int    `json:"line"`
	Says  string `json:"says"` // the document, as it is read
	// Figure is what was measured; "" where nothing was decided, and the document's
	// own number stays, with Mark behind it.
	Figure string `json:"figure,omitempty"`
	Mark   string `json:"mark"`

	of claim.Claim
}

// Suggest returns a suggestion for each claim of the document. Only what was
// decided gets a figure; date is when it was measured.
func Suggest(v *verdict.Verdict, doc *claim.Document, date string) []Suggestion {
	var all []Suggestion
	for _, c := range doc.Claims {
		s := Suggestion{Claim: c.ID, Line: c.Source.Line, Says: c.Says(), Mark: "not measured", of: c}
		i := slices.IndexFunc(v.Claims, func(judged verdict.Claim) bool { return judged.ID == c.ID })
		if i >= 0 {
			s.fill(v.Claims[i], date)
		}
		all = append(all, s)
	}
	return all
}

// fill takes the figures of each data profile that was decided.
func (s *Suggestion) fill(c verdict.Claim, date string) {
	var figures, marks, outcomes []string
	for _, data := range sortedKeys(c.ByData) {
		w := c.ByData[data]
		decided := w.Outcome == verdict.Confirmed || w.Outcome == verdict.Refuted
		figure := ""
		if w.Measured != nil {
			figure = mainFigure(w.Measured)
		}
		switch {
		case decided && figure != "":
			figures = append(figures, figure)
			marks = append(marks, fmt.Sprintf("%s data, N %d", data, w.Measured.N))
			outcomes = append(outcomes, w.Outcome)
		case decided: // a behaviour that has no figure
			marks, outcomes = append(marks, data+" data"), append(outcomes, w.Outcome)
		case w.Outcome == verdict.NotMeasured:
			marks = append(marks, data+" data not measured")
		default:
			marks = append(marks, data+" data: cannot tell")
		}
	}
	if len(outcomes) == 0 {
		if c.Outcome != verdict.NotMeasured {
			s.Mark = "measured, and cannot tell"
		}
		return
	}
	outcome := strings.Join(slices.Compact(outcomes), " and ")
	if len(figures) > 0 {
		s.Figure = strings.Join(figures, "; ")
	}
	s.Mark = strings.Join(marks, "; ") + ", measured " + date
	if c.SpeaksFor == "reference" {
		s.Mark = "reference app, " + s.Mark
	}
	s.Mark += ": " + outcome
}

// Corrected returns the document's text with the suggestions in it, which name
// its lines. A figure takes the place of the document's, which stands behind it;
// what was not decided is left and marked. skipped are the claims whose line is code.
// file stands in the errors.
func Corrected(file, text string, all []Suggestion) (corrected string, skipped []string, err error) {
	lines := strings.Split(text, "\n")
	code := fenced(lines)
	from := map[int]int{} // how far of each line is done
	for _, s := range all {
		n := s.Line - 1
		if n >= len(lines) {
			return "", nil, fmt.Errorf("%s:%d: there is no such line: is it the document that the claims are of?", file, s.Line)
		}
		if code[n] {
			skipped = append(skipped, s.Claim)
			continue
		}
		done, rest := lines[n][:from[s.Line]], lines[n][from[s.Line]:]
		at, found := s.place(rest)
		if !found {
			return "", nil, fmt.Errorf("%s:%d: claim %s says %s, and that is not there: is it the document that the claims are of?", file, s.Line, s.Claim, s.Says)
		}
		was := rest[at[0]:at[1]]
		is := strings.ReplaceAll(s.words(was), "|", "/")
		lines[n] = done + rest[:at[0]] + is + rest[at[1]:]
		from[s.Line] = len(done) + at[0] + len(is)
	}
	return strings.Join(lines, "\n"), skipped, nil
}

// words are what stands in place of was: the document's own figure; "" for a
// claim without one.
func (s Suggestion) words(was string) string {
	switch {
	case was == "" && s.Figure == "":
		return " (" + s.Mark + ")"
	case was == "":
		return " (" + s.Figure + "; " + s.Mark + ")"
	case s.Figure == "":
		return was + " (" + s.Mark + ")"
	}
	return s.Figure + " (" + s.Mark + "; the document said " + was + ")"
}

// place finds the claim's figure in a line, as from and to. A claim that has none
// there belongs at the end, before the bar that closes a table's row.
func (s Suggestion) place(line string) (at [2]int, found bool) {
	if pattern := figurePattern(s.of); pattern != "" {
		switch found := regexp.MustCompile(pattern).FindStringIndex(line); {
		case found != nil:
			return [2]int{found[0], found[1]}, true
		case s.of.Kind != claim.Capacity: // that may be said by a comparison of plans
			return at, false
		}
	}
	end := len(strings.TrimRight(line, " \t\r"))
	if row := strings.TrimRight(line[:end], "|"); row != line[:end] {
		end = len(strings.TrimRight(row, " "))
	}
	return [2]int{end, end}, true
}

// figurePattern is how the document writes the claim's figure; "" for a claim that
// it gives in words.
func figurePattern(c claim.Claim) string {
	const to = `\s*[-–]\s*`
	low, high := c.LowBytes/memory.MiB, c.HighBytes/memory.MiB
	switch {
	case c.Kind == claim.Crash:
		return `(?i)\bcrash(es)?\b`
	case c.Kind == claim.Below:
		return fmt.Sprintf(`\b%d\s*MB\b`, high)
	case high > low:
		return fmt.Sprintf(`\b%d%s%d\s*MB\b`, low, to, high)
	case high > 0:
		return fmt.Sprintf(`\b%d\s*MB\b`, high)
	case c.HighUsers > 0:
		return fmt.Sprintf(`\b%d%s%d\b`, c.LowUsers, to, c.HighUsers)
	case c.LowUsers > 0: // "50+" is more than 50, "20+" is 20 and more
		return fmt.Sprintf(`\b(%d|%d)\+|<\s*%d\b`, c.LowUsers, c.LowUsers-1, c.LowUsers+1)
	case c.HighPercent > 0:
		return fmt.Sprintf(`\b%g%s%g\s*%%`, c.LowPercent, to, c.HighPercent)
	}
	return ""
}

// fenced says which lines stand in a block of code, its fences included.
func fenced(lines []string) []bool {
	code, inside := make([]bool, len(lines)), false
	for i, line := range lines {
		fence := strings.HasPrefix(strings.TrimSpace(line), "```")
		code[i] = inside || fence
		if fence {
			inside = !inside
		}
	}
	return code
}

// Suggestions writes the suggestions as a table.
func Suggestions(w io.Writer, all []Suggestion, o Options) error {
	g := grid{lines: [][]string{{"CLAIM", "LINE", "DOCUMENT SAYS", "SHOULD SAY", "BECAUSE"}}, marked: -1}
	for _, s := range all {
		figure := s.Figure
		if figure == "" {
			figure = "as it is, marked"
		}
		g.lines = append(g.lines, cleanAll([]string{s.Claim, fmt.Sprint(s.Line), s.Says, figure, s.Mark}))
	}
	if _, err := fmt.Fprintln(w, g.draw(o)); err != nil {
		return fmt.Errorf("writing the suggestions: %w", err)
	}
	return nil
}

// SuggestionsJSON writes the suggestions as a JSON array.
func SuggestionsJSON(w io.Writer, all []Suggestion) error {
	return indented(w, append([]Suggestion{}, all...), "the suggestions")
}
