package report

import (
	"fmt"
	"math"
	"slices"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
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
	Left  bool // the label
}

// growths are the charts, one for each variant on each data profile.
func growths(v *verdict.Verdict) []growth {
	var out []growth
	for _, of := range seriesOf(v) {
		var levels []verdict.Level
		for _, l := range v.Levels {
			if l.Variant == of.variant && l.Data == of.data && l.LimitBytes == of.limit && l.Unreclaimable != nil {
				levels = append(levels, l)
			}
		}
		if len(levels) > 0 {
			out = append(out, growthOf(v, of, levels))
		}
	}
	return out
}

// series names the trials that differ in nothing but chance.
type series struct {
	variant, data string
	limit         int64
}

func (s series) String() string {
	limit := "no limit"
	if s.limit > 0 {
		limit = "limit " + mib(s.limit)
	}
	return clean(fmt.Sprintf("%s, %s data, %s", s.variant, s.data, limit))
}

func seriesOf(v *verdict.Verdict) []series {
	var all []series
	for _, l := range v.Levels {
		if s := (series{l.Variant, l.Data, l.LimitBytes}); !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

func growthOf(v *verdict.Verdict, of series, levels []verdict.Level) growth {
	said := saidOf(v, of)
	most, peak := 0, 0.0
	for _, l := range levels {
		most, peak = max(most, l.Users), max(peak, float64(l.Unreclaimable.Max))
	}
	for _, c := range said {
		peak = max(peak, float64(c.HighBytes))
		most = max(most, slices.Max(c.Users))
	}
	// A budget is a series' own; the first header's is drawn where it is the only one.
	budget := int64(0)
	if len(v.Budgets) == 1 {
		budget = v.Budgets[0].Limit
	}
	s := scaleFor(peak, of.limit, budget)
	g := growth{Name: of.String(), Y: s.ticks(), Lines: lines(s, run.Header{LimitBytes: of.limit, BudgetBytes: budget})}
	for _, l := range levels {
		g.Measured = append(g.Measured, measuredAt(v, l, s, most))
		g.Users = append(g.Users, tick{place{X: usersAt(l.Users, most)}, verdict.Crowd(l.Users)})
		g.Summary += fmt.Sprintf("%s: %s. ", verdict.Crowd(l.Users), mib(l.Unreclaimable.Median))
	}
	g.Line = through(levels, s, most)
	for _, c := range said {
		g.Said = append(g.Said, saidAt(c, s, of.limit, most)...)
	}
	keepApart(&g)
	return g
}

// saidOf are the document's claims that are about this series' levels.
func saidOf(v *verdict.Verdict, of series) []claim.Claim {
	var out []claim.Claim
	for _, c := range v.Claims {
		if _, judged := c.ByData[of.data]; !judged || c.Of.Variant != of.variant || len(c.Of.Users) == 0 {
			continue
		}
		if slices.Contains([]string{claim.Level, claim.Below, claim.Crash}, c.Of.Kind) {
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
	for _, t := range trialsAt(v, l.Variant, l.Data, l.LimitBytes, l.Users) {
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

// trialsAt are a level's trials. Collected ones speak of no level.
func trialsAt(v *verdict.Verdict, variant, data string, limit int64, users int) []heldTrial {
	var out []heldTrial
	for _, t := range v.Trials {
		if t.Variant != variant || t.Data != data || t.LimitBytes != limit || t.Kind != "natural" {
			continue
		}
		at := heldTrial{Trial: t}
		for _, h := range t.Holds {
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
			p.Event, p.Y = true, 0
			if limit > 0 {
				p.Y = s.at(float64(limit))
			}
		case c.Kind == claim.Below:
			p.Below = true
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
