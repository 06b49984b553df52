// Package frontier says how many users fit into a plan with how much data: each
// cell of a grid of users against MiB of public stories fits, is tight or is
// killed, from the run files of a search alone.
//
// Its opinion: who fits with more users or more data fits with less, so a trial
// tells of cells that no trial was in, and those are marked as implied. What
// failed once is not held, whatever another trial showed. Memory and service are
// told apart.
package frontier

import (
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
)

// SchemaVersion is the version of the JSON that a Map marshals to.
const SchemaVersion = 1

// What memory does in a cell.
const (
	Fits    = "fits"    // the largest U stays within the budget
	Tight   = "tight"   // it fits, and is over the budget or may be over the limit next time
	Killed  = "killed"  // the kernel killed the target, or was about to
	Unknown = "unknown" // no trial tells, of memory or of service
)

// What becomes of the service in a cell.
const (
	Kept = "kept"
	Lost = "lost"
)

// BudgetShare is the share of the limit above which a cell is tight.
const BudgetShare = 0.85

// Map is what the trials of a search say of its grid; it marshals to
// frontier.json.
type Map struct {
	SchemaVersion int `json:"schema_version"`
	// Outcome is pass when every cell is told and every trial could be read, else
	// inconclusive: how many users fit is no question of pass or fail.
	Outcome  string   `json:"outcome"`
	ExitCode int      `json:"exit_code"`
	Reasons  []string `json:"reasons"`

	Target  run.Target  `json:"target"`
	Machine run.Machine `json:"machine"`
	Variant string      `json:"variant"`
	Plan    string      `json:"plan"`
	// LimitBytes is what was enforced; BudgetBytes is the share of it above which
	// a cell is tight.
	LimitBytes  int64   `json:"limit_bytes"`
	BudgetBytes int64   `json:"budget_bytes"`
	CPUs        float64 `json:"cpus,omitempty"` // absent: unthrottled
	Seed        uint64  `json:"seed"`
	Quick       bool    `json:"quick,omitempty"` // one of its trials was
	Tool        string  `json:"tool"`            // the pixelload that measured

	Users []int `json:"users"`
	Data  []Row `json:"data"`
	// Cells are those of each row of data, from the least, in the order of Users.
	Cells  []Cell  `json:"cells"`
	Points []Point `json:"points"`
	Trials []Trial `json:"trials"`
	// Seconds is how long the trials took together.
	Seconds float64 `json:"seconds"`
}

// Row is an amount of data.
type Row struct {
	Name string `json:"name"`
	// AskedMiB is what it was made to hold, PublicBytes what it does hold: absent
	// where it was never made, since other rows told all of it, where no trial knew,
	// and where trials differ, which Reasons say.
	AskedMiB    float64 `json:"asked_mib"`
	PublicBytes *int64  `json:"public_bytes,omitempty"`
}

// Cell is a number of users on an amount of data.
type Cell struct {
	Users   int    `json:"users"`
	Data    string `json:"data"`
	Memory  string `json:"memory"`
	Service string `json:"service"`

	// N is how many trials had these users on this data: none where the cell is
	// implied. Held of them fitted, Kills were killed by the kernel; the others'
	// load was ended before.
	N     int `json:"n"`
	Held  int `json:"held"`
	Kills int `json:"kills"`
	// Largest is the largest U of those that fitted, Bound the one-sided 95 %
	// prediction bound of the next trial's, where two or more did.
	Largest memory.Figure `json:"largest_bytes,omitzero"`
	Bound   memory.Figure `json:"bound_bytes,omitzero"`
	// ListRequests is the least of public-list requests that were answered while they
	// were there, of trials that fitted; absent where none did.
	ListRequests *int `json:"list_requests,omitempty"`
	// MemoryFrom and ServiceFrom are the cells that it is implied by; absent where
	// trials of its own tell.
	MemoryFrom  *Place   `json:"memory_from,omitempty"`
	ServiceFrom *Place   `json:"service_from,omitempty"`
	Reasons     []string `json:"reasons"`
}

// Place names a cell.
type Place struct {
	Users int    `json:"users"`
	Data  string `json:"data"`
}

// Point is a number of users that the document names, on the map: how much data
// they fit with.
type Point struct {
	Users  int      `json:"users"`
	Claims []string `json:"claims"`
	// FitsTo is the most data with which they fit, KilledFrom the least with which
	// they do not; absent where there is none in the grid.
	FitsTo     string `json:"fits_to,omitempty"`
	KilledFrom string `json:"killed_from,omitempty"`
	// TurnsAt has the bytes that the two do hold; absent unless both were made.
	TurnsAt *Turn `json:"turns_at,omitempty"`
}

// Turn is between which bytes of public stories users come to be too many: they
// fit up to AfterBytes, and do not from PublicBytes on.
type Turn struct {
	PublicBytes int64 `json:"public_bytes"`
	AfterBytes  int64 `json:"after_bytes"`
}

// Trial is one trial of the search.
type Trial struct {
	ID      string   `json:"id"`
	File    string   `json:"file,omitempty"`
	Data    string   `json:"data"`
	Users   []int    `json:"users"`
	Outcome string   `json:"outcome"`
	Holds   int      `json:"holds,omitempty"` // the most users that fitted; absent: none did
	Fails   int      `json:"fails,omitempty"` // the fewest that did not; absent: all fitted
	Reasons []string `json:"reasons"`
}

// Cell returns the cell of a row and a column, both from 0.
func (m *Map) Cell(row, column int) Cell { return m.Cells[row*len(m.Users)+column] }
