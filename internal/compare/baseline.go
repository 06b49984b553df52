package compare

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// BaselineVersion is the version of a baseline's JSON. ParseBaseline refuses
// another one.
const BaselineVersion = 1

// Baseline is a run's figures for later runs to be compared with: a file that a
// team commits beside its code.
type Baseline struct {
	SchemaVersion int `json:"schema_version"`
	// BudgetGrowthBytes is by how much a run may exceed the baseline.
	BudgetGrowthBytes int64 `json:"budget_growth_bytes"`
	Run               Side  `json:"run"`
}

// NewBaseline makes a baseline of a run, which is called so from then on.
func NewBaseline(run Side, budgetGrowth int64) *Baseline {
	run.Name = "baseline"
	return &Baseline{SchemaVersion: BaselineVersion, BudgetGrowthBytes: budgetGrowth, Run: run}
}

// ParseBaseline reads what Write wrote; an unknown key is an error.
func ParseBaseline(data []byte) (*Baseline, error) {
	var b Baseline
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&b)
	switch {
	case err != nil && b.SchemaVersion > BaselineVersion, err == nil && b.SchemaVersion != BaselineVersion:
		return nil, fmt.Errorf("it is of version %d, and this pixelload reads %d: set it again", b.SchemaVersion, BaselineVersion)
	case err != nil:
		return nil, err
	case decoder.More():
		return nil, fmt.Errorf("something follows the baseline, at byte %d", decoder.InputOffset())
	case len(b.Run.Trials) == 0 || len(b.Run.SetUp.Phases) == 0:
		return nil, fmt.Errorf("it has no trial: set it again")
	case b.BudgetGrowthBytes < 0:
		return nil, fmt.Errorf("budget_growth_bytes is %d, want 0 or more", b.BudgetGrowthBytes)
	}
	return &b, nil
}

// Write writes b as a file for people to diff: indented, a line a figure.
func (b *Baseline) Write(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(b)
}

// Against compares the run with the baseline: one of another variant or target
// has a baseline of its own.
func (b *Baseline) Against(run Side) *Comparison {
	return sides(b.Run, run, b.BudgetGrowthBytes, strangers(b.Run, run))
}

// Growth is the comparison as a part of B's verdict, which was held against A.
func (c *Comparison) Growth() []verdict.Growth {
	if c.Refused {
		return []verdict.Growth{{Budget: c.BudgetGrowthBytes, Outcome: verdict.Inconclusive, Reasons: prefixed("the baseline: ", c.Reasons)}}
	}
	var all []verdict.Growth
	whole := func(outcome string, reasons []string) {
		if len(reasons) > 0 {
			all = append(all, verdict.Growth{Budget: c.BudgetGrowthBytes, Outcome: outcome, Reasons: reasons})
		}
	}
	if crashed := c.crashed(); crashed != "" {
		whole(verdict.Fail, []string{crashed})
	}
	whole(verdict.Inconclusive, prefixed("the baseline: ", slices.Concat(c.lost(), c.unjudged())))
	for _, p := range c.Phases {
		if !p.Judged {
			continue
		}
		g := verdict.Growth{Phase: p.Phase, Budget: c.BudgetGrowthBytes, Outcome: p.Outcome, Reasons: slices.Concat(p.Reasons, caveats(c.A, c.B))}
		if d := p.Difference; d != nil {
			g.Difference, g.CI95 = &d.Bytes, &d.CI95
		}
		all = append(all, g)
	}
	return all
}

func prefixed(with string, list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = with + s
	}
	return out
}

// Unfit says why the side cannot be a baseline: figures that decide nothing, or
// that no interval can be made of; nothing when it can.
func (s Side) Unfit() []string {
	if c := Sides(s, s, math.MaxInt64); c.Outcome != verdict.Pass {
		return c.Reasons
	}
	return nil
}

// Foreseen says what of a run that is about to begin makes it incomparable with
// s: what is known of it by then.
func (s Side) Foreseen(h run.Header) []string {
	run := Side{Target: h.Target, Variant: h.Variant}
	next := setUp(h)
	next.Data, next.LimitBytes, next.CPUs, next.MemorySource = s.SetUp.Data, s.SetUp.LimitBytes, s.SetUp.CPUs, s.SetUp.MemorySource
	return slices.Concat(strangers(s, run), differences(s.SetUp, next))
}

// NamedLevel is the level of a phase.
type NamedLevel struct {
	Phase string
	Level *Level
}

// Levels are the side's means in each phase that has one.
func (s Side) Levels() []NamedLevel {
	var all []NamedLevel
	for _, p := range s.SetUp.Phases {
		var read sample
		if l := level(read.side(s, p.Name)); l != nil {
			all = append(all, NamedLevel{p.Name, l})
		}
	}
	return all
}
