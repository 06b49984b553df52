// Package verdict judges runs: budgets pass or fail, the document's claims are
// confirmed or refuted, and what the evidence cannot tell is inconclusive with
// the reason and the remedy.
//
// Its opinion: no data never passes. Missing is never zero, one trial decides
// no claim, and of several answers false outweighs unknown and unknown true.
package verdict

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/run"
)

// SchemaVersion is the version of the JSON that a Verdict marshals to.
const SchemaVersion = 1

// Outcomes of a verdict and of a budget, Inconclusive of a claim too.
const (
	Pass         = "pass"
	Fail         = "fail"
	Inconclusive = "inconclusive"
)

// Outcomes of a claim.
const (
	Confirmed   = "confirmed"
	Refuted     = "refuted"
	NotMeasured = "not_measured"
)

// Exit codes of a verdict.
const (
	ExitPass          = 0
	ExitInconclusive  = 3
	ExitFail          = 99
	ExitInterrupted   = 105
	ExitScenarioError = 107 // also what k6 ends with then
)

// FailOnRefuted is the header's FailOn by which a refuted claim fails the run.
const FailOnRefuted = "refuted"

// Verdict is what the runs say; it marshals to verdict.json.
type Verdict struct {
	SchemaVersion int      `json:"schema_version"`
	Outcome       string   `json:"outcome"`
	ExitCode      int      `json:"exit_code"`
	Reasons       []string `json:"reasons"`

	Target  run.Target  `json:"target,omitzero"`
	Machine run.Machine `json:"machine,omitzero"`
	// Checkout is what is to be known of somebody's checkout; absent for other
	// targets.
	Checkout *Checkout `json:"checkout,omitempty"`

	Trials  []Trial             `json:"trials"`
	Data    map[string]run.Data `json:"data"`
	Levels  []Level             `json:"levels"`
	Budgets []Budget            `json:"budgets"`
	// Growth is what a baseline says of the run; absent without one.
	Growth []Growth `json:"growth,omitempty"`
	// Capacity is what a search for it found; absent without one.
	Capacity *Capacity `json:"capacity,omitempty"`
	// Claims are those that the runs speak of; the others were not measured.
	Claims []Claim `json:"claims"`

	// Header is the first trial's, for what a report prints above its table.
	Header run.Header `json:"-"`
	// Series are the trials in their groups.
	Series []Series `json:"-"`
}

// Judge judges the runs against their budgets and the document. It is a pure
// function: the same runs, in whatever order, give the same bytes.
func Judge(runs []*run.Run, doc *claim.Document) *Verdict {
	trials, lost := examine(runs)
	v := &Verdict{
		SchemaVersion: SchemaVersion, Reasons: []string{},
		Trials: []Trial{}, Data: map[string]run.Data{}, Levels: []Level{}, Budgets: []Budget{}, Claims: []Claim{},
	}
	for i, t := range trials {
		if i == 0 {
			v.Header, v.Target, v.Machine = t.run.Header, t.run.Header.Target, t.run.Header.Machine
		}
		v.Trials = append(v.Trials, t.report())
		v.Data[t.run.Header.Data.Name] = t.run.Header.Data
	}
	all := seriesOf(trials)
	for _, s := range all {
		v.Series = append(v.Series, s.report(all))
		v.Levels = append(v.Levels, s.levels()...)
		if soakBeside := s.header().LeakBudget > 0 && len(all) > 1; !soakBeside && !s.unbudgeted() {
			v.Budgets = append(v.Budgets, s.budget(all, lost))
		}
	}
	v.Levels = addCollected(v.Levels, all)
	v.Checkout = checkoutOf(trials)
	v.Claims = append(v.Claims, claims(all, doc, v.Checkout)...)
	for i, c := range v.Claims {
		v.Claims[i].TurnsAt = turn(c, v.Data)
	}
	v.Capacity = searched(trials)
	v.decide(trials, lost)
	return v
}

