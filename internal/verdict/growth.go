package verdict

// Growth is by how much the run exceeds the baseline that it was held against,
// in one phase. Figures are in bytes.
type Growth struct {
	Phase  string `json:"phase,omitempty"` // absent: of the run as a whole, which cannot be compared
	Budget int64  `json:"budget"`          // what is allowed
	// Difference is absent where it has no interval.
	Difference *int64    `json:"difference,omitempty"`
	CI95       *[2]int64 `json:"ci95,omitempty"`
	Outcome    string    `json:"outcome"`
	Reasons    []string  `json:"reasons"`
}

// Hold adds what a comparison with the baseline found to the verdict, which gets
// no better by it.
func (v *Verdict) Hold(growth []Growth) {
	v.Growth = growth
	for _, g := range growth {
		v.Outcome = worse(v.Outcome, g.Outcome)
		if g.Outcome != Pass {
			v.Reasons = distinct(append(v.Reasons, g.Reasons...))
		}
	}
	switch {
	case v.ExitCode == ExitInterrupted:
	case v.Outcome == Fail:
		v.ExitCode = ExitFail
	case v.Outcome == Inconclusive && v.ExitCode == ExitPass:
		v.ExitCode = ExitInconclusive
	}
}
