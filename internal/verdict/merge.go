package verdict

import "slices"

// merge joins the words on several numbers of users, or of several series: the
// worst is the answer, and the others' reasons stand behind its own. What was
// measured is of the worst word that has a figure; all figures stand beside it.
func merge(words []Word) Word {
	if len(words) == 1 {
		return words[0]
	}
	var each []Measured
	var trials []Figure
	for _, w := range words {
		if w.Measured != nil {
			each = append(each, *w.Measured)
		}
		trials = append(trials, w.Trials...)
	}
	p, tested := jointP(words)
	slices.Reverse(words) // of equal words the one on the most users
	slices.SortStableFunc(words, func(a, b Word) int { return badness(b) - badness(a) })
	worst := words[0]
	for _, w := range words[1:] {
		worst.Reasons = distinct(slices.Concat(worst.Reasons, w.Reasons))
		if worst.Measured == nil {
			worst.Measured = w.Measured
		}
	}
	if len(each) > 1 {
		m := *worst.Measured
		m.Each = each
		worst.Measured = &m
	}
	worst.Trials, worst.p, worst.tested = trials, p, tested
	return worst
}

// jointP is the p of the least likely word, times how many had the chance to
// be it (Bonferroni).
func jointP(words []Word) (p float64, tested bool) {
	p, n := 1.0, 0
	for _, w := range words {
		if w.tested {
			p, n = min(p, w.p), n+1
		}
	}
	return min(1, p*float64(n)), n > 0
}

// badness ranks: refuted outweighs inconclusive, and that confirmed. What one
// trial hints at is better than not even that.
func badness(w Word) int {
	rank := 2 * slices.Index([]string{Confirmed, Inconclusive, Refuted}, w.Outcome)
	if w.Indication != "" {
		rank--
	}
	return rank
}

// worstFounded merges: what one profile cannot tell is not told by another, and
// a claim refuted on one is not confirmed.
func worstFounded(byData map[string]Word) string {
	rank := []string{NotMeasured, Inconclusive, Refuted, Confirmed}
	worst := len(rank) - 1
	for _, w := range byData {
		worst = min(worst, slices.Index(rank, w.Outcome))
	}
	return rank[worst]
}
