package compare

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
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
