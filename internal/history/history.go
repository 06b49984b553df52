// Package history is what runs said over weeks: the figures of each, the series
// that they make, and where a series changed its level.
//
// Its opinion: figures are compared only where everything but the application's
// commit was the same. Another machine, another kind of target, another release
// of pixelload or another way to measure begins a new series. Few points say
// nothing of a change, and a run that measured nothing is a gap and no zero.
package history

import (
	"time"

	"github.com/pixeltales/pixelload/internal/run"
)

// Units of figures.
const (
	Bytes   = "bytes"
	Ratio   = "ratio"   // 0 to 1
	Seconds = "seconds" // of a difference of durations also below 0
	Users   = "users"
)

// Run is one stored run and its figures.
type Run struct {
	ID      string    `json:"run"`
	Started time.Time `json:"started"` // of its earliest trial, to the millisecond
	// Folder is where its files lay when it was recorded.
	Folder string     `json:"folder"`
	Target run.Target `json:"target"`
	Tool   string     `json:"tool"`
	// Fingerprint names all that must be equal for figures to be of one series;
	// What spells it out.
	Fingerprint string      `json:"fingerprint"`
	What        Fingerprint `json:"what"`

	Variants []string `json:"variants"`
	Data     []string `json:"data"`
	Trials   int      `json:"trials"`
	Outcome  string   `json:"outcome"` // of the verdict
	ExitCode int      `json:"exit_code"`
	Points   []Point  `json:"points"`
}

// Counts reports that the run's figures are compared with others: one that was
// interrupted, or whose scenario failed, stands in the list alone.
func (r Run) Counts() bool { return r.ExitCode != exitInterrupted && r.ExitCode != exitScenario }

// Point is one figure of one run.
type Point struct {
	Line
	Unit string `json:"unit"`
	// Value, and the 95 % interval Low to High; each absent where it is not known.
	Value *float64 `json:"value,omitempty"`
	Low   *float64 `json:"low,omitempty"`
	High  *float64 `json:"high,omitempty"`
	// N is the number of trials, or of pairs of them.
	N int `json:"n"`
	// Each has the figure of every trial, where it is one a trial.
	Each []float64 `json:"each,omitempty"`
	// Outcome is the verdict's on a claim or a budget; "" for others.
	Outcome string `json:"outcome,omitempty"`
	// AtLeast and AtMost are what the document says, or the budget.
	AtLeast *float64 `json:"at_least,omitempty"`
	AtMost  *float64 `json:"at_most,omitempty"`
}

// Line is what a figure is of. Points of one line are of one series only where
// the fingerprints are equal too.
type Line struct {
	// Metric is claim:L4, budget:peak_unreclaimable_bytes, level:3, collected:3,
	// delivery:3, fanout_p99:3 or errors:3; the number is that of the users.
	Metric  string `json:"metric"`
	Variant string `json:"variant"`
	Data    string `json:"data"`
	// Under is how it was measured: limit, users, holds.
	Under string `json:"under"`
}
