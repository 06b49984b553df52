// Package run is the run file: everything one trial saw, a JSON object a line.
//
// It cuts the world in two. Left of it are programs that touch the network and
// the kernel; right of it are pure functions of the file. The file has one
// writer, grows only at its end, and is readable up to any cut. Times (t) are
// seconds since the trial began, taken from the monotonic clock.
//
//	{"header":{...},"crc":"..."}                       once, first
//	{"mark":{"t":1.9,"name":"listening"},...}          a moment of the trial
//	{"sample":{"t":2.0,"unreclaimable_bytes":...},...} one reading of memory
//	{"users":{"t":3.0,"phase":"users=3"},...}          what the users did in one second
//	{"event":{"t":9.1,"kind":"oom_kill"},...}          something that happened
//	{"end":{"t":99.5,"outcome":"complete"},...}        once, last
//
// The last field of each line is the CRC-32 of what stands before it: a line
// that was damaged later ends the readable part, as a cut one does.
package run

import (
	"slices"
	"time"

	"github.com/pixeltales/pixelload/internal/memory"
)

// Version is the format's version. Read refuses a newer one.
const Version = 1

// Line is one line of the file without its checksum: exactly one field is set.
type Line struct {
	Header *Header `json:"header,omitempty"`
	Mark   *Mark   `json:"mark,omitempty"`
	Sample *Sample `json:"sample,omitempty"`
	Users  *Users  `json:"users,omitempty"`
	Event  *Event  `json:"event,omitempty"`
	End    *End    `json:"end,omitempty"`
}

// Header says what was run, on what and how.
type Header struct {
	Version int       `json:"version"`
	ID      string    `json:"id"`    // of the run, shared by its trials
	Trial   int       `json:"trial"` // from 1
	Trials  int       `json:"trials"`
	Started time.Time `json:"started"`
	Tool    string    `json:"tool"` // pixelload's version

	Target  Target  `json:"target"`
	Machine Machine `json:"machine"`

	Kind       string  `json:"kind"` // Natural or Collected
	Variant    string  `json:"variant"`
	Data       Data    `json:"data"`
	LimitBytes int64   `json:"limit_bytes,omitempty"` // 0: no limit was enforced
	CPUs       float64 `json:"cpus,omitempty"`        // 0: unthrottled
	Seed       uint64  `json:"seed"`

	// Mix is who the users are, as reader=2,artist=1; "user" is the default user,
	// whom the claims are about. ListRequestsAMinute is how often one of them asks
	// for the public list in the long run, on average.
	Mix                 string  `json:"mix"`
	ListRequestsAMinute float64 `json:"list_requests_a_minute"`

	Phases []Phase `json:"phases"`
	Quick  bool    `json:"quick,omitempty"`
	// MemorySource is the Name of the memory.Source, SampleSeconds its period.
	MemorySource  string  `json:"memory_source"`
	SampleSeconds float64 `json:"sample_seconds"`
	BudgetBytes   int64   `json:"budget_bytes"`
	// FailOn is "refuted" when a refuted claim fails the run as well.
	FailOn string `json:"fail_on,omitempty"`
	// NoLimitWhy says why no limit was enforced; empty where one was.
	NoLimitWhy string `json:"no_limit_why,omitempty"`
	// NoSockets says that the variant's server has no WebSockets, as gunicorn:
	// sockets that it refuses are no errors, and no stroke is delivered.
	NoSockets bool `json:"no_sockets,omitempty"`

	// Checkout is what is to be known of somebody's checkout; nil for other targets.
	Checkout *Checkout `json:"checkout,omitempty"`

	// Running says that the target ran before the trial and was not started for
	// it: its memory holds its past, and it is idle without having begun.
	Running bool `json:"running,omitempty"`

	// HabitsOff are the habits that were switched off for all users, by their
	// names in the script and in their order: pages, sockets.
	HabitsOff []string `json:"habits_off,omitempty"`
	// Fault is what was done to the database in the last phase with users:
	// FaultCut, FaultStall, or "" for nothing.
	Fault string `json:"fault,omitempty"`
	// Search says that the trials look for how many users fit.
	Search bool `json:"search,omitempty"`
	// Frontier is the grid that the trials search together; nil for none.
	Frontier *Frontier `json:"frontier,omitempty"`
	// LeakBudget is the leak that a soak is judged by, in bytes an hour; 0: the
	// trial is no soak.
	LeakBudget float64 `json:"leak_budget_bytes_per_hour,omitempty"`
	// Campaign names the campaign that the trial is part of; "" for none. Round is
	// its round there, from 1: arms are compared by the differences of one round.
	Campaign string `json:"campaign,omitempty"`
	Round    int    `json:"round,omitempty"`
	// Claims are the ids, or the remedies' names, that the campaign is to decide:
	// those that no trial speaks of are not measured, and said to be.
	Claims []string `json:"claims,omitempty"`
}

