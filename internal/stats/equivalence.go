package stats

// Answer is what a sample says of a region: false, unknown or true.
type Answer int

// The answers. Unknown is the zero value: nothing is decided by default.
const (
	Unknown Answer = iota
	Inside
	Outside
)

// Equivalence asks whether the true value lies in region: Inside when the 90 %
// interval lies in it (two one-sided tests at 5 %: Schuirmann, 1987), Outside
// when the 95 % interval has no point in common with it, Unknown otherwise.
func Equivalence(e Estimate, region Interval) (Answer, error) {
	narrow, err := e.Interval(0.90)
	if err != nil {
		return Unknown, err
	}
	wide, err := e.Interval(0.95)
	if err != nil {
		return Unknown, err
	}
	switch {
	case narrow.Within(region):
		return Inside, nil
	case wide.Outside(region):
		return Outside, nil
	}
	return Unknown, nil
}

// InsideP is the p of "the true value lies outside region": the larger one of
// the two one-sided tests, P(T > (value-low)/SE) and P(T < (value-high)/SE).
// At 0.05 or less Equivalence says Inside.
func InsideP(e Estimate, region Interval) float64 {
	return max(e.above(region.Low), e.below(region.High))
}

// OutsideP is the p of "the true value lies in region": two-sided, against the
// end of region that is nearer; 1 for a value inside. Below 0.05 Equivalence
// says Outside.
func OutsideP(e Estimate, region Interval) float64 {
	switch {
	case e.Value < region.Low:
		return e.P(region.Low)
	case e.Value > region.High:
		return e.P(region.High)
	}
	return 1
}
