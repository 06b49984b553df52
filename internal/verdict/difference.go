package verdict

import (
	"fmt"
	"math"
	"slices"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/stats"
)

// difference judges what a claim's arm has over the one it is versus: by
// collected trials, with the natural difference beside. It speaks when both arms
// have trials of one kind.
func difference(c claim.Claim, all []series) (Word, bool) {
	collected, natural := armsOf(c, run.Collected, all), armsOf(c, run.Natural, all)
	if !collected.whole() && !natural.whole() {
		return Word{}, false
	}
	var words []Word
	for _, users := range c.Users {
		words = append(words, differenceAt(c, users, collected, natural))
	}
	w := merge(words)
	w.Reasons = distinct(append(w.Reasons, wordList(c, all)...))
	return w, true
}

// differenceAt judges the difference at one number of users.
func differenceAt(c claim.Claim, users int, collected, natural arms) Word {
	if !collected.whole() {
		w := Word{Outcome: Inconclusive, Reasons: []string{
			"no collected trials of both arms, and in natural ones the garbage hides it: pixelload claims run " + c.ID}}
		if beside := natural.compare(c, users, medianU); beside.Measured != nil {
			w.Measured = &Measured{Users: users, Natural: beside.Measured}
		}
		return w
	}
	w := collected.compare(c, users, collectedU)
	if w.Measured != nil && natural.whole() {
		w.Measured.Natural = natural.compare(c, users, medianU).Measured
	}
	return w
}

// wordList says at which size of the word list a claim about it was measured,
// and at which not yet.
func wordList(c claim.Claim, all []series) []string {
	if len(c.Words) == 0 {
		return nil
	}
	n := all[0].header().Data.Words
	said := fmt.Sprintf("with %d words", n)
	if !slices.Contains(c.Words, n) {
		said += ", which the claim is not about"
	}
	return []string{said}
}

// arms are the trials of both sides of a comparison: of one kind, unthrottled
// and under the largest limit that both have.
type arms struct {
	of, versus []*trial
	names      [2]string
}

func armsOf(c claim.Claim, kind string, all []series) arms {
	a := arms{names: [2]string{c.Arm.String(), c.Versus.String()}}
	limit := int64(-1)
	for _, s := range all {
		for _, t := range all {
			if s.isOf(c.Arm, kind) && t.isOf(c.Versus, kind) && alike(s, t) && s.key().limit > limit {
				limit = s.key().limit
			}
		}
	}
	for _, s := range all {
		if k := s.key(); k.limit != limit || k.cpus > 0 {
			continue
		}
		if s.isOf(c.Arm, kind) {
			a.of = append(a.of, s.trials...)
		}
		if s.isOf(c.Versus, kind) {
			a.versus = append(a.versus, s.trials...)
		}
	}
	return a
}

// alike reports that figures of the two are of one kind: of one source,
// under one limit, with the processor to themselves.
func alike(s, t series) bool {
	a, b := s.key(), t.key()
	return a.limit == b.limit && a.source == b.source && a.cpus == 0 && b.cpus == 0
}

func (a arms) whole() bool { return len(a.of) > 0 && len(a.versus) > 0 }

// rounds reports that the trials were run in rounds, so that pairs exist.
func (a arms) rounds() bool {
	return slices.ContainsFunc(slices.Concat(a.of, a.versus), func(t *trial) bool { return t.run.Header.Round > 0 })
}

// compare judges the difference by its pairs; without rounds, by both means.
func (a arms) compare(c claim.Claim, users int, what figureOf) Word {
	if a.rounds() {
		return a.paired(c, users, what)
	}
	return a.unpaired(c, users, what)
}

// round names a pair: trials of different campaigns share none.
type round struct {
	campaign string
	number   int
}

func (r round) String() string { return fmt.Sprintf("round %d", r.number) }

// byRound sorts trials into their rounds; twice says of which there are more
// than one, unplaced how many are in none.
func byRound(trials []*trial) (in map[round]*trial, order, twice []round, unplaced int) {
	in = map[round]*trial{}
	for _, t := range trials {
		at := round{t.run.Header.Campaign, t.run.Header.Round}
		switch {
		case at.number == 0:
			unplaced++
		case in[at] != nil:
			twice = append(twice, at)
		default:
			in[at], order = t, append(order, at)
		}
	}
	return in, order, twice, unplaced
}

