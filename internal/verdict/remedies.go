package verdict

import (
	"fmt"
	"slices"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/run"
)

// RemediesSchemaVersion is the version of the JSON that a Remedies marshals to.
const RemediesSchemaVersion = 1

// Remedies is what the runs say of ways to need less memory; it marshals to
// remedies.json.
type Remedies struct {
	SchemaVersion int      `json:"schema_version"`
	Outcome       string   `json:"outcome"` // Pass: of each it is told whether it helps; else Inconclusive
	ExitCode      int      `json:"exit_code"`
	Reasons       []string `json:"reasons"`

	Target  run.Target  `json:"target,omitzero"`
	Machine run.Machine `json:"machine,omitzero"`

	Against string `json:"against"` // the variant that each is to improve
	Trials  int    `json:"trials"`
	// Rule is by which a remedy is called effective, and one the cheapest.
	Rule     string              `json:"rule"`
	Data     map[string]run.Data `json:"data"`
	Remedies []Remedy            `json:"remedies"`
	Choices  []Choice            `json:"choices"` // one for each data profile that was measured
	Shifts   []Shift             `json:"frontier_shifts,omitempty"`
	// LeftOut are the frontiers that are compared with none, each with its reason.
	LeftOut []string `json:"frontiers_left_out,omitempty"`

	// Header is the first trial's, for what a report prints above its table.
	Header run.Header `json:"-"`
}

// Remedy is one way to need less, and what it does.
type Remedy struct {
	Variant string `json:"variant"`
	Text    string `json:"text"`
	By      string `json:"by"`    // whose idea: document or ours
	Takes   string `json:"takes"` // at most: code, server or features
	// Effects are on each data profile at each number of users, as far as there are
	// trials.
	Effects []Effect `json:"effects"`

	price int
}

// Answers to whether a remedy is effective.
const (
	Yes     = "yes"
	No      = "no"
	Unknown = "unknown"
)

// Effect is what a remedy does on one data profile at one number of users.
type Effect struct {
	Data  string `json:"data"`
	Users int    `json:"users"`
	// Peak is how much lower the largest U of natural trials is, Held how much
	// less is held when all garbage was collected. Absent: no round tells.
	Peak *Saved `json:"natural_peak,omitempty"`
	Held *Saved `json:"collected_level,omitempty"`
	// Service says whether it is kept with the remedy, Before whether without.
	Service Kept `json:"service"`
	Before  Kept `json:"service_before"`
	// CPU is by how many cores more the target took, Latency by how many seconds
	// the 95th percentile of all answers rose: natural trials.
	CPU     *Change `json:"cpu_cores,omitempty"`
	Latency *Change `json:"answer_p95_seconds,omitempty"`
	// Effective stands at the most users alone; "" at fewer.
	Effective string   `json:"effective,omitempty"`
	Reasons   []string `json:"reasons"`

	p      float64 // of a peak that is not lower by what is worthwhile
	tested bool
}

// Saved is a difference of memory in bytes: the mean over N rounds of what the
// one it is against takes, less what the remedy takes.
type Saved struct {
	N     int       `json:"n"`
	Bytes int64     `json:"bytes"`
	CI95  *[2]int64 `json:"ci95,omitempty"` // absent for one round
	// Of is what the one it is against takes, the mean over the same rounds.
	Of int64 `json:"of_bytes"`
	// Lists and ListsOf are how many list requests were answered in a hold with the
	// remedy and without, the mean over the rounds: a natural peak grows with them.
	// Absent of collected levels.
	Lists   float64 `json:"list_requests,omitempty"`
	ListsOf float64 `json:"of_list_requests,omitempty"`
}

// Change is the mean over N rounds of the remedy's figure less that of the one it
// is against.
type Change struct {
	N     int         `json:"n"`
	Value float64     `json:"value"`
	CI95  *[2]float64 `json:"ci95,omitempty"` // absent for one round
	// Of is the figure of the one it is against, the mean over the same rounds.
	Of float64 `json:"of"`
}

// Kept says whether the service was kept: yes, no or unknown, and in how many of
// N trials it was lost.
type Kept struct {
	Kept string `json:"kept"`
	N    int    `json:"n"`
	Lost int    `json:"lost"`
	How  string `json:"how,omitempty"` // one of them lost it
}

// Choice is the cheapest effective remedy on a data profile.
type Choice struct {
	Data string `json:"data"`
	// Cheapest and Largest, which saves most of the effective ones, are "" where
	// none is known to be effective.
	Cheapest string   `json:"cheapest,omitempty"`
	Largest  string   `json:"largest,omitempty"`
	Reasons  []string `json:"reasons"`
}

// JudgeRemedies judges the runs' trials of the remedies, and of what they are
// against. It is a pure function: the same runs, in whatever order, give the same
// bytes.
func JudgeRemedies(runs []*run.Run, of *claim.Remedies, frontiers []Frontier) *Remedies {
	trials, lost := examine(runs)
	r := &Remedies{
		SchemaVersion: RemediesSchemaVersion, Outcome: Pass, Reasons: append([]string{}, lost...), Against: of.Against, Trials: len(trials),
		Rule: rule(of), Data: map[string]run.Data{}, Remedies: []Remedy{}, Choices: []Choice{},
	}
	for i, t := range trials {
		if i == 0 {
			r.Header, r.Target, r.Machine = t.run.Header, t.run.Header.Target, t.run.Header.Machine
		}
		r.Data[t.run.Header.Data.Name] = t.run.Header.Data
	}
	all := seriesOf(trials)
	asked, _ := askedFor(all)
	for _, one := range of.List {
		remedy := Remedy{Variant: one.Variant, Text: one.Text, By: one.By, Takes: one.Takes, Effects: []Effect{}, price: one.Price()}
		for _, data := range of.Data {
			for _, users := range of.Crowds() {
				if e, speaks := effect(of.Against, one.Variant, data, users, all); speaks {
					remedy.Effects = append(remedy.Effects, e)
				}
			}
			measured := slices.ContainsFunc(remedy.Effects, func(e Effect) bool { return e.Data == data })
			if !measured && (len(asked) == 0 || asked[one.Variant]) {
				r.Reasons = append(r.Reasons, fmt.Sprintf("%s, %s data: not measured", one.Variant, data))
			}
		}
		r.Remedies = append(r.Remedies, remedy)
	}
	for _, data := range of.Data {
		r.choose(data, slices.Max(of.Crowds()))
	}
	r.Shifts, r.LeftOut = shifts(of, frontiers)
	r.decide(trials)
	return r
}

// decide says whether all could be told.
func (r *Remedies) decide(trials []*trial) {
	if len(r.Choices) == 0 {
		r.Reasons = append(r.Reasons, fmt.Sprintf("no round has both %s and a remedy", r.Against))
	}
	for _, one := range r.Remedies {
		for _, e := range one.Effects {
			if e.Effective == Unknown {
				r.Reasons = append(r.Reasons, fmt.Sprintf("%s, %s data: %s", one.Variant, e.Data, e.Reasons[0]))
			}
		}
	}
	r.Reasons = distinct(r.Reasons)
	if len(r.Reasons) > 0 {
		r.Outcome, r.ExitCode = Inconclusive, ExitInconclusive
	}
	if slices.ContainsFunc(trials, func(t *trial) bool { return t.outcome == run.Interrupted }) {
		r.ExitCode = ExitInterrupted
	}
}
