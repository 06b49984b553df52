package stats

// Look is when a drift that is still being measured may be judged.
type Look struct {
	Part  float64 // of the planned time
	Alpha float64 // chance of a false answer, to either side, that it spends
}

// DriftLooks are the only ones: whoever looks again and again sees something in
// the end. Their alphas add up to 5 % (Bonferroni), whatever the looks have in common.
var DriftLooks = []Look{{0.4, 0.005}, {0.6, 0.01}, {0.8, 0.015}, {1, 0.02}}

// Against says whether the true slope is below the budget (Inside) or above it
// (Outside), each with the chance alpha of being wrong.
func (d Drift) Against(budget, alpha float64) Answer {
	switch {
	case d.Slope.below(budget) < alpha:
		return Inside
	case d.Slope.above(budget) < alpha:
		return Outside
	}
	return Unknown
}
