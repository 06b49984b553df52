// Package plan answers which hosting plan holds so many users with so much data,
// and how many users a plan holds, from run files that are there already.
//
// Its opinion: what was measured, what that implies and what is extrapolated are
// three kinds of answers, and never one figure. A share of trials is of those alone
// that had just these users and this data. Where there was none, those who always
// held more, or who failed with less, tell, and without a share. What lies outside
// is told by a plane through what was measured, up to twice as far as that, and else
// not at all.
package plan

import (
	"github.com/pixeltales/pixelload/internal/run"
)

// SchemaVersion is the version of the JSON that an Answer marshals to.
const SchemaVersion = 1

// What is said of a plan.
const (
	Holds   = "holds"
	Fails   = "does_not_hold"
	Unknown = "cannot_tell"
)

// On what it rests.
const (
	Measured     = "measured"
	Implied      = "implied"
	Extrapolated = "extrapolated"
)

// Question is what is asked. Users are of the smallest plan; 0 asks for the most
// users of Plan. MiB is of public stories; 0, with Plan, is each measured amount.
type Question struct {
	Variant string  `json:"variant"`
	Users   int     `json:"users,omitempty"`
	MiB     float64 `json:"data_mib,omitempty"`
	Plan    string  `json:"plan,omitempty"`
}

// Answer is what the runs say to a question; it marshals to the JSON of `plan`.
type Answer struct {
	SchemaVersion int      `json:"schema_version"`
	Outcome       string   `json:"outcome"` // pass: a plan holds, by trials enough; fail: none; inconclusive
	ExitCode      int      `json:"exit_code"`
	Reasons       []string `json:"reasons"`
	Question      Question `json:"question"`

	// Smallest is the cheapest plan that holds as far as is known: Outcome says
	// whether that is enough to rely on. Absent when none is known to.
	Smallest *Option `json:"smallest,omitempty"`
	// Plans are all plans and what is known of each, the cheapest first.
	Plans []Option `json:"plans,omitempty"`
	// Most are the most users of the plan that was asked for, by amounts of data.
	Most []Most `json:"most,omitempty"`

	Target  run.Target  `json:"target,omitzero"`
	Machine run.Machine `json:"machine,omitzero"`
	// Trials is how many were read, LeftOut how many more there are, of the variant,
	// of other builds or machines.
	Trials  int `json:"trials"`
	LeftOut int `json:"left_out"`
}

// Option is a plan and whether it holds the users with the data.
type Option struct {
	Plan        string  `json:"plan"`
	MemoryBytes int64   `json:"memory_bytes"`
	CPUs        float64 `json:"cpus"`
	Dollars     float64 `json:"dollars_a_month"`
	Memory      Memory  `json:"memory"`
	// Service is what was seen under the plan's share of the processor: kept, lost
	// or cannot_tell.
	Service string `json:"service"`
	// Command measures what is not known; absent where all is.
	Command string `json:"command,omitempty"`
}

// Memory is whether memory fits.
type Memory struct {
	Says  string `json:"says"`
	Basis string `json:"basis,omitempty"` // measured, implied or extrapolated; absent where nothing is known
	// N trials had just these users and this data, or, of what is implied, those of
	// From. Lived of them fitted, and Short of those were quick, or saw fewer list
	// requests than show whole teeth of the memory.
	N     int `json:"n,omitempty"`
	Lived int `json:"lived,omitempty"`
	Short int `json:"short,omitempty"`
	// ShareCI95 is the exact interval of the share that lives, of what was measured.
	// A search does not go on with a number that failed: where some did, the share is
	// of trials that ended there.
	ShareCI95 *[2]float64 `json:"share_ci95,omitempty"`
	// From is whose trials imply it: they held more each time, or failed with less.
	From *Place `json:"from,omitempty"`
	// Predicted is the next trial's largest U, CI95 its prediction interval, Chance
	// that it stays below the memory; FromTrials is what they rest on. Of what is
	// extrapolated.
	Predicted  int64     `json:"predicted_bytes,omitempty"`
	CI95       *[2]int64 `json:"ci95,omitempty"`
	Chance     *float64  `json:"chance,omitempty"`
	FromTrials int       `json:"from_trials,omitempty"`
	Reasons    []string  `json:"reasons"`
}

// Place is a number of users, an amount of public stories, and the memory that the
// trials there had, or the plan's where they had more.
type Place struct {
	Users       int     `json:"users"`
	MiB         float64 `json:"data_mib"`
	MemoryBytes int64   `json:"memory_bytes"`
}

// Most is how many users a plan holds with an amount of public stories.
type Most struct {
	MiB float64 `json:"data_mib"`
	// Holds is the most users that were measured to fit, or implied, Fails the fewest
	// that were not; absent for none. Measured is of Holds.
	Holds    int     `json:"holds,omitempty"`
	Fails    int     `json:"fails,omitempty"`
	Measured *Memory `json:"measured,omitempty"`
	// Extrapolated is the most users beyond what was measured that fit with a chance
	// of 95 %; absent where none was tried to be told, or measured users fail.
	Extrapolated int     `json:"extrapolated,omitempty"`
	By           *Memory `json:"extrapolated_by,omitempty"`
	// Kept is the most users whose service was kept under the plan's share of the
	// processor, Lost the fewest whose was not; absent where nobody saw it.
	Kept int `json:"kept,omitempty"`
	Lost int `json:"lost,omitempty"`
}
