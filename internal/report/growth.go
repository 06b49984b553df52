package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// growth is users against memory in one series: what was measured beside what
// the document says.
type growth struct {
	Name     string
	Y        []tick
	Users    []tick
	Line     string // through the measured levels
	Measured []measuredPoint
	Said     []saidPoint
	Lines    []line
	Summary  string
}

// measuredPoint is a level: its trials, their mean and its interval.
type measuredPoint struct {
	place
	Label     string
	Interval  bool // false for one trial
	Low, High px
	Max       px // the largest U
	Trials    []place
	Left      bool // the label
}

// saidPoint is what the document says of a number of users.
type saidPoint struct {
	place
	Range bool // from Low to Y
	Low   px
	Label string
	Event bool // a crash: no figure, so it stands on the limit
	Below bool // "under" the figure
	Above bool // the label: over its mark, not beside it
	Left  bool // the label
}

// growths are the charts, one a series.
func growths(v *verdict.Verdict) []growth {
	var out []growth
	for i, of := range v.Series {
		var levels []verdict.Level
		for _, l := range v.Levels {
			if l.Series == i && l.Unreclaimable != nil {
				levels = append(levels, l)
			}
		}
		if len(levels) > 0 {
			out = append(out, growthOf(v, i, of, levels))
		}
	}
	return out
}

// seriesName says what a series is of, and what sets it apart.
func seriesName(s verdict.Series) string {
	if s.Among != "" {
		return clean(strings.Trim(s.Among, " ()"))
	}
	limit := "no limit"
	if s.LimitBytes > 0 {
		limit = "limit " + mib(s.LimitBytes)
	}
	return clean(s.Variant + ", " + s.Data + " data, " + limit)
}

func growthOf(v *verdict.Verdict, i int, of verdict.Series, levels []verdict.Level) growth {
	said := saidOf(v, i, of.Data)
	most, peak := 0, 0.0
	for _, l := range levels {
		most, peak = max(most, l.Users), max(peak, float64(l.Unreclaimable.Max))
	}
	for _, c := range said {
		peak = max(peak, float64(c.HighBytes))
		most = max(most, slices.Max(c.Users))
	}
	s := scaleFor(peak, of.LimitBytes, of.BudgetBytes)
	g := growth{Name: seriesName(of), Y: s.ticks(), Lines: lines(s, of.LimitBytes, of.BudgetBytes)}
	for _, l := range levels {
		g.Measured = append(g.Measured, measuredAt(v, l, s, most))
		g.Users = append(g.Users, tick{place{X: usersAt(l.Users, most)}, verdict.Crowd(l.Users)})
		g.Summary += fmt.Sprintf("%s: %s. ", verdict.Crowd(l.Users), mib(l.Unreclaimable.Median))
	}
	g.Line = through(levels, s, most)
	for _, c := range said {
		g.Said = append(g.Said, saidAt(c, s, of.LimitBytes, most)...)
	}
	keepApart(&g)
	return g
}

// saidOf are the document's claims that the series was judged by.
func saidOf(v *verdict.Verdict, series int, data string) []claim.Claim {
	var out []claim.Claim
	for _, c := range v.Claims {
		drawn := onLevel(c) || c.Of.Kind == claim.Below
		if drawn && slices.Contains(c.ByData[data].Series, series) {
			out = append(out, c.Of)
		}
	}
	return out
}

// usersAt leaves room for marks and labels at both ends.
func usersAt(users, most int) percentage {
	return percentage(12 + 74*float64(users)/float64(max(most, 1)))
}

func measuredAt(v *verdict.Verdict, l verdict.Level, s scale, most int) measuredPoint {
	p := measuredPoint{
		place: place{usersAt(l.Users, most), s.at(float64(l.Unreclaimable.Median))},
		Label: fmt.Sprintf("%.0f", float64(l.Unreclaimable.Median)/memory.MiB),
		Max:   s.at(float64(l.Unreclaimable.Max)),
	}
	if ci := l.Unreclaimable.CI95; ci != nil {
		p.Interval, p.Low, p.High = true, s.at(float64(ci[0])), s.at(float64(ci[1]))
	}
	for _, t := range trialsAt(v, v.Series[l.Series], l.Users) {
		if u, ok := t.hold.Median.Get(); ok {
			p.Trials = append(p.Trials, place{p.X, s.at(float64(u))})
		}
	}
	return p
}

// heldTrial is a trial and its hold of some number of users; hold is zero for
// a trial that never came so far.
type heldTrial struct {
	verdict.Trial
	hold verdict.Hold
}

// trialsAt are the trials of a series, with their holds of that many users.
func trialsAt(v *verdict.Verdict, of verdict.Series, users int) []heldTrial {
	var out []heldTrial
	for _, i := range of.Trials {
		at := heldTrial{Trial: v.Trials[i]}
		for _, h := range at.Holds {
			if h.Level && h.Users == users {
				at.hold = h
			}
		}
		out = append(out, at)
	}
	return out
}

// through is the line through the levels: a guide for the eye.
func through(levels []verdict.Level, s scale, most int) string {
	path := ""
	for i, l := range levels {
		x := curveWidth / 100 * float64(usersAt(l.Users, most))
		path += fmt.Sprintf("%s%s %s", []string{"M", "L"}[min(i, 1)], number(x), s.at(float64(l.Unreclaimable.Median)))
	}
	return path
}

// saidAt is a claim at each number of users that it names.
func saidAt(c claim.Claim, s scale, limit int64, most int) []saidPoint {
	var out []saidPoint
	for i, users := range c.Users {
		p := saidPoint{place: place{usersAt(users, most), s.at(float64(c.HighBytes))}}
		switch {
		case c.Kind == claim.Crash:
			p.Event, p.Y, p.Above = true, 0, limit == 0
			if limit > 0 {
				p.Y = s.at(float64(limit))
			}
		case c.Kind == claim.Below:
			p.Below, p.Above = true, true
		case c.HighBytes > c.LowBytes:
			p.Range, p.Low = true, s.at(float64(c.LowBytes))
		}
		if i == 0 {
			p.Label = clean(c.Says() + " (" + c.ID + ")")
		}
		out = append(out, p)
	}
	return out
}

// labelHeight is by how much two labels must be apart, in pixels.
const labelHeight = 16

// keepApart puts the labels beside their marks so that none leaves the chart or
// lies on another.
func keepApart(g *growth) {
	for i := range g.Said {
		said := &g.Said[i]
		said.Left = said.X > 70
		for j := range g.Measured {
			m := &g.Measured[j]
			if m.X == said.X && !said.Event && !said.Below && math.Abs(float64(m.Y-said.Y)) < labelHeight {
				m.Left = !said.Left
			}
		}
	}
}
