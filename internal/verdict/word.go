package verdict

import (
	"fmt"
	"math"
	"slices"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/phase"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/stats"
)

// Indications of what one trial saw, against the claim.
const (
	FarBelow = "far below" // under two thirds of the claim's low end
	Near     = "near"
	FarAbove = "far above" // over one and a half times its high end
)

// oneTrial is the reason that every claim on one trial has.
const oneTrial = "1 trial decides no claim: run several (--trials 6)"

// word judges c by the series; limit is the memory that c's variant is meant for.
func (s series) word(c claim.Claim, limit int64) Word {
	if c.Kind == claim.Crash {
		return s.crash(c, limit)
	}
	var words []Word
	for _, users := range c.Users {
		words = append(words, s.levelWord(c, users))
	}
	return merge(words)
}

// levelWord judges the level, or the largest U, at one number of users.
func (s series) levelWord(c claim.Claim, users int) Word {
	e := s.evidence(users, c.Kind == claim.Below)
	w := Word{Outcome: Inconclusive, Reasons: distinct(append(e.voids, e.unsteady...))}
	decidable := len(w.Reasons) == 0
	w.Reasons = append(w.Reasons, e.findings...)
	summary, err := stats.Summarise(e.figures)
	if err != nil {
		return w // nobody measured it, and the reasons say why
	}
	w.Measured = measured(summary)
	switch {
	case summary.N == 1:
		if len(e.voids) == 0 {
			w.Indication = indication(summary.Mean, c)
		}
		w.Reasons = append(w.Reasons, oneTrial)
	case !decidable:
	case c.Kind == claim.Below:
		w.below(c, summary)
	default:
		w.within(c, summary)
		w.compare(c, e.workingSets)
	}
	return w
}

// evidence is a figure a trial, and what speaks against it.
type evidence struct {
	figures     []float64
	workingSets []float64 // empty unless every trial knows it
	voids       []string  // not even good for an indication
	unsteady    []string  // no level yet
	findings    []string  // the target's own
}

// evidence collects what the trials say of that many users: the median of U in
// the hold, or the largest from the phase's begin.
func (s series) evidence(users int, largest bool) evidence {
	var e evidence
	for _, t := range s.trials {
		name := t.name(len(s.trials))
		h, ok := t.hold(users)
		for _, f := range t.flaws {
			here := ok && f.phase == h.Name && (largest || !f.warmup)
			switch {
			case here && f.weight == finding:
				e.findings = append(e.findings, name+f.String())
			case here || f.weight == voidsAnswer:
				e.voids = append(e.voids, name+f.String())
			}
		}
		if !ok || !h.Full {
			e.voids = append(e.voids, name+t.whyNoHold(users))
			continue
		}
		if len(h.Memory.Unreclaimable) == 0 {
			e.voids = append(e.voids, name+"no sample of U at "+Crowd(users))
			continue
		}
		if !h.Steady {
			e.unsteady = append(e.unsteady, name+h.Unsteady+": hold longer (--hold)")
		}
		e.add(h, largest)
	}
	if len(e.workingSets) < len(e.figures) {
		e.workingSets = nil
	}
	return e
}

func (e *evidence) add(h phase.Hold, largest bool) {
	if largest {
		e.figures = append(e.figures, slices.Max(h.Whole.Unreclaimable))
		return
	}
	if u, err := stats.Median(h.Memory.Unreclaimable); err == nil {
		e.figures = append(e.figures, u)
	}
	if w, err := stats.Median(h.Memory.WorkingSet); err == nil {
		e.workingSets = append(e.workingSets, w)
	}
}

// whyNoHold says why the trial has no whole hold of that many users.
func (t *trial) whyNoHold(users int) string {
	switch {
	case t.dead() && t.kills > 0:
		return t.deathText + ": for a level try a larger --limit"
	case t.dead():
		return t.deathText
	case !slices.ContainsFunc(t.run.Header.Phases, func(p run.Phase) bool { return p.Users == users }):
		return Crowd(users) + " not among --users"
	}
	return Crowd(users) + " not held to the end: run again"
}

// tolerance is by how much a level may miss an end of the claimed range: a
// tenth of it, 5 MiB at least.
func tolerance(end int64) float64 { return max(0.10*float64(end), 5*memory.MiB) }

