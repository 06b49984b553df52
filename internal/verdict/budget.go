package verdict

import (
	"fmt"
	"slices"

	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/stats"
)

// Budget is a limit the team set, and whether it was kept.
type Budget struct {
	Name string `json:"name"`
	// Variant and Data are those of the trials.
	Variant string `json:"variant,omitempty"`
	Data    string `json:"data,omitempty"`
	Limit   int64  `json:"limit"` // in bytes
	// Measured is the largest U of all trials; absent when it was never read.
	Measured *int64   `json:"measured,omitempty"`
	Outcome  string   `json:"outcome"`
	Reasons  []string `json:"reasons"`

	// TrialsToTell is about how many trials would decide it when it is
	// inconclusive; 0 when that is not what it lacks.
	TrialsToTell int `json:"-"`
}

// peakBudget is the name of the budget on the largest U of a trial.
const peakBudget = "peak_unreclaimable_bytes"

// OneTrial labels a budget that a single trial decided.
const OneTrial = "1 trial"

// unbudgeted reports that nobody set a budget, nor was asked for one: a campaign
// measures claims, and trials with collected garbage have no largest U of their own.
func (s series) unbudgeted() bool {
	return s.header().Campaign != "" && s.key().budget == 0
}

// budget judges the largest U of each trial against the header's budget. With
// one trial it passes below the budget without a kill; with several it passes
// when the one-sided 95 % prediction bound for the next trial is below it.
//
// What was lost of the runs keeps it from passing.
func (s series) budget(all []series, lost []string) Budget {
	k := s.key()
	b := Budget{
		Name: peakBudget + s.among(all), Limit: s.header().BudgetBytes, Outcome: Pass, Reasons: []string{},
		Variant: k.variant, Data: k.data,
	}
	var peaks []float64
	var failed, unknown []string
	for _, t := range s.trials {
		if t.hasPeak {
			peaks = append(peaks, t.peak)
			if p := whole(t.peak); b.Measured == nil || p > *b.Measured {
				b.Measured = &p
			}
		}
		f, u := s.budgetOfTrial(b.Limit, t)
		failed, unknown = append(failed, f...), append(unknown, u...)
	}
	unknown = append(unknown, lost...)
	switch {
	case len(failed) > 0:
		b.Outcome = Fail
	case len(unknown) > 0:
		b.Outcome = Inconclusive
	}
	b.Reasons = append(append(b.Reasons, failed...), unknown...)
	if b.Outcome == Pass {
		s.budgetOfAll(&b, peaks)
	}
	if k.limit == 0 {
		b.Reasons = append(b.Reasons, noLimit(s.header()))
	}
	if len(s.trials) == 1 {
		b.Reasons = append(b.Reasons, OneTrial)
	}
	b.Reasons = distinct(b.Reasons)
	return b
}

// budgetOfTrial returns by what one trial fails the budget, and by what it
// cannot tell. A flaw that voids the answer turns failures into the latter.
func (s series) budgetOfTrial(limit int64, t *trial) (failed, unknown []string) {
	name := t.name(len(s.trials))
	if t.dead() {
		failed = append(failed, name+t.deathText)
	}
	if limit > 0 && t.hasPeak && t.peak >= float64(limit) {
		failed = append(failed, fmt.Sprintf("%sthe largest U, %s, is not below the budget of %s", name, mib(t.peak), mib(float64(limit))))
	}
	var voided []string
	for _, f := range t.flaws {
		switch f.weight {
		case voidsAnswer:
			voided = append(voided, name+f.String())
		case voidsPass:
			unknown = append(unknown, name+f.String())
		}
	}
	if limit <= 0 && !t.dead() {
		unknown = append(unknown, "no budget was set: give --budget or --limit")
	}
	if len(voided) > 0 {
		failed, unknown = nil, slices.Concat(voided, failed, unknown)
	}
	if t.outcome == run.Complete {
		return failed, unknown
	}
	// The file's own words stand behind what they explain.
	for _, said := range t.said() {
		if len(failed) > 0 {
			failed = append(failed, name+said)
		} else {
			unknown = append(unknown, name+said)
		}
	}
	return failed, unknown
}

// budgetOfAll judges trials that each kept the budget.
func (s series) budgetOfAll(b *Budget, peaks []float64) {
	if len(peaks) < 2 {
		return
	}
	summary, err := stats.Summarise(peaks)
	if err != nil {
		b.Outcome, b.Reasons = Inconclusive, append(b.Reasons, err.Error())
		return
	}
	bound, err := summary.UpperBound(0.95)
	if err != nil {
		b.Outcome, b.Reasons = Inconclusive, append(b.Reasons, err.Error())
		return
	}
	said := fmt.Sprintf("the next trial stays below %s (one-sided 95 %% bound of %d trials)", mib(bound), len(peaks))
	if bound < float64(b.Limit) {
		b.Reasons = append(b.Reasons, said)
		return
	}
	b.Outcome = Inconclusive
	advice := "more trials would not tell, the peaks are too near the budget"
	if n, ok := summary.TrialsForBound(float64(b.Limit), 0.95); ok {
		b.TrialsToTell = n
		advice = fmt.Sprintf("about %d more trials would tell", n-len(peaks))
	}
	b.Reasons = append(b.Reasons, fmt.Sprintf("%s, not below the budget of %s: %s", said, mib(float64(b.Limit)), advice))
}

func noLimit(h run.Header) string {
	if h.NoLimitWhy != "" {
		return "no limit enforced: " + h.NoLimitWhy
	}
	return "no limit enforced"
}
