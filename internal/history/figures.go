package history

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/verdict"
)

const (
	exitInterrupted = verdict.ExitInterrupted
	exitScenario    = verdict.ExitScenarioError
)

// Of takes the figures out of a verdict. The runs are those it was made of, and
// folder is where they lie.
func Of(v *verdict.Verdict, runs []*run.Run, folder string) (Run, error) {
	if len(v.Trials) == 0 || len(runs) == 0 {
		return Run{}, errors.New("it has no trial that could be read")
	}
	what := fingerprintOf(v.Header)
	id, err := what.id()
	if err != nil {
		return Run{}, err
	}
	r := Run{
		ID: v.Header.ID, Started: earliest(runs), Folder: folder, Target: v.Target, Tool: v.Header.Tool,
		Fingerprint: id, What: what, Trials: len(v.Trials), Outcome: v.Outcome, ExitCode: v.ExitCode,
	}
	for _, t := range v.Trials {
		r.Variants, r.Data = append(r.Variants, t.Variant), append(r.Data, t.Data)
	}
	r.Variants, r.Data = set(r.Variants), set(r.Data)
	f := figures{v: v, headers: map[string]run.Header{}}
	for _, of := range runs {
		f.headers[filepath.Base(of.Path)] = of.Header
	}
	f.budgets()
	f.levels()
	f.claims()
	r.Points = f.points
	return r, nil
}

// earliest is when the first trial began, to the millisecond: the part of a run
// that stays the same when trials are added to it.
func earliest(runs []*run.Run) time.Time {
	first := slices.MinFunc(runs, func(a, b *run.Run) int { return a.Header.Started.Compare(b.Header.Started) })
	return first.Header.Started.UTC().Truncate(time.Millisecond)
}