// region is the claimed range with its tolerance.
func region(c claim.Claim) stats.Interval {
	return stats.Interval{
		Low:  float64(c.LowBytes) - tolerance(c.LowBytes),
		High: float64(c.HighBytes) + tolerance(c.HighBytes),
	}
}

// within decides a level by equivalence: confirmed when the 90 % interval lies
// in the region, refuted when the 95 % interval lies outside.
func (w *Word) within(c claim.Claim, s stats.Summary) {
	r := region(c)
	said := fmt.Sprintf("%.0f-%.0f MiB", r.Low/memory.MiB, r.High/memory.MiB)
	answer, err := equivalence(s, r)
	switch {
	case err != nil:
		w.Reasons = append(w.Reasons, err.Error())
	case answer == stats.Inside:
		w.Outcome = Confirmed
		w.Reasons = append(w.Reasons, "the 90 % interval lies within "+said)
	case answer == stats.Outside:
		w.Outcome = Refuted
		w.Reasons = append(w.Reasons, "the 95 % interval lies outside "+said)
	default:
		w.Reasons = append(w.Reasons, "the interval reaches over an end of "+said+": "+more(s, tolerance(c.LowBytes)/2))
	}
}

func equivalence(s stats.Summary, region stats.Interval) (stats.Answer, error) {
	e, err := s.Estimate()
	if err != nil {
		return stats.Unknown, err
	}
	return stats.Equivalence(e, region)
}

// compare withdraws a decision that the working set contradicts: the document
// does not say which figure it means.
func (w *Word) compare(c claim.Claim, workingSets []float64) {
	s, err := stats.Summarise(workingSets)
	if err != nil {
		return
	}
	answer, err := equivalence(s, region(c))
	if err != nil {
		return
	}
	if (w.Outcome == Confirmed && answer == stats.Outside) || (w.Outcome == Refuted && answer == stats.Inside) {
		w.Outcome = Inconclusive
		w.Reasons = append(w.Reasons, "metric-sensitive: by the working set, "+mib(s.Mean)+", it would be the other way")
	}
}

// below decides "stays under" by the one-sided 95 % prediction bound for the
// next trial's largest U, and refutes it by the 95 % interval of their mean.
func (w *Word) below(c claim.Claim, s stats.Summary) {
	bound, err := s.UpperBound(0.95)
	if err != nil {
		w.Reasons = append(w.Reasons, err.Error())
		return
	}
	ci, err := s.MeanInterval(0.95)
	if err != nil {
		w.Reasons = append(w.Reasons, err.Error())
		return
	}
	w.Reasons = append(w.Reasons, "the next trial stays below "+mib(bound)+" (one-sided 95 % bound)")
	switch {
	case bound <= float64(c.HighBytes):
		w.Outcome = Confirmed
	case ci.Low > float64(c.HighBytes):
		w.Outcome = Refuted
	}
}

// more says how many further trials would make the interval narrow enough.
func more(s stats.Summary, half float64) string {
	if n, ok := s.TrialsForHalfWidth(half, 0.95); ok {
		return fmt.Sprintf("about %d more trials would tell", n-s.N)
	}
	return "more trials would not tell"
}

// indication compares one trial's figure with the claimed range. The factors
// are far beyond what two trials of one set-up differ by.
func indication(bytes float64, c claim.Claim) string {
	switch {
	case c.LowBytes > 0 && bytes < float64(c.LowBytes)/1.5:
		return FarBelow
	case c.Kind == claim.Below && bytes < float64(c.HighBytes)/1.5:
		return FarBelow
	case bytes > 1.5*float64(c.HighBytes):
		return FarAbove
	}
	return Near
}

func measured(s stats.Summary) *Measured {
	bytes := whole(s.Mean)
	m := &Measured{N: s.N, Bytes: &bytes}
	if ci, err := s.MeanInterval(0.95); err == nil {
		m.CI95 = &[2]int64{whole(ci.Low), whole(ci.High)}
	}
	return m
}

// round6 keeps six digits, so that no machine's last bit shows in the file.
func round6(v float64) float64 { return math.Round(v*1e6) / 1e6 }
