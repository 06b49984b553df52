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

// word judges a claim on levels, or on kills, by the series; limit is the memory
// that the claim's variant is meant for.
func (s series) word(c claim.Claim, limit int64) Word {
	switch {
	case c.Kind == claim.Crash:
		return s.crash(c, limit)
	case c.Listening:
		return s.listening(c)
	}
	var words []Word
	for _, users := range c.Users {
		words = append(words, s.levelWord(c, users))
	}
	return merge(words)
}

// levelWord judges the level, or the largest U, at one number of users.
func (s series) levelWord(c claim.Claim, users int) Word {
	what := medianU
	if c.Kind == claim.Below {
		what = largestU
	}
	return decide(c, users, s.evidence(users, what))
}

// listening judges what the server takes before the first request.
func (s series) listening(c claim.Claim) Word {
	var e evidence
	for _, t := range s.trials {
		for _, f := range t.flaws {
			if f.weight == voidsAnswer {
				e.voids = append(e.voids, t.name(len(s.trials))+f.String())
			}
		}
		u, ok := phase.Idles(t.run).Listening.Get()
		if !ok {
			e.voids = append(e.voids, t.name(len(s.trials))+"no sample between listening and the first request: run again")
			continue
		}
		e.figures = append(e.figures, float64(u))
	}
	return decide(c, 0, e)
}

// decide judges a figure a trial against the claim.
func decide(c claim.Claim, users int, e evidence) Word {
	w := Word{Outcome: Inconclusive, Reasons: distinct(append(e.voids, e.unsteady...))}
	decidable := len(w.Reasons) == 0
	w.Reasons = append(w.Reasons, e.findings...)
	if e.killed > 1 {
		w.because(Inconclusive, fmt.Sprintf("killed by the kernel before %s had been held, in %d trials: a level takes trials under a larger limit", Crowd(users), e.killed))
	}
	summary, err := stats.Summarise(e.figures)
	if err != nil {
		return w // nobody measured it, and the reasons say why
	}
	w.Measured = measured(summary)
	w.Measured.Users = users
	switch {
	case summary.N == 1:
		if len(e.voids) == 0 {
			w.Indication = indication(summary.Mean, c)
		}
		w.Reasons = append(w.Reasons, oneTrial)
	case !decidable:
	case c.Kind == claim.Below:
		w.below(c, summary, e)
	default:
		w.level(c, summary, e.workingSets)
	}
	return w
}

// level decides a level, unless the working set says the opposite.
func (w *Word) level(c claim.Claim, s stats.Summary, workingSets []float64) {
	mean, err := s.Estimate()
	if err != nil {
		w.Reasons = append(w.Reasons, err.Error())
		return
	}
	w.within(c, mean, func(half float64) string { return more(s, half) })
	w.compare(region(c), workingSets)
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

// within decides a figure by equivalence: confirmed when the 90 % interval lies
// in the region, refuted when the 95 % interval lies outside. advice says what
// would narrow the interval to half.
func (w *Word) within(c claim.Claim, e stats.Estimate, advice func(half float64) string) {
	r := region(c)
	said := fmt.Sprintf("%.0f-%.0f MiB", r.Low/memory.MiB, r.High/memory.MiB)
	answer, err := stats.Equivalence(e, r)
	w.p, w.tested = stats.OutsideP(e, r), err == nil
	switch {
	case err != nil:
		w.because(Inconclusive, err.Error())
	case answer == stats.Inside:
		w.because(Confirmed, "the 90 % interval lies within "+said)
	case answer == stats.Outside:
		w.because(Refuted, "the 95 % interval lies outside "+said)
	default:
		w.because(Inconclusive, "the interval reaches over an end of "+said+": "+advice(tolerance(c.LowBytes)/2))
	}
}

// because sets the outcome, and its reason before all others.
func (w *Word) because(outcome, reason string) {
	w.Outcome, w.Reasons = outcome, slices.Insert(w.Reasons, 0, reason)
}

// compare withdraws a decision that the working set contradicts: the document
// does not say which figure it means.
func (w *Word) compare(r stats.Interval, workingSets []float64) {
	s, err := stats.Summarise(workingSets)
	if err != nil {
		return // not every trial knows it
	}
	mean, err := s.Estimate()
	if err != nil {
		return
	}
	answer, err := stats.Equivalence(mean, r)
	if err != nil {
		return
	}
	if (w.Outcome == Confirmed && answer == stats.Outside) || (w.Outcome == Refuted && answer == stats.Inside) {
		w.because(Inconclusive, "metric-sensitive: by the working set, "+mib(s.Mean)+", it would be the other way")
	}
}

// below decides "stays under" by the one-sided 95 % prediction bound for the
// next trial's largest U, and refutes it by the 95 % interval of their mean.
// Where killed targets are among them, whose U would have gone on rising, what is
// over the claim stays over it, and nothing is under it.
func (w *Word) below(c claim.Claim, s stats.Summary, e evidence) {
	under := stats.Interval{Low: math.Inf(-1), High: float64(c.HighBytes)}
	bound, err := s.UpperBound(0.95)
	if err != nil {
		w.Reasons = append(w.Reasons, err.Error())
		return
	}
	mean, err := s.Estimate()
	if err != nil {
		w.Reasons = append(w.Reasons, err.Error())
		return
	}
	w.p, w.tested = stats.OutsideP(mean, under), true
	said := "the next trial stays below " + mib(bound) + " (one-sided 95 % bound)"
	switch {
	case w.p < 0.05:
		w.because(Refuted, "the 95 % interval of the largest U lies above "+mib(under.High))
	case e.atLeast:
		w.because(Inconclusive, "killed targets would have gone on rising, and nobody knows how far: run under a larger limit")
	case bound <= under.High:
		w.because(Confirmed, said)
		w.compare(under, e.workingSets)
	default:
		advice := "more trials would not tell"
		if n, ok := s.TrialsForBound(under.High, 0.95); ok {
			advice = fmt.Sprintf("about %d more trials would tell", n-s.N)
		}
		w.because(Inconclusive, said+": "+advice)
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