func set(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// figures collects the points of one verdict.
type figures struct {
	v       *verdict.Verdict
	headers map[string]run.Header // by the name of the run file
	points  []Point
}

// add keeps the first of points that are the same line: two series of one run
// that differ in nothing that a line names.
func (f *figures) add(p Point) {
	if !slices.ContainsFunc(f.points, func(o Point) bool { return o.Line == p.Line }) {
		f.points = append(f.points, p)
	}
}

// under says how the series was measured.
func (f *figures) under(s verdict.Series) string {
	return under(f.headers[filepath.Base(f.v.Trials[s.Trials[0]].File)])
}

// budgets are the largest U of every series that has a budget, and its trials'.
func (f *figures) budgets() {
	left := f.v.Budgets
	for _, s := range f.v.Series {
		if f.v.Header.Campaign != "" && s.BudgetBytes == 0 || len(left) == 0 {
			continue // nobody set one, and the verdict has none
		}
		b := left[0]
		left = left[1:]
		name, _, _ := strings.Cut(b.Name, " (") // without what tells it from the run's others
		p := Point{
			Line: Line{"budget:" + name, b.Variant, b.Data, f.under(s)},
			Unit: Bytes, Value: bytes(b.Measured), N: len(s.Trials), Outcome: b.Outcome,
		}
		if b.Limit > 0 {
			p.AtMost = bytes(&b.Limit)
		}
		for _, i := range s.Trials {
			if u, known := f.v.Trials[i].Peak.Get(); known {
				p.Each = append(p.Each, float64(u))
			}
		}
		f.add(p)
	}
}

// levels are the figures of every number of users.
func (f *figures) levels() {
	for _, l := range f.v.Levels {
		s := f.v.Series[l.Series]
		at := func(metric string) Line {
			return Line{fmt.Sprintf("%s:%d", metric, l.Users), l.Variant, l.Data, f.under(s)}
		}
		if u := l.Unreclaimable; u != nil {
			p := Point{Line: at("level"), Unit: Bytes, Value: bytes(&u.Median), N: l.N, Each: f.medians(s, l.Users)}
			p.Low, p.High = interval(u.CI95)
			f.add(p)
		}
		if c := l.Collected; c != nil {
			p := Point{Line: at("collected"), Unit: Bytes, Value: bytes(&c.Mean), N: c.N}
			p.Low, p.High = interval(c.CI95)
			f.add(p)
		}
		for _, of := range []struct {
			metric, unit string
			value        *float64
		}{{"delivery", Ratio, l.DeliveryRatio}, {"fanout_p99", Seconds, l.FanoutP99}, {"errors", Ratio, l.ErrorRatio}} {
			if of.value != nil {
				f.add(Point{Line: at(of.metric), Unit: of.unit, Value: of.value, N: l.N})
			}
		}
	}
}

// medians are the levels of the series' trials.
func (f *figures) medians(s verdict.Series, users int) (each []float64) {
	for _, i := range s.Trials {
		for _, h := range f.v.Trials[i].Holds {
			if u, known := h.Median.Get(); known && h.Level && h.Users == users {
				each = append(each, float64(u))
			}
		}
	}
	return each
}

// claims are what was measured of each claim, on each data profile, and at each
// number of users where there are several.
func (f *figures) claims() {
	manner := "campaign"
	switch {
	case len(f.v.Series) == 1:
		manner = f.under(f.v.Series[0])
	case f.v.Header.Search:
		manner = "search"
	case f.v.Header.Quick:
		manner = "campaign, quick"
	}
	for _, c := range f.v.Claims {
		for _, data := range slices.Sorted(maps.Keys(c.ByData)) {
			word := c.ByData[data]
			line := Line{"claim:" + c.ID, c.Of.Arm.Variant, data, manner}
			p := Point{Line: line, Outcome: word.Outcome}
			p.measured(word.Measured)
			p.claimed(c.Claimed)
			if word.Measured == nil || len(word.Measured.Each) == 0 {
				f.add(p)
				continue
			}
			for _, one := range word.Measured.Each {
				p := p
				p.Under = fmt.Sprintf("%s, %s", manner, verdict.Crowd(one.Users))
				p.measured(&one)
				f.add(p)
			}
		}
	}
}

// measured fills in the evidence of a claim; nothing where there is none.
func (p *Point) measured(m *verdict.Measured) {
	if m == nil {
		return
	}
	p.N = m.N
	switch {
	case m.Memory != nil:
		p.Unit = Users
		if m.Memory.Holds != nil {
			p.Value = number(*m.Memory.Holds)
		}
	case m.LivedCI95 != nil && m.N > 0:
		p.Unit, p.Value, p.Low, p.High = Ratio, share(m.N-*m.Kills, m.N), &m.LivedCI95[0], &m.LivedCI95[1]
	case m.Kills != nil && m.N > 0:
		p.Unit, p.Value = Ratio, share(*m.Kills, m.N)
		p.shares(m.ShareCI95)
	case m.Times != nil && m.N > 0:
		p.Unit, p.Value = Ratio, share(*m.Times, m.N)
		p.shares(m.ShareCI95)
	case m.Milliseconds != nil:
		seconds := *m.Milliseconds / 1000
		p.Unit, p.Value = Seconds, &seconds
	case m.Bytes != nil:
		p.Unit, p.Value = Bytes, bytes(m.Bytes)
		p.Low, p.High = interval(m.CI95)
	}
}

func (p *Point) shares(ci *[2]float64) {
	if ci != nil {
		p.Low, p.High = &ci[0], &ci[1]
	}
}

// claimed fills in what the document says, where it is of the figure's unit.
func (p *Point) claimed(c verdict.Claimed) {
	switch {
	case p.Unit == Bytes:
		if c.LowBytes > 0 {
			p.AtLeast = bytes(&c.LowBytes)
		}
		if c.HighBytes > 0 {
			p.AtMost = bytes(&c.HighBytes)
		}
	case p.Unit == Users && len(c.Users) > 0:
		p.AtLeast = number(c.Users[0])
		if len(c.Users) > 1 {
			p.AtMost = number(c.Users[1])
		}
	}
}

func bytes(v *int64) *float64 {
	if v == nil {
		return nil
	}
	return number(*v)
}

func interval(ci *[2]int64) (low, high *float64) {
	if ci == nil {
		return nil, nil
	}
	return number(ci[0]), number(ci[1])
}

func number[T int | int64](v T) *float64 {
	f := float64(v)
	return &f
}

func share(part, whole int) *float64 {
	f := float64(part) / float64(whole)
	return &f
}
