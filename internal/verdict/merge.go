package verdict

import "slices"

// merge joins the words on several numbers of users, or of several series: the
// worst is the answer, and the others' reasons stand behind its own. What was
// measured is of the worst word that has a figure.
func merge(words []Word) Word {
	slices.Reverse(words) // of equal words the one on the most users
	slices.SortStableFunc(words, func(a, b Word) int { return badness(b) - badness(a) })
	worst := words[0]
	for _, w := range words[1:] {
		worst.Reasons = distinct(slices.Concat(worst.Reasons, w.Reasons))
		if worst.Measured == nil {
			worst.Measured = w.Measured
		}
	}
	return worst
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