// Frontier is a grid of users against what the target's database holds, on a plan.
type Frontier struct {
	Plan  string `json:"plan"`
	Users []int  `json:"users"` // ascending, from 1
	Data  []Row  `json:"data"`  // from the least
}

// Row is an amount of data in a grid: the name of the data profile that was made
// to hold so many MiB of public stories. What it does hold, its trials say.
type Row struct {
	Name string  `json:"name"`
	MiB  float64 `json:"mib"`
}

// Faults of a database.
const (
	FaultCut   = "cut"   // its connections are closed, again and again
	FaultStall = "stall" // it answers nothing, and keeps its connections
)

// Kinds of trials. Figures of the two are never one series.
const (
	Natural   = "natural"   // nothing but the users touches the target
	Collected = "collected" // a full garbage collection is forced near the end of each hold
)

// Target says what was under test.
type Target struct {
	Kind   string `json:"kind"` // reference, checkout, container or url
	Name   string `json:"name"`
	Ref    string `json:"ref"`    // commit, or a digest of the sources
	Source string `json:"source"` // where it came from
	// Environment names the Python environment that it runs in, where trials of two
	// targets are compared: one name is one environment.
	Environment string `json:"environment,omitempty"`
}

// Checkout says how a checkout was run, and what users must do without.
type Checkout struct {
	Settings string `json:"settings"` // its own module, before ours
	// NotIsolated says why its network is the machine's; "": it has one of its own,
	// which reaches nobody.
	NotIsolated string `json:"not_isolated,omitempty"`
	// Placeholders are the environment variables that its settings demand and
	// that were given a value of no meaning.
	Placeholders []string `json:"placeholders,omitempty"`
	// NoSockets says that its application has no WebSockets, where the variant's
	// server would take them.
	NoSockets    bool         `json:"no_sockets,omitempty"`
	Capabilities []Capability `json:"capabilities,omitempty"`
}

// Add notes what is not known of it yet.
func (c *Checkout) Add(more ...Capability) {
	for _, m := range more {
		if !slices.Contains(c.Capabilities, m) {
			c.Capabilities = append(c.Capabilities, m)
		}
	}
}

// Capability is something that a checkout lacks, or that it does otherwise in a
// trial than on its own.
type Capability struct {
	What  string `json:"what"`
	Why   string `json:"why"`
	Costs string `json:"costs"` // what users skip, or what a figure leaves out
}

// Machine is the fingerprint: figures of two machines are never one series.
type Machine struct {
	OS        string `json:"os"`
	Kernel    string `json:"kernel"`
	Arch      string `json:"arch"`
	CPUModel  string `json:"cpu_model"`
	CPUs      int    `json:"cpus"`
	MemoryMiB int64  `json:"memory_mib"`
	SwapMiB   int64  `json:"swap_mib"`
	Cgroup    string `json:"cgroup"` // v1, v2 or none
	THP       string `json:"thp,omitempty"`
	Libc      string `json:"libc,omitempty"`
	Python    string `json:"python,omitempty"`
}

// Data says what the target's database held: it decides more than the users do.
type Data struct {
	Name          string `json:"name"`
	PublicStories int    `json:"public_stories"`
	DrawnStories  int    `json:"drawn_stories"`
	PublicBytes   int64  `json:"public_bytes"`
	Words         int    `json:"words"`
	Users         int    `json:"users"`
	FriendsAUser  int    `json:"friends_a_user"`
}

