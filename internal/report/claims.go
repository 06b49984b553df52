package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pixeltales/pixelload/internal/verdict"
)

// claimRow is a claim and what the trials on one data profile say of it: a line
// of a campaign's table.
type claimRow struct {
	ID, Claim  string
	Says, Line string // what the document says, and where
	Measured   string // with its number of trials
	Beside     []string
	Mark       mark
	Said, Why  string
	Turns      string // where the answer changes with the data; on a claim's first row
}

// measured is all that was measured, in one cell.
func (r claimRow) measured() string {
	return strings.Join(said(append([]string{r.Measured}, r.Beside...)), "; ")
}

// why is the reason and where the answer turns, in one cell.
func (r claimRow) why() string { return strings.Join(said([]string{r.Why, r.Turns}), "; ") }

// claimHeaders names the columns of a campaign's table.
var claimHeaders = []string{"CLAIM", "DOCUMENT SAYS", "MEASURED (95 % CI)", "VERDICT", "WHY"}

// claimTable has a row for every claim and data profile, in the document's order.
func claimTable(v *verdict.Verdict) []claimRow {
	var rows []claimRow
	for _, c := range v.Claims {
		for i, data := range sortedKeys(c.ByData) {
			word := c.ByData[data]
			r := claimRow{ID: clean(c.ID), Claim: clean(c.Text), Says: clean(c.Of.Says()), Line: fmt.Sprintf("line %d", c.Source.Line)}
			if len(v.Data) > 1 {
				r.Claim += clean(", " + data)
			}
			if m := word.Measured; m != nil {
				r.Beside = beside(m)
				if main := mainFigure(m); main != "" {
					r.Measured = fmt.Sprintf("%s, n = %d", main, m.N)
				}
			}
			r.Mark, r.Said = claimSaid(c, word)
			if len(word.Reasons) > 0 {
				r.Why = clean(word.Reasons[0])
			}
			if i == 0 {
				r.Turns = turns(v, c)
			}
			rows = append(rows, r)
		}
	}
	return rows
}

// tally counts the claims of a campaign by their outcomes, in a sentence.
func tally(v *verdict.Verdict) string {
	counts := map[string]int{}
	for _, c := range v.Claims {
		counts[c.Outcome]++
	}
	text := count(len(v.Claims), "claim", "claims")
	for i, outcome := range []string{verdict.Confirmed, verdict.Refuted, verdict.Inconclusive, verdict.NotMeasured} {
		text += fmt.Sprintf("%s %d %s", []string{":", ","}[min(i, 1)], counts[outcome], words(outcome))
	}
	return text
}

// open are the claims that a further round, or a first one, may decide.
func open(v *verdict.Verdict) []string {
	var ids []string
	for _, c := range v.Claims {
		if slices.Contains([]string{verdict.Inconclusive, verdict.NotMeasured}, c.Outcome) {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// turns says where the answer to a claim changes with the data; "" where it does
// not. It says it of public stories, and what else the profiles differ in.
func turns(v *verdict.Verdict, c verdict.Claim) string {
	t := c.TurnsAt
	if t == nil {
		return ""
	}
	was := map[string]string{verdict.Confirmed: verdict.Refuted, verdict.Refuted: verdict.Confirmed}[t.Outcome]
	var names []string
	for _, data := range sortedKeys(c.ByData) {
		if v.Data[data].PublicBytes == t.AfterBytes && c.ByData[data].Outcome == was {
			names = append(names, data)
		}
	}
	text := fmt.Sprintf("%s on %s (%s), %s from %s of public stories on; between the two it was not decided",
		was, strings.Join(names, " and "), tenths(t.AfterBytes), t.Outcome, tenths(t.PublicBytes))
	if len(t.AlsoDiffer) > 0 {
		text += "; the profiles differ in " + strings.Join(t.AlsoDiffer, ", ") + " as well"
	}
	return clean(text)
}