// decide merges the budgets into the outcome and the exit code.
func (v *Verdict) decide(trials []*trial, lost []string) {
	v.Outcome = Pass
	switch {
	case len(trials) == 0:
		v.Outcome = Inconclusive
		v.Reasons = append([]string{"no trial was run"}, lost...)
	case len(v.Budgets) == 0: // a campaign passes when it is whole
		if v.Reasons = slices.Concat(v.Reasons, lost, unsound(trials)); len(v.Reasons) > 0 {
			v.Outcome = Inconclusive
		}
	}
	for _, b := range v.Budgets {
		v.Outcome = worse(v.Outcome, b.Outcome)
		if b.Outcome != Pass {
			v.Reasons = append(v.Reasons, b.Reasons...)
		}
		v.Reasons = slices.DeleteFunc(v.Reasons, func(r string) bool { return r == OneTrial })
	}
	for _, t := range trials {
		for _, f := range t.flaws {
			if f.weight == finding && t.run.Header.Campaign == "" {
				v.Reasons = append(v.Reasons, t.name(len(trials))+f.String())
			}
		}
	}
	for _, c := range v.Claims {
		if c.Outcome == Refuted && v.Header.FailOn == FailOnRefuted {
			v.Outcome = Fail
			v.Reasons = append(v.Reasons, fmt.Sprintf("claim %s is refuted", c.ID))
		}
	}
	v.Reasons = distinct(v.Reasons)
	v.ExitCode = v.exitCode(trials)
}

// unsound says which trials as a whole are not what was planned. What is wrong
// with a single hold stands at the claims that it keeps from being told.
func unsound(trials []*trial) []string {
	var reasons []string
	for _, t := range trials {
		for _, f := range t.flaws {
			if f.phase == "" && f.weight != finding {
				reasons = append(reasons, t.name(len(trials))+t.run.Header.Variant+": "+f.String())
			}
		}
		if len(t.run.Users) == 0 && t.outcome == run.Complete {
			reasons = append(reasons, t.name(len(trials))+t.run.Header.Variant+": nothing is known of what the users did")
		}
	}
	return reasons
}

func (v *Verdict) exitCode(trials []*trial) int {
	switch {
	case slices.ContainsFunc(trials, func(t *trial) bool { return t.outcome == run.Interrupted }):
		return ExitInterrupted
	case v.Outcome == Fail:
		return ExitFail
	case v.Outcome == Pass:
		return ExitPass
	case slices.ContainsFunc(trials, (*trial).scenarioError):
		return ExitScenarioError
	}
	return ExitInconclusive
}

// Campaign reports that the trials are of one: its table is that of the claims.
func (v *Verdict) Campaign() bool { return v.Header.Campaign != "" }

// worse returns the outcome that outweighs the other.
func worse(a, b string) string {
	rank := []string{Fail, Inconclusive, Pass}
	return rank[min(slices.Index(rank, a), slices.Index(rank, b))]
}

// distinct drops repetitions and empty words, and keeps the order.
func distinct(list []string) []string {
	out := []string{}
	for _, s := range list {
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// examine reads each run, in an order that does not depend on theirs, and says
// what of them was lost.
func examine(runs []*run.Run) (trials []*trial, lost []string) {
	for _, r := range runs {
		trials = append(trials, newTrial(r))
	}
	slices.SortStableFunc(trials, func(a, b *trial) int {
		return cmp.Or(
			compareKeys(a.key(), b.key()),
			cmp.Compare(a.run.Header.Trial, b.run.Header.Trial),
			cmp.Compare(a.run.Header.ID, b.run.Header.ID),
			cmp.Compare(a.run.Path, b.run.Path),
			cmp.Compare(fingerprint(a.run), fingerprint(b.run)),
		)
	})
	trials, lost = sift(trials)
	for _, t := range trials {
		if fingerprint(t.run) != fingerprint(trials[0].run) {
			t.flaws = append(t.flaws, flaw{weight: voidsAnswer,
				text: "another machine, target or build than in the first trial: judge them apart"})
		}
	}
	return trials, lost
}

// fingerprint is what must be equal for figures to be compared.
func fingerprint(r *run.Run) string {
	target := r.Header.Target
	data, err := json.Marshal([]any{r.Header.Machine, target.Kind, target.Name, target.Ref, r.Header.Tool})
	if err != nil {
		return err.Error() // strings and integers always marshal
	}
	return string(data)
}
