// Package explain says what costs a target's memory, from what was measured of
// each of its calls and messages alone.
//
// It takes an Evidence, which package probe collects, and gives a Document:
// causes by kind, ranked, each with its figures and its remedy. It knows kinds of
// causes and no endpoint: what a call is named decides nothing. The figures are
// of an instrumented target and never part of a verdict.
package explain

import (
	"time"

	"github.com/pixeltales/pixelload/internal/run"
)

// Evidence is all that was measured of one target. All memory is U in bytes.
type Evidence struct {
	Started time.Time   `json:"started"`
	Seconds float64     `json:"seconds"`
	Tool    string      `json:"tool"`
	Target  run.Target  `json:"target"`
	Machine run.Machine `json:"machine"`
	Variant string      `json:"variant"`
	Data    run.Data    `json:"data"`
	Seed    uint64      `json:"seed"`
	// MemorySource is where U was read.
	MemorySource string `json:"memory_source"`
	// LimitBytes is the limit that was named, and calls end at 95 % of it; 0: none was.
	LimitBytes int64 `json:"limit_bytes"`
	// NoHook is why nothing inside the target could be asked; "": it could.
	NoHook string `json:"no_hook,omitempty"`
	// Largest U of all.
	LargestBytes int64 `json:"largest_bytes"`
	// Start is U on the way to the first call.
	Start    []Step    `json:"start"`
	Subjects []Subject `json:"subjects"`
	Crowds   []Crowd   `json:"crowds"`
	// Shares of a processor to reckon users for.
	Shares []float64 `json:"cpu_shares"`
	// NotMeasured is what was left out, and why.
	NotMeasured []Missing `json:"not_measured"`
	// Ended is why the measuring ended before its end; "": it did not.
	Ended string `json:"ended,omitempty"`
	// Interrupted says that a user ended it.
	Interrupted bool `json:"interrupted,omitempty"`
}

// Step is U at a moment of the start.
type Step struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
}

// Missing is a call or message that was not measured.
type Missing struct {
	What string `json:"what"`
	Why  string `json:"why"`
	// NoTime says that a run with less beside it may measure it.
	NoTime bool `json:"no_time,omitempty"`
}

// What a subject is.
const (
	Endpoint = "endpoint" // an HTTP call
	Message  = "message"  // a message on a socket
	Socket   = "socket"   // open sockets, or one whose other end does not read
)

// Subject is one call, message or socket, measured alone.
type Subject struct {
	Name string `json:"name"` // the users' own name for it
	What string `json:"what"` // as it was sent
	Of   string `json:"of"`   // endpoint, message, socket
	// FirstBytes is what stayed after the very first call, collected. Absent
	// without the hook.
	FirstBytes *int64 `json:"first_bytes,omitempty"`
	// Bursts are repetitions of the same calls.
	Bursts []Burst `json:"bursts,omitempty"`
	// Pile is a longer row of calls in which nothing was forced, for a large call.
	Pile *Burst `json:"pile,omitempty"`
	// Distinct are bursts in which no two calls had the same arguments.
	Distinct []Burst `json:"distinct,omitempty"`
	// Standing is what was held while sockets stood open.
	Standing []Standing `json:"standing,omitempty"`
	Anatomy  *Anatomy   `json:"anatomy,omitempty"`
}

// Burst is some calls, one after the other, between two readings.
type Burst struct {
	Calls   int     `json:"calls"`
	Seconds float64 `json:"seconds"`
	// CPUSeconds is in the kernel's ticks of 10 ms. Absent where it is not known.
	CPUSeconds  *float64 `json:"cpu_seconds,omitempty"`
	AnswerBytes int64    `json:"answer_bytes"` // of all calls
	BeforeBytes int64    `json:"before_bytes"` // collected, where there is the hook
	PeakBytes   int64    `json:"peak_bytes"`
	AfterBytes  int64    `json:"after_bytes"` // as the calls left it
	// TrimmedBytes is after memory that was free was given back, and
	// CollectedBytes after all garbage was. Absent without the hook.
	TrimmedBytes   *int64 `json:"trimmed_bytes,omitempty"`
	CollectedBytes *int64 `json:"collected_bytes,omitempty"`
	// Blocks is how many more pieces of memory Python had given out afterwards,
	// collected.
	Blocks *int64 `json:"blocks,omitempty"`
	// Collected is how many objects the forced collection freed.
	Collected int64 `json:"collected_objects,omitempty"`
	// FullCollections is how many Python made itself meanwhile.
	FullCollections *int `json:"full_collections,omitempty"`
}

// Standing is what sockets hold while they are open.
type Standing struct {
	Sockets     int   `json:"sockets"`
	Messages    int   `json:"messages"` // sent while the other end did not read
	SentBytes   int64 `json:"sent_bytes"`
	BeforeBytes int64 `json:"before_bytes"`
	// DuringBytes is with them open, GoneBytes after they were closed; both
	// collected, where there is the hook.
	DuringBytes int64 `json:"during_bytes"`
	GoneBytes   int64 `json:"gone_bytes"`
	// Queued are items in asyncio's queues during it. Absent without the hook.
	Queued *int `json:"queued,omitempty"`
}

// Anatomy is what a subject leaves, by kinds of objects and by lines of code,
// looked at after its figures were taken.
type Anatomy struct {
	Calls   int    `json:"calls"`
	Garbage []Kind `json:"garbage"` // what only a collection frees
	// Loops are ways by which garbage refers to itself, as class names.
	Loops [][]string `json:"loops"`
	// Grown are kinds of which more live after the calls, collected.
	Grown []Kind `json:"grown"`
	// Holders refer to the kind that has grown most.
	Holders []Kind `json:"holders"`
	// Lines allocated what lived after the calls, traced in a pass of its own.
	Lines   []Kind `json:"lines"`
	Threads int    `json:"threads"`
	// Connections to the database that were open after the calls, and after a collection.
	Connections          int `json:"connections"`
	ConnectionsCollected int `json:"connections_collected"`
	Queued               int `json:"queued"`
}

// Kind is objects of one class, or allocations of one line.
type Kind struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
	Bytes int64  `json:"bytes"`
}

// Crowd is users of one persona on the target, or of several that need each other.
type Crowd struct {
	Persona     string   `json:"persona"` // as reader=2
	Users       int      `json:"users"`
	Seconds     float64  `json:"seconds"`               // of their hold in which all were there
	CPUSeconds  *float64 `json:"cpu_seconds,omitempty"` // in these; absent where it is not known
	BeforeBytes int64    `json:"before_bytes"`
	PeakBytes   int64    `json:"peak_bytes"`
	AfterBytes  int64    `json:"after_bytes"`
	// TrimmedBytes and CollectedBytes are as of a burst.
	TrimmedBytes   *int64 `json:"trimmed_bytes,omitempty"`
	CollectedBytes *int64 `json:"collected_bytes,omitempty"`
	// Requests is how often each call was made in the hold.
	Requests map[string]int `json:"requests"`
}