// Phase is a stretch with a constant number of users: a warm-up, then a hold.
type Phase struct {
	Name          string  `json:"name"` // idle, users=3, drained
	Users         int     `json:"users"`
	WarmupSeconds float64 `json:"warmup_seconds"`
	HoldSeconds   float64 `json:"hold_seconds"`
	// Visits is how often each user comes and goes in the phase; 0: they stay.
	// Its memory is then not a level but what so many visits leave.
	Visits int `json:"visits,omitempty"`
}

// Names of marks.
const (
	MarkListening    = "listening"     // the target accepts connections
	MarkFirstRequest = "first_request" // after one request
	MarkTouched      = "touched"       // after each endpoint was touched once
	MarkPhase        = "phase"         // a phase begins
	MarkLoadEnd      = "load_end"      // the last phase ends
	MarkFault        = "fault"         // the fault begins, and
	MarkFaultEnd     = "fault_end"     // is over
	// Between the two, U is what the target still holds after a full garbage
	// collection in each of its processes, with the users still there.
	MarkCollected    = "collected"
	MarkCollectedEnd = "collected_end"
)

// Mark is a moment of the trial. Phase and Users are set for MarkPhase,
// MarkCollected and MarkCollectedEnd.
type Mark struct {
	T     float64 `json:"t"`
	Name  string  `json:"name"`
	Phase string  `json:"phase,omitempty"`
	Users int     `json:"users,omitempty"`
	// CPUSeconds is the processor time that the target took until then: set for
	// MarkPhase and MarkLoadEnd of a target that was started; 0: not known.
	CPUSeconds float64 `json:"cpu_seconds,omitempty"`
}

// Sample is a reading of memory and when it was taken.
type Sample struct {
	T float64 `json:"t"`
	memory.Sample
}

// Kinds of events.
const (
	EventOOMKill       = "oom_kill"       // Count processes were killed by the kernel
	EventExit          = "exit"           // the target ended by itself: Text says how
	EventGap           = "gap"            // no sample for Seconds: Text says why
	EventGenerator     = "generator_exit" // k6 ended: Count is its exit code, Seconds the processor time it used
	EventInterrupted   = "interrupted"    // SIGINT or SIGTERM
	EventTargetLog     = "target_log"     // the tail of the target's log, secrets removed
	EventGeneratorLog  = "generator_log"  // the tail of k6's log
	EventThrottled     = "throttled"      // Seconds the target was held back by its CPU share
	EventTargetSummary = "target_summary" // Text: exit status of the target when it was stopped
	EventUntouched     = "untouched"      // Text: an endpoint that did not answer as expected when touched
	EventCollection    = "collection"     // a process collected Count objects of garbage in Seconds; Text says what failed
	EventTidied        = "tidied"         // Count stories of the users were removed from the target; Text: what stays
	EventHarness       = "harness"        // Text: an error of pixelload itself that did not spoil the trial
	EventDial          = "dial"           // the app tried to reach Text, a host and port elsewhere
	EventOpen          = "open"           // the app's network was the machine's: Text says why
	EventProbe         = "probe"          // a request that needs the database was answered after Seconds: Count is the status, 0 with Text for none
)

// Event is something that happened, and not a reading.
type Event struct {
	T       float64 `json:"t"`
	Kind    string  `json:"kind"`
	Count   int64   `json:"count,omitempty"`
	Seconds float64 `json:"seconds,omitempty"`
	Text    string  `json:"text,omitempty"`
}

// Outcomes of a trial.
const (
	Complete      = "complete"
	Killed        = "killed"         // by the kernel, under its limit
	Died          = "died"           // ended by itself under load
	DiedStarting  = "died_starting"  // killed or ended before the load began
	Stopped       = "stopped"        // by pixelload, at the memory where the plan said so
	Enough        = "enough"         // by pixelload, when it had seen what it was to
	Interrupted   = "interrupted"    // by the user
	GeneratorDied = "generator_died" // k6 ended early
	Cut           = "cut"            // no end line: the file is cut, or its writer was killed
)

// End is the last line. A file without it is not complete.
type End struct {
	T       float64  `json:"t"`
	Outcome string   `json:"outcome"`
	Reasons []string `json:"reasons,omitempty"`
}
