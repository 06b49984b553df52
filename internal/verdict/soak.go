package verdict

import (
	"fmt"
	"slices"

	"github.com/pixeltales/pixelload/internal/phase"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/stats"
)

// SoakSchemaVersion is the version of the JSON that a Soak marshals to.
const SoakSchemaVersion = 1

// Soak is whether a target leaks under constant users; it marshals to soak.json.
type Soak struct {
	SchemaVersion int      `json:"schema_version"`
	Outcome       string   `json:"outcome"` // Pass: below the budget; Fail: above it, or killed; Inconclusive
	ExitCode      int      `json:"exit_code"`
	Reasons       []string `json:"reasons"`

	Target     run.Target  `json:"target"`
	Machine    run.Machine `json:"machine"`
	Variant    string      `json:"variant"`
	Data       run.Data    `json:"data"`
	Kind       string      `json:"kind"` // natural or collected
	LimitBytes int64       `json:"limit_bytes,omitempty"`
	CPUs       float64     `json:"cpus,omitempty"`
	Users      int         `json:"users"`

	// PlannedHours and Hours are of the hold, its warm-up left out: how long it was
	// to last, and how long it did.
	PlannedHours float64 `json:"planned_hours"`
	Hours        float64 `json:"hours"`

	// Budget is the leak that may be, in bytes an hour.
	Budget float64 `json:"budget_bytes_per_hour"`
	// Leak is of the look that decided, else of the last one; absent when no look
	// had enough to judge, or what it had is void.
	Leak *Leak `json:"leak,omitempty"`
	// Once is what came once, and is no leak; of some it cannot be said yet.
	Once []OnceHeld `json:"once"`
	// Garbage is how far U swings above the trough of a stretch, the median of them:
	// garbage, and answers in flight, and what grew meanwhile; absent in collected
	// trials.
	Garbage *int64 `json:"garbage_bytes,omitempty"`
	Largest *int64 `json:"largest_bytes,omitempty"` // the largest U of the hold
	// ToLimit is in how many hours after the soak the largest U comes to the limit,
	// by the ends of the leak's interval; absent without a limit or a leak, and where
	// steps may come again.
	ToLimit *ToLimit `json:"hours_to_limit,omitempty"`

	unknown string // why the last look does not tell

	Looks  []LookTaken `json:"looks"`
	Points []SoakPoint `json:"points"` // what was held, over time
	Run    *run.Run    `json:"-"`
}

// Leak is a slope in bytes an hour.
type Leak struct {
	BytesPerHour float64 `json:"bytes_per_hour"`
	// Interval is at Level, which leaves to each side what the look may spend.
	Interval [2]float64 `json:"interval"`
	Level    float64    `json:"level"`
	N        int        `json:"n"`      // stretches of the hold
	Memory   float64    `json:"memory"` // what each is reckoned to keep of the one before, 0 to 1
}

// OnceHeld is a step, or a rise that saturates, in what is held.
type OnceHeld struct {
	AtHours     float64 `json:"at_hours"`
	WithinHours float64 `json:"within_hours,omitempty"` // to 63 % of it; absent for a step
	Bytes       int64   `json:"bytes"`
	// MayRecur: another like it came, or the soak did not wait for half of its planned
	// time to see none. It counts as leak against a pass.
	MayRecur bool `json:"may_recur,omitempty"`
}

// ToLimit is from how many hours to how many.
type ToLimit struct {
	Least float64  `json:"least"`
	Most  *float64 `json:"most,omitempty"` // absent: it may never be
}

// LookTaken is one look at the soak: at which part of the planned time, and what
// it said.
type LookTaken struct {
	Part   float64 `json:"part"`
	Alpha  float64 `json:"alpha"`
	N      int     `json:"n"`
	Answer string  `json:"answer"` // below, above or unknown
}

// Answers of a look.
const (
	LeakBelow   = "below"
	LeakAbove   = "above"
	LeakUnknown = "unknown"
)

// SoakPoint is what was held at an hour of the soak.
type SoakPoint struct {
	Hours float64 `json:"hours"`
	Bytes int64   `json:"bytes"`
	Peak  int64   `json:"peak_bytes"`
}

// JudgeSoak judges the run of a soak. It is a pure function of the file.
func JudgeSoak(r *run.Run) *Soak {
	t := newTrial(r)
	h := r.Header
	s := &Soak{
		SchemaVersion: SoakSchemaVersion, Outcome: Inconclusive, Reasons: []string{},
		Target: h.Target, Machine: h.Machine, Variant: h.Variant, Data: h.Data, Kind: h.Kind, LimitBytes: h.LimitBytes, CPUs: h.CPUs,
		Budget: h.LeakBudget, Once: []OnceHeld{}, Looks: []LookTaken{}, Points: []SoakPoint{}, Run: r,
	}
	soaking := soakOf(t)
	s.Users, s.PlannedHours, s.Hours = soaking.users, round6(soaking.planned/3600), round6(soaking.lasted/3600)
	s.fill(soaking)
	answer := s.look(soaking, t)
	s.decide(answer, t)
	return s
}

