package report

import (
	"fmt"
	"math"
	"slices"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// claimed is a section of the page: a claim and all that speaks about it.
type claimed struct {
	ID, Text, Says, Source string
	Outcome                string
	Mark                   mark
	Reference              bool // it was measured on the reference app only
	By                     []evidence
	Turns                  string // where it turns with the data
}

// evidence is what the trials on one data profile say of a claim.
type evidence struct {
	Data     string
	Said     string
	Mark     mark
	Measured string
	Reasons  []string
	Strip    *strip // nil for a claim without a figure
	Trials   []trialFigure
}

// trialFigure is one trial's part in it.
type trialFigure struct {
	Name, Figure string
	Mark         mark
}

// strip is one axis of memory with the document above it, the trials below.
type strip struct {
	Ticks     []tick
	Said, Low percentage // Low is the other end of a range
	Range     bool
	Below     bool
	Trials    []percentage
	Mean      percentage
	HasMean   bool
	Interval  bool
	From, To  percentage
}

// claimedOf are the sections, in the document's order.
func claimedOf(v *verdict.Verdict) []claimed {
	var out []claimed
	for _, c := range v.Claims {
		section := claimed{
			ID: clean(c.ID), Text: clean(c.Text), Says: clean(c.Of.Says()),
			Source:  clean(fmt.Sprintf("%s, line %d", c.Source.File, c.Source.Line)),
			Outcome: words(c.Outcome), Mark: claimMark(c.Outcome), Reference: c.SpeaksFor == "reference" && c.Outcome != verdict.NotMeasured,
			Turns: turns(v, c),
		}
		for _, data := range sortedKeys(c.ByData) {
			section.By = append(section.By, evidenceOf(v, c, data))
		}
		out = append(out, section)
	}
	return out
}

func claimMark(outcome string) mark {
	switch outcome {
	case verdict.Confirmed:
		return good
	case verdict.Refuted:
		return bad
	}
	return unknown
}

func evidenceOf(v *verdict.Verdict, c verdict.Claim, data string) evidence {
	word := c.ByData[data]
	e := evidence{Data: clean(data), Reasons: cleanAll(word.Reasons)}
	e.Mark, e.Said = claimSaid(c, word)
	if m := word.Measured; m != nil {
		e.Measured = measuredOf(m)
		if e.Measured != "" {
			e.Measured += ", " + count(m.N, "trial", "trials")
		}
	}
	var figures []float64
	switch {
	case c.Of.Kind == claim.Crash || c.Of.Kind == claim.Share:
		e.Trials = fates(v, c, data)
		return e
	case c.Of.Kind == claim.Capacity || c.Of.Kind == claim.Behaviour:
		return e
	case c.Of.Versus.Variant != "":
		e.Trials, figures = differencesOf(word)
	case c.Of.Listening:
		e.Trials, figures = listeningOf(v, word)
	default:
		e.Trials, figures = figuresOf(v, c, data)
	}
	e.Strip = stripOf(c, word.Measured, figures)
	return e
}

// trialName names a trial within its series.
func trialName(t verdict.Trial) string {
	if t.Round > 0 {
		return fmt.Sprintf("round %d", t.Round)
	}
	return fmt.Sprintf("trial %d", t.Number)
}

// differencesOf are the rounds of a difference.
func differencesOf(w verdict.Word) (list []trialFigure, figures []float64) {
	for _, f := range w.Trials {
		list = append(list, trialFigure{Name: f.Name, Figure: signed(f.Bytes)})
		figures = append(figures, float64(f.Bytes))
	}
	return list, figures
}

// listeningOf are the trials' figures before the first request.
func listeningOf(v *verdict.Verdict, w verdict.Word) (list []trialFigure, figures []float64) {
	for _, t := range trialsOn(v, w, 0) {
		if u, ok := t.Idle.Listening.Get(); ok {
			list = append(list, trialFigure{Name: trialName(t.Trial), Figure: fmt.Sprintf("%.1f MiB", float64(u)/memory.MiB)})
			figures = append(figures, float64(u))
		}
	}
	return list, figures
}

// figuresOf are the trials' levels, or largest U for "stays under". Of several
// numbers of users each trial has several.
func figuresOf(v *verdict.Verdict, c verdict.Claim, data string) (list []trialFigure, figures []float64) {
	for _, users := range c.Of.Users {
		for _, t := range trialsOn(v, c.ByData[data], users) {
			f := trialFigure{Name: trialName(t.Trial), Figure: "not held"}
			if len(c.Of.Users) > 1 {
				f.Name += ", " + verdict.Crowd(users)
			}
			u := t.hold.Median
			if c.Of.Kind == claim.Below {
				u = t.hold.Max
			}
			if bytes, ok := u.Get(); ok {
				f.Figure = fmt.Sprintf("%.1f MiB", float64(bytes)/memory.MiB)
				figures = append(figures, float64(bytes))
			}
			list = append(list, f)
		}
	}
	return list, figures
}

// trialsOn are the trials that a word is about.
func trialsOn(v *verdict.Verdict, w verdict.Word, users int) []heldTrial {
	var out []heldTrial
	for _, i := range w.Series {
		out = append(out, trialsAt(v, v.Series[i], users)...)
	}
	return out
}

// fates are how the trials of a crash claim ended.
func fates(v *verdict.Verdict, c verdict.Claim, data string) []trialFigure {
	var list []trialFigure
	for _, t := range trialsOn(v, c.ByData[data], slices.Max(c.Of.Users)) {
		f := trialFigure{Name: trialName(t.Trial), Figure: words(t.Outcome), Mark: unknown}
		switch {
		case t.OOMKills != nil && *t.OOMKills > 0:
			f.Figure, f.Mark = "killed by the kernel", bad
		case t.OOMKills != nil && !t.hold.Max.IsZero():
			u, _ := t.hold.Max.Get()
			f.Figure, f.Mark = "lived, largest U "+mib(int64(u)), good
		}
		list = append(list, f)
	}
	return list
}

// stripOf draws the document's figure, the trials' and their mean; from 0 on, or
// from the lowest where a difference is below it.
func stripOf(c verdict.Claim, m *verdict.Measured, figures []float64) *strip {
	least, most := 0.0, float64(c.Of.HighBytes)
	if m != nil && m.CI95 != nil {
		figures = append(slices.Clone(figures), float64(m.CI95[0]), float64(m.CI95[1]))
	}
	for _, f := range figures {
		least, most = min(least, f), max(most, f)
	}
	if most <= 0 {
		return nil
	}
	least, most = 1.15*least, 1.15*most
	at := func(bytes float64) percentage { return across(bytes-least, most-least) }
	s := &strip{
		Said: at(float64(c.Of.HighBytes)), Low: at(float64(c.Of.LowBytes)),
		Range: c.Of.LowBytes > 0 && c.Of.HighBytes > c.Of.LowBytes, Below: c.Of.Kind == claim.Below,
	}
	by := step((most-least)/memory.MiB) * memory.MiB
	for v := by * math.Ceil(least/by); v <= most; v += by {
		s.Ticks = append(s.Ticks, tick{place{X: at(v)}, number(v / memory.MiB)})
	}
	if m != nil && m.CI95 != nil {
		s.Interval, s.From, s.To = true, at(float64(m.CI95[0])), at(float64(m.CI95[1]))
		figures = figures[:len(figures)-2]
	}
	for _, f := range figures {
		s.Trials = append(s.Trials, at(f))
	}
	if m != nil && m.Bytes != nil {
		s.HasMean, s.Mean = true, at(float64(*m.Bytes))
	}
	return s
}
