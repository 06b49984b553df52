package explain

import "fmt"

// SchemaVersion is that of explain.json.
const SchemaVersion = 1

// Outcomes of a measuring. None of them is a verdict.
const (
	Complete    = "complete"
	Partial     = "partial" // it ended before all was asked
	Interrupted = "interrupted"
)

// Kinds of causes.
const (
	Leak      = "leak"
	Cache     = "unbounded cache"
	Queue     = "queue"
	Garbage   = "cyclic garbage"
	Once      = "kept once"
	Connected = "held while connected"
	Large     = "merely large"
	Left      = "left behind" // without the hook nobody knows what it is
	Small     = "small"
)

// Document is explain.json.
type Document struct {
	SchemaVersion int      `json:"schema_version"`
	Outcome       string   `json:"outcome"`
	Reasons       []string `json:"reasons"`
	// Rows are the causes, the most expensive first.
	Rows     []Row     `json:"rows"`
	Personas []Persona `json:"personas"`
	// CannotTell is what this target or this run leaves open.
	CannotTell []string `json:"cannot_tell"`
	Evidence   Evidence `json:"evidence"`
}

// Row is one subject with the kind of its cost.
type Row struct {
	Rank int    `json:"rank"`
	Name string `json:"name"`
	What string `json:"what"`
	Of   string `json:"of"`
	Kind string `json:"kind"`
	// Also are other kinds of cost that it has.
	Also []string `json:"also"`
	// Bytes is what it ranks by, and Basis says what that is.
	Bytes int64  `json:"bytes"`
	Basis string `json:"basis"`
	// Share is the rise for 1 of the largest of all rows. Shares do not add up:
	// rises overlap in one heap. Absent where Bytes is computed, of a growth.
	Share *float64 `json:"share,omitempty"`
	// RiseBytes is the largest rise of U above what it was before the calls.
	RiseBytes int64 `json:"rise_bytes"`
	// Parts of the largest rise during calls; absent of open sockets.
	Parts *Parts `json:"parts,omitempty"`
	Calls int    `json:"calls"` // in all
	// What one call leaves for the collector, what of it stays after a collection
	// and what it holds at most beyond these while it is answered; the last is absent
	// of messages, which do not wait for each other. Absent where it cannot be told.
	Garbage  *Estimate `json:"garbage_a_call,omitempty"`
	Held     *Estimate `json:"held_a_call,omitempty"`
	InFlight *Estimate `json:"in_flight_a_call,omitempty"`
	// LeftPerMiB is garbage and held bytes for each MiB of answer; absent of small answers.
	LeftPerMiB *Estimate `json:"left_per_mib_of_answer,omitempty"`
	CPU        *Estimate `json:"cpu_seconds_a_call,omitempty"`
	// Users is for each share of a processor how many users it takes to use it up
	// with this alone, computed from how often default users asked for it: so many
	// times in so many seconds of one user, just after they came.
	Users        []UsersAt `json:"users_at,omitempty"`
	Asked        int       `json:"asked,omitempty"`
	AskedSeconds float64   `json:"asked_user_seconds,omitempty"`
	Evidence     string    `json:"evidence"` // of its kind; empty where its parts say all
	Remedy       string    `json:"remedy"`
}

// Parts are what a rise of U was made of: what went with the answers, what was
// free already and the heap kept, garbage, and what was held. The last three are
// absent without the hook.
type Parts struct {
	Calls         int    `json:"calls"` // one after the other, nothing forced meanwhile
	RiseBytes     int64  `json:"rise_bytes"`
	AnsweredBytes int64  `json:"answered_bytes"`
	FreeBytes     *int64 `json:"free_bytes,omitempty"`
	GarbageBytes  *int64 `json:"garbage_bytes,omitempty"`
	HeldBytes     *int64 `json:"held_bytes,omitempty"`
}

// String says it in MiB.
func (p Parts) String() string {
	text := fmt.Sprintf("%.1f MiB above before in %d calls in a row: %.1f gone with the answers", mib(p.RiseBytes), p.Calls, mib(p.AnsweredBytes))
	if p.FreeBytes == nil {
		return text
	}
	return text + fmt.Sprintf(", %.1f free in the heap, %.1f garbage, %.1f held", mib(*p.FreeBytes), mib(*p.GarbageBytes), mib(*p.HeldBytes))
}

// Estimate is a mean with its 95 % t interval over bursts of one process, one
// after the other: fresh starts may differ by more.
type Estimate struct {
	Mean float64    `json:"mean"`
	CI95 [2]float64 `json:"ci95"`
	N    int        `json:"n"` // bursts
}

// UsersAt is how many users use up a share of a processor.
type UsersAt struct {
	CPUs  float64 `json:"cpus"`
	Users float64 `json:"users"`
	// CI95 holds both how many calls were counted and the bursts' spread of what
	// one takes. Absent of a persona: it is one reading.
	CI95 *[2]float64 `json:"ci95,omitempty"`
}

// Persona is what users of one kind add: one reading each, of the first seconds
// after they came, in which pages are loaded more often than later.
type Persona struct {
	Name    string  `json:"name"`
	Users   int     `json:"users"`
	Seconds float64 `json:"seconds"`
	// RiseBytes is the largest rise of U; of it Garbage, Held and Free bytes were
	// left at the end. Absent without the hook.
	RiseBytes    int64  `json:"rise_bytes"`
	GarbageBytes *int64 `json:"garbage_bytes,omitempty"`
	HeldBytes    *int64 `json:"held_bytes,omitempty"`
	FreeBytes    *int64 `json:"free_bytes,omitempty"`
	// CPU is the share of a processor that one user takes. Absent where it is not known.
	CPU     *float64  `json:"cpus_a_user,omitempty"`
	UsersAt []UsersAt `json:"users_at"`
}