// SoakDecided reports that a look at the run, which may still be growing, has
// told whether the target leaks.
func SoakDecided(r *run.Run) bool {
	s := &Soak{Budget: r.Header.LeakBudget}
	t := newTrial(r)
	return s.look(soakOf(t), t) != LeakUnknown
}

// soaking is the hold of a soak, in seconds and bytes.
type soaking struct {
	users           int
	begin           float64 // since the trial began
	planned, lasted float64
	troughs         []phase.Trough
	largest         float64 // U; 0: never read
}

// soakOf joins the holds with users to one.
func soakOf(t *trial) soaking {
	s := soaking{troughs: phase.Troughs(t.run)}
	for i, p := range t.run.Header.Phases {
		if p.Users > 0 {
			s.users = p.Users
			s.planned += p.HoldSeconds
			if i > 0 && t.run.Header.Phases[i-1].Users > 0 {
				s.planned += p.WarmupSeconds
			}
		}
	}
	first := true
	for _, h := range t.holds {
		if h.Users == 0 {
			continue
		}
		if first {
			s.begin, first = h.Begin, false
		}
		s.lasted = h.End - s.begin
		if u, err := stats.Quantile(h.Memory.Unreclaimable, 1); err == nil {
			s.largest = max(s.largest, u)
		}
	}
	return s
}

func (s *Soak) fill(of soaking) {
	var heights []float64
	for _, p := range of.troughs {
		s.Points = append(s.Points, SoakPoint{round6((p.At - of.begin) / 3600), whole(p.Bytes), whole(p.Peak)})
		heights = append(heights, p.Peak-p.Bytes)
	}
	if of.largest > 0 {
		most := whole(of.largest)
		s.Largest = &most
	}
	if middle, err := stats.Median(heights); err == nil && s.Kind != run.Collected {
		swing := whole(middle)
		s.Garbage = &swing
	}
}

// decide turns the answer into an outcome, as far as the trial is sound.
func (s *Soak) decide(answer string, t *trial) {
	var voids []string
	for _, f := range t.flaws {
		switch {
		case f.phase == "" && (t.outcome == run.Interrupted || t.dead()) && f.weight == voidsPass:
		case f.weight == finding:
			s.Reasons = append(s.Reasons, f.String())
		case f.service && answer == LeakAbove: // it leaks all the same
			s.Reasons = append(s.Reasons, f.String())
		default:
			voids = append(voids, f.String())
		}
	}
	said := func(outcome, why string) { s.Outcome, s.Reasons = outcome, slices.Insert(s.Reasons, 0, why) }
	switch {
	case t.kills > 0 || t.dead():
		said(Fail, t.deathText)
	case len(voids) > 0:
		s.Reasons = append(distinct(voids), s.Reasons...)
		s.forget()
	case answer == LeakAbove:
		said(Fail, fmt.Sprintf("it leaks more than the budget of %s an hour", mibOf(int64(s.Budget))))
	case answer == LeakBelow:
		said(Pass, fmt.Sprintf("it leaks less than the budget of %s an hour", mibOf(int64(s.Budget))))
	default:
		said(Inconclusive, s.unknown)
	}
	s.toLimit()
	s.ExitCode = map[string]int{Pass: ExitPass, Fail: ExitFail, Inconclusive: ExitInconclusive}[s.Outcome]
	if t.outcome == run.Interrupted {
		s.ExitCode = ExitInterrupted
	} else if s.Outcome == Inconclusive && t.scenarioError() {
		s.ExitCode = ExitScenarioError
	}
}

// forget takes out what was read of evidence that is void.
func (s *Soak) forget() {
	s.Leak, s.Once = nil, []OnceHeld{}
	for i := range s.Looks {
		s.Looks[i].Answer = LeakUnknown
	}
}

// toLimit tells when the leak has filled the limit.
func (s *Soak) toLimit() {
	if s.Leak == nil || s.LimitBytes <= 0 || s.Largest == nil || s.Leak.Interval[1] <= 0 || s.pieces(s.Hours) > 0 {
		return
	}
	room := max(0, float64(s.LimitBytes-*s.Largest))
	s.ToLimit = &ToLimit{Least: round6(room / s.Leak.Interval[1])}
	if s.Leak.Interval[0] > 0 {
		most := round6(room / s.Leak.Interval[0])
		s.ToLimit.Most = &most
	}
}
