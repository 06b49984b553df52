package verdict

import (
	"fmt"
	"math"
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
	// had enough to judge.
	Leak *Leak `json:"leak,omitempty"`
	// Once is what came once, and is no leak; of some it cannot be said yet.
	Once []OnceHeld `json:"once"`
	// Garbage is how high the sawtooth stands above what is held: the median of its
	// stretches; absent in collected trials.
	Garbage *int64 `json:"garbage_bytes,omitempty"`
	Largest *int64 `json:"largest_bytes,omitempty"` // the largest U of the hold
	// ToLimit is in how many hours after the soak the largest U comes to the limit,
	// by the ends of the leak's interval; absent without a limit or a leak.
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
	}
	return s
}

func (s *Soak) fill(of soaking) {
	var heights []float64
	largest := 0.0
	for _, p := range of.troughs {
		s.Points = append(s.Points, SoakPoint{round6((p.At - of.begin) / 3600), whole(p.Bytes), whole(p.Peak)})
		heights, largest = append(heights, p.Peak-p.Bytes), max(largest, p.Peak)
	}
	if len(of.troughs) == 0 {
		return
	}
	most := whole(largest)
	s.Largest = &most
	if middle, err := stats.Median(heights); err == nil && s.Kind != run.Collected {
		garbage := whole(middle)
		s.Garbage = &garbage
	}
}

// look takes the looks that are due, up to the first that tells. A soak that
// ended between two of them has one at its end, on the account of the next.
func (s *Soak) look(of soaking, t *trial) string {
	const jitter = 0.98 // of marks and samples at the end of a look's time
	for _, l := range stats.DriftLooks {
		due := of.lasted >= jitter*l.Part*of.planned
		if !due && t.run.End == nil {
			return LeakUnknown
		}
		until := of.begin + l.Part*of.planned + 1
		taken := LookTaken{Part: l.Part, Alpha: l.Alpha, Answer: LeakUnknown}
		if !due {
			until, taken.Part = math.Inf(1), round6(of.lasted/max(of.planned, 1))
		}
		taken.Answer, taken.N = s.lookUntil(of, until, l.Alpha)
		s.Looks = append(s.Looks, taken)
		if !due || taken.Answer != LeakUnknown {
			return taken.Answer
		}
	}
	return LeakUnknown
}

// lookUntil judges the stretches that ended by then.
func (s *Soak) lookUntil(of soaking, until, alpha float64) (answer string, n int) {
	var hours, bytes []float64
	var ramps []bool
	for _, p := range of.troughs {
		if p.At <= until {
			hours, bytes, ramps = append(hours, (p.At-of.begin)/3600), append(bytes, p.Bytes), append(ramps, p.Ramp)
		}
	}
	s.unknown = fmt.Sprintf("%d stretches of the hold, and a slope takes twelve: hold longer (--minutes)", len(hours))
	d, err := stats.DriftOf(hours, bytes)
	if err != nil {
		return LeakUnknown, len(hours)
	}
	interval, err := d.Slope.Interval(1 - 2*alpha)
	if err != nil {
		return LeakUnknown, d.N
	}
	s.Leak = &Leak{
		BytesPerHour: math.Round(d.Slope.Value), Interval: [2]float64{math.Round(interval.Low), math.Round(interval.High)},
		Level: round6(1 - 2*alpha), N: d.N, Memory: round6(d.Memory),
	}
	s.Once = []OnceHeld{}
	planned := of.planned / 3600
	recurring := d.MayRecur(planned)
	for _, o := range d.Once {
		s.Once = append(s.Once, OnceHeld{round6(o.At), round6(o.Within), whole(o.Height), slices.Contains(recurring, o)})
	}
	switch d.Against(s.Budget, alpha, planned) {
	case stats.Inside:
		return LeakBelow, d.N
	case stats.Outside:
		if !mostly(ramps[len(ramps)/2:]) {
			return LeakAbove, d.N
		}
		s.unknown = "what is held rises, and in most stretches of the later half U did not come down: it may be garbage that no collection has taken yet (--collected tells)"
		return LeakUnknown, d.N
	}
	s.unknown = "the interval holds the budget" + s.longer()
	if pieces := s.pieces(d.To - d.From); pieces > 0 {
		s.unknown = mibOf(pieces) + " came in steps and may come again, as of a leak in pieces: hold longer (--minutes)"
	}
	return LeakUnknown, d.N
}

func mostly(all []bool) bool {
	n := 0
	for _, one := range all {
		if one {
			n++
		}
	}
	return 2*n > len(all)
}

// pieces are the bytes of the steps that may come again, where they alone are as
// much as the budget over so many hours; else 0.
func (s *Soak) pieces(hours float64) (bytes int64) {
	for _, o := range s.Once {
		if o.MayRecur {
			bytes += o.Bytes
		}
	}
	if float64(bytes) < s.Budget*hours {
		return 0
	}
	return bytes
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
	case t.kills > 0:
		said(Fail, t.deathText)
	case t.dead():
		said(Fail, t.deathText)
	case len(voids) > 0:
		s.Reasons = append(distinct(voids), s.Reasons...)
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

// longer says for how long a soak would tell, were the leak what it seems: a
// slope's error falls with the length to the power of one and a half.
func (s *Soak) longer() string {
	far := math.Abs(s.Leak.BytesPerHour - s.Budget)
	half := (s.Leak.Interval[1] - s.Leak.Interval[0]) / 2
	factor := math.Pow(1.2*half/far, 2.0/3)
	if far == 0 || factor > 20 {
		return ", and the leak is as good as it: a longer soak would hardly tell"
	}
	return fmt.Sprintf(": a soak %.1f times as long would tell (--minutes)", max(factor, 1.2))
}

// toLimit tells when the leak has filled the limit.
func (s *Soak) toLimit() {
	if s.Leak == nil || s.LimitBytes <= 0 || s.Largest == nil || s.Leak.Interval[1] <= 0 {
		return
	}
	room := max(0, float64(s.LimitBytes-*s.Largest))
	s.ToLimit = &ToLimit{Least: round6(room / s.Leak.Interval[1])}
	if s.Leak.Interval[0] > 0 {
		most := round6(room / s.Leak.Interval[0])
		s.ToLimit.Most = &most
	}
}
