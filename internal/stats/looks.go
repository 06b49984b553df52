package stats

import (
	"math"
	"slices"
)

// Look is when a drift that is still being measured may be judged.
type Look struct {
	Part  float64 // of the planned time
	Alpha float64 // chance of a false answer, to either side, that it spends
}

// DriftLooks are the only ones: whoever looks again and again sees something in
// the end. Their alphas add up to 5 % (Bonferroni), whatever the looks have in common.
var DriftLooks = []Look{{0.4, 0.005}, {0.6, 0.01}, {0.8, 0.015}, {1, 0.02}}

// Against says whether the true slope is below the budget (Inside) or above it
// (Outside), each with the chance alpha of being wrong, in a series that was to last
// for whole. Steps that may come again count as slope against Inside, and say nothing
// for Outside.
func (d Drift) Against(budget, alpha, whole float64) Answer {
	var pieces float64
	for _, o := range d.MayRecur(whole) {
		pieces += o.Height / (d.To - d.From)
	}
	switch {
	case d.Slope.below(budget-pieces) < alpha:
		return Inside
	case d.Slope.above(budget) < alpha:
		return Outside
	}
	return Unknown
}

const (
	// together is the part of the whole time within which two steps are one.
	together = 0.1
	// alike is how many times as high as another a step like it may be.
	alike = 3
)

// MayRecur are the steps up that may be pieces of a drift: those that had another
// like them, and those after which less than half of whole has passed without one.
func (d Drift) MayRecur(whole float64) []Once {
	var all []Once
	for _, o := range d.Once {
		again := func(other Once) bool {
			return other.Within == 0 && math.Abs(other.At-o.At) > together*whole && other.Height <= alike*o.Height && o.Height <= alike*other.Height
		}
		if o.Within == 0 && o.Height > 0 && (d.To-o.At < whole/2 || slices.ContainsFunc(d.Once, again)) {
			all = append(all, o)
		}
	}
	return all
}