// paired judges the mean of the differences of each round. A round that one arm
// lacks is left out; one that an arm has twice leaves nothing to be decided.
func (a arms) paired(c claim.Claim, users int, what figureOf) Word {
	of, order, twice, alone := byRound(a.of)
	versus, others, twiceToo, aloneToo := byRound(a.versus)
	var e evidence
	if n := alone + aloneToo; n > 0 {
		e.findings = append(e.findings, fmt.Sprintf("trials in no round make no pair: %d left out", n))
	}
	for i, list := range [][]round{twice, twiceToo} {
		for _, r := range list {
			e.voids = append(e.voids, fmt.Sprintf("%s has two trials of %s: which one counts cannot be told, take one out", r, a.names[i]))
		}
	}
	for _, r := range others {
		if of[r] == nil {
			e.findings = append(e.findings, fmt.Sprintf("%s has no %s: left out", r, a.names[0]))
		}
	}
	var trials []Figure
	for _, r := range order {
		if versus[r] == nil {
			e.findings = append(e.findings, fmt.Sprintf("%s has no %s: left out", r, a.names[1]))
			continue
		}
		x, y := of[r].read(users, what), versus[r].read(users, what)
		e.note(fmt.Sprintf("%s, %s: ", r, a.names[0]), x)
		e.note(fmt.Sprintf("%s, %s: ", r, a.names[1]), y)
		if x.known && y.known {
			e.figures = append(e.figures, x.bytes-y.bytes)
			if x.workingSet > 0 && y.workingSet > 0 {
				e.workingSets = append(e.workingSets, x.workingSet-y.workingSet)
			}
			trials = append(trials, Figure{r.String() + ", " + Crowd(users), whole(x.bytes - y.bytes)})
		}
	}
	if len(e.workingSets) < len(e.figures) {
		e.workingSets = nil
	}
	w := decideDifference(c, users, e)
	w.Trials = trials
	return w
}

// decideDifference judges the differences of pairs.
func decideDifference(c claim.Claim, users int, e evidence) Word {
	w := decide(c, users, e)
	if w.Measured == nil {
		w.Reasons = append(w.Reasons, "no round has both arms: pixelload claims run "+c.ID)
		return w
	}
	// Beside the mean, what one odd round does not move; from six rounds on it
	// has an interval of 95 %.
	if ranks, err := stats.PairedShift(e.figures, 0.95); err == nil && ranks.Level >= 0.95 {
		w.Reasons = append(w.Reasons, fmt.Sprintf("by ranks (Hodges-Lehmann) the difference at %s is %s MiB [%s, %s]",
			Crowd(users), tenths(ranks.Value), tenths(ranks.Interval.Low), tenths(ranks.Interval.High)))
	}
	return w
}

// tenths prints bytes as MiB to a tenth, which pairs are good to; never "-0.0".
func tenths(bytes float64) string {
	return fmt.Sprintf("%.1f", math.Round(10*bytes/memory.MiB)/10+0)
}

// unpaired judges the difference of both arms' means (Welch): for trials that
// were not run in rounds.
func (a arms) unpaired(c claim.Claim, users int, what figureOf) Word {
	var sides [2]stats.Summary
	var e evidence
	var failed error
	for i, trials := range [][]*trial{a.of, a.versus} {
		var figures []float64
		for _, t := range trials {
			r := t.read(users, what)
			e.note(a.names[i]+", "+t.name(2), r)
			if r.known {
				figures = append(figures, r.bytes)
			}
		}
		if sides[i], failed = stats.Summarise(figures); failed != nil {
			return Word{Outcome: Inconclusive, Reasons: distinct(append(e.voids, e.unsteady...))}
		}
	}
	w := Word{Outcome: Inconclusive, Reasons: distinct(append(e.voids, e.unsteady...))}
	decidable := len(w.Reasons) == 0
	w.Reasons = append(w.Reasons, e.findings...)
	bytes := whole(sides[0].Mean - sides[1].Mean)
	w.Measured = &Measured{N: min(sides[0].N, sides[1].N), Users: users, Bytes: &bytes, Unpaired: true}
	d, err := stats.Welch(sides[0], sides[1])
	if err != nil {
		w.Indication = indication(sides[0].Mean-sides[1].Mean, c)
		w.Reasons = append(w.Reasons, oneTrial)
		return w
	}
	if ci, err := d.Interval(0.95); err == nil {
		w.Measured.CI95 = &[2]int64{whole(ci.Low), whole(ci.High)}
	}
	w.Reasons = append(w.Reasons, "not in rounds: the means are compared, and not pairs")
	if decidable {
		w.within(c, d, func(float64) string { return "pairs in rounds would tell sooner: pixelload claims run " + c.ID })
	}
	return w
}
