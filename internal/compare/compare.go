package compare

import (
	"fmt"
	"math"
	"slices"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/stats"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// SchemaVersion is the version of the JSON that a Comparison marshals to.
const SchemaVersion = 1

// Comparison is by how much the memory of B differs from that of A.
type Comparison struct {
	SchemaVersion int    `json:"schema_version"`
	Outcome       string `json:"outcome"` // pass, fail or inconclusive
	ExitCode      int    `json:"exit_code"`
	// Refused says that the two cannot be compared; the reasons say why.
	Refused bool     `json:"refused,omitempty"`
	Reasons []string `json:"reasons"`
	// Caveats are what else differs, or is worth knowing.
	Caveats []string `json:"caveats"`

	BudgetGrowthBytes int64 `json:"budget_growth_bytes"`

	A Side `json:"a"`
	B Side `json:"b"`
	// Paired says that differences are of pairs run in one round; else of means.
	Paired bool     `json:"paired"`
	Phases []Change `json:"phases"`
	// Visit is what a visit leaves; absent where visits were not counted.
	Visit *Visit `json:"visit,omitempty"`
}

// Change is the difference in one phase. All figures are in bytes.
type Change struct {
	Phase string `json:"phase"`
	Users int    `json:"users"`
	A     *Level `json:"a,omitempty"` // absent: no figure
	B     *Level `json:"b,omitempty"`
	// Difference is B less A; absent where no interval can be given.
	Difference *Difference `json:"difference,omitempty"`
	// Judged says that the budget is held against it: not where chance decides, as
	// in the drained phase of natural trials, whose garbage is the last users', and
	// among visits, whose answers may be under way.
	Judged  bool     `json:"judged"`
	Outcome string   `json:"outcome"` // pass, fail or inconclusive
	Reasons []string `json:"reasons"`
}

// Level is the mean over the trials.
type Level struct {
	N     int       `json:"n"`
	Bytes int64     `json:"bytes"`
	CI95  *[2]int64 `json:"ci95,omitempty"` // absent for one trial
}

// Difference is B less A, with its t interval.
type Difference struct {
	N     int      `json:"n"` // pairs, or the trials of the side that has fewer
	Bytes int64    `json:"bytes"`
	CI95  [2]int64 `json:"ci95"`
	// NoneLargerThan is the smallest bound of which can be said that the
	// difference, up or down, is not larger: two one-sided tests at 5 %.
	NoneLargerThan int64 `json:"none_larger_than"`
}

// Visit is how much more B keeps of each visit than A.
type Visit struct {
	Visits     int        `json:"visits"` // in one trial, of all users
	Difference Difference `json:"difference"`
}

// Sides compares b with a. budget is how many bytes b may have grown by: it
// passes when growth is below it beyond doubt in every phase, and fails when it
// is above in one.
func Sides(a, b Side, budget int64) *Comparison { return sides(a, b, budget, nil) }

// sides compares b with a, unless they differ in what they must have in common,
// or in more that the caller names.
func sides(a, b Side, budget int64, more []string) *Comparison {
	c := &Comparison{
		SchemaVersion: SchemaVersion, Outcome: verdict.Pass, Reasons: []string{}, Caveats: []string{},
		BudgetGrowthBytes: budget, A: a, B: b, Phases: []Change{},
	}
	defer c.conclude()
	if c.Reasons = slices.Concat(c.Reasons, more, differences(a.SetUp, b.SetUp), lacking(a, b)); len(c.Reasons) > 0 {
		c.Refused = true
		return c
	}
	c.Caveats = append(c.Caveats, caveats(a, b)...)
	p := match(a, b)
	c.Paired = p.paired
	if !c.Paired {
		c.Caveats = append(c.Caveats, "not in rounds: the means are compared, and not pairs")
	}
	var before []string // what speaks against visits, and so against what they left
	for i, planned := range a.SetUp.Phases {
		s := p.sample(planned.Name)
		s.voids = append(s.voids, before...)
		change := s.change(planned, budget)
		change.Judged = judged(a.SetUp, i)
		c.Phases = append(c.Phases, change)
		if planned.Visits > 0 {
			before = s.voids
		}
	}
	c.Visit = p.visit(a.SetUp.Phases)
	return c
}

// judged reports whether the budget is held against phase i. It is not where
// chance decides: in a drained phase with the garbage of the last users, and
// among visits, where one user's list may be under way and another's not.
func judged(s SetUp, i int) bool {
	if s.Phases[i].Visits > 0 {
		return false
	}
	drained := s.Phases[i].Users == 0 && slices.ContainsFunc(s.Phases[:i], func(p run.Phase) bool { return p.Users > 0 })
	return s.Kind == run.Collected || !drained
}

// conclude merges what the phases say.
func (c *Comparison) conclude() {
	if c.Refused {
		c.Outcome, c.ExitCode = verdict.Inconclusive, verdict.ExitInconclusive
		return
	}
	for _, outcome := range []string{verdict.Fail, verdict.Inconclusive} {
		for _, p := range c.Phases {
			if p.Judged && p.Outcome == outcome {
				c.Reasons = append(c.Reasons, p.Reasons...)
				c.Outcome = worse(c.Outcome, outcome)
			}
		}
	}
	if crashed := c.crashed(); crashed != "" {
		c.Outcome, c.Reasons = verdict.Fail, append([]string{crashed}, c.Reasons...)
	}
	if unknown := slices.Concat(c.lost(), c.unjudged()); len(unknown) > 0 {
		c.Outcome, c.Reasons = worse(c.Outcome, verdict.Inconclusive), append(c.Reasons, unknown...)
	}
	c.Reasons = distinct(c.Reasons)
	c.ExitCode = map[string]int{
		verdict.Pass: verdict.ExitPass, verdict.Fail: verdict.ExitFail, verdict.Inconclusive: verdict.ExitInconclusive,
	}[c.Outcome]
}

// lost says what of the runs is missing or cannot be read.
func (c *Comparison) lost() (reasons []string) {
	for _, s := range []Side{c.A, c.B} {
		reasons = append(reasons, prefixed(s.Name+": ", s.Lost)...)
	}
	return reasons
}

// unjudged says that no phase decides; nothing when one does.
func (c *Comparison) unjudged() []string {
	if slices.ContainsFunc(c.Phases, func(p Change) bool { return p.Judged }) {
		return nil
	}
	return []string{"no phase decides: visits never do, a drained phase does in collected trials only: measure with --users 0,3,10"}
}

// crashed says that B dies and A does not; "" otherwise.
func (c *Comparison) crashed() string {
	deaths := func(s Side) (n int, how string) {
		for _, t := range s.Trials {
			if t.Death != "" {
				n, how = n+1, t.Death
			}
		}
		return n, how
	}
	before, _ := deaths(c.A)
	after, how := deaths(c.B)
	if before > 0 || after == 0 {
		return ""
	}
	return fmt.Sprintf("%s died in %d of %d trials, %s in none: %s", c.B.Name, after, len(c.B.Trials), c.A.Name, how)
}

// change compares one phase.
func (s sample) change(planned run.Phase, budget int64) Change {
	out := Change{Phase: planned.Name, Users: planned.Users, Outcome: verdict.Inconclusive, Reasons: []string{}}
	out.A, out.B = level(s.a), level(s.b)
	e, err := s.difference()
	if err != nil {
		out.Reasons = distinct(append(s.voids, label(out)+"one trial of each has no interval: measure more of both"))
		return out
	}
	out.Difference = differenceOf(e, s.n())
	if len(s.voids) > 0 {
		out.Reasons = distinct(s.voids)
		return out
	}
	d := *out.Difference
	allowed := stats.Interval{Low: math.Inf(-1), High: float64(budget)}
	switch answer, err := stats.Equivalence(e, allowed); {
	case err != nil:
		out.Reasons = append(out.Reasons, label(out)+err.Error())
	case answer == stats.Inside:
		out.Outcome = verdict.Pass
		out.Reasons = append(out.Reasons, fmt.Sprintf("%sno difference larger than %s", label(out), MiB(d.NoneLargerThan)))
	case answer == stats.Outside:
		out.Outcome = verdict.Fail
		out.Reasons = append(out.Reasons, fmt.Sprintf("%sgrew by %s %s, and %s are allowed", label(out), MiB(d.Bytes), d.Interval(), MiB(budget)))
	default:
		out.Reasons = append(out.Reasons, fmt.Sprintf("%sa growth of %s %s cannot be told from the %s allowed: %s",
			label(out), MiB(d.Bytes), d.Interval(), MiB(budget), s.advice(e, budget)))
	}
	return out
}

func label(p Change) string { return p.Phase + ": " }

func differenceOf(e stats.Estimate, n int) *Difference {
	d := &Difference{N: n, Bytes: whole(e.Value)}
	wide, _ := e.Interval(0.95)   // fails for levels beyond 0 and 1 only
	narrow, _ := e.Interval(0.90) // so does this
	d.CI95 = [2]int64{whole(wide.Low), whole(wide.High)}
	d.NoneLargerThan = whole(max(math.Abs(narrow.Low), math.Abs(narrow.High)))
	return d
}

// Interval is the 95 % interval in MiB.
func (d Difference) Interval() string {
	return fmt.Sprintf("[%s, %s]", Tenths(d.CI95[0]), Tenths(d.CI95[1]))
}

// level is the mean of the figures; nil without one.
func level(figures []float64) *Level {
	s, err := stats.Summarise(figures)
	if err != nil {
		return nil
	}
	l := &Level{N: s.N, Bytes: whole(s.Mean)}
	if ci, err := s.MeanInterval(0.95); err == nil {
		l.CI95 = &[2]int64{whole(ci.Low), whole(ci.High)}
	}
	return l
}

func whole(v float64) int64 { return int64(math.Round(v)) }

// MiB prints bytes to a tenth, which pairs of collected trials are good to.
func MiB(bytes int64) string { return Tenths(bytes) + " MiB" }

// Tenths is the number alone; never "-0.0".
func Tenths(bytes int64) string {
	return fmt.Sprintf("%.1f", math.Round(10*float64(bytes)/memory.MiB)/10+0)
}
