package verdict

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/run"
)

// Claim is a claim of the document and what the runs say of it.
type Claim struct {
	ID      string          `json:"id"`
	Text    string          `json:"text"`
	Source  claim.Source    `json:"source"`
	Claimed Claimed         `json:"claimed"`
	ByData  map[string]Word `json:"by_data"`
	// Outcome is the worst-founded of ByData.
	Outcome string `json:"outcome"`
	// TurnsAt is where the answer changes with the bytes of public stories; absent
	// where all data profiles agree, or none tells where.
	TurnsAt *Turn `json:"turns_at,omitempty"`
	// SpeaksFor is what was under test: "reference" or "checkout". A level of
	// the reference application is not one of the real application.
	SpeaksFor string `json:"speaks_for"`

	// Of is the claim as the document has it.
	Of claim.Claim `json:"-"`
}

// Claimed is what the document says: a range of bytes, an event, numbers of
// users or per cents of all trials. One number of users means that many and more.
type Claimed struct {
	LowBytes  int64     `json:"low_bytes,omitempty"`
	HighBytes int64     `json:"high_bytes,omitempty"`
	Event     string    `json:"event,omitempty"`
	Users     []int     `json:"users,omitempty"`
	Percent   []float64 `json:"percent,omitempty"`
}

// Word is what the trials of one data profile say of a claim.
type Word struct {
	Measured   *Measured `json:"measured,omitempty"`
	Outcome    string    `json:"outcome"`
	Indication string    `json:"indication,omitempty"`
	Reasons    []string  `json:"reasons"`

	// Series are the places in the verdict of the series that it is about.
	Series []int `json:"-"`
	// Trials are its figures a trial, where these are not the levels of Series.
	Trials []Figure `json:"-"`

	p      float64 // of the claim being right; as good as tested says
	tested bool

	survivors bool // the targets of other trials died
}

// Figure is a trial's part, or a round's, in what was measured.
type Figure struct {
	Name  string
	Bytes int64
}

// Measured is the evidence. Bytes is the mean over N trials, or over N pairs
// of trials the difference, with its interval.
type Measured struct {
	N int `json:"n"`
	// Users is how many were there; 0 at idle.
	Users int       `json:"users,omitempty"`
	Bytes *int64    `json:"bytes,omitempty"`
	CI95  *[2]int64 `json:"ci95,omitempty"`
	// Unpaired says that a difference is between trials without rounds.
	Unpaired bool `json:"unpaired,omitempty"`
	// Natural is the same difference without the collections, and never mixed
	// with it.
	Natural *Measured `json:"natural,omitempty"`
	// Each has the figures of each number of users, where there are several.
	Each []Measured `json:"each,omitempty"`

	// Kills is in how many of N trials the kernel killed, ShareCI95 the exact
	// interval of their share, LivedCI95 that of the others.
	Kills     *int        `json:"kills,omitempty"`
	ShareCI95 *[2]float64 `json:"share_ci95,omitempty"`
	LivedCI95 *[2]float64 `json:"lived_ci95,omitempty"`

	// Times is in how many of N trials it was as the claim says.
	Times *int `json:"times,omitempty"`
	// Milliseconds is the mean of N durations, or of their differences.
	Milliseconds *float64 `json:"milliseconds,omitempty"`
	// Leaks are the slopes of soaks of it.
	Leaks []Leak `json:"leaks,omitempty"`

	// Memory and Service are the two halves of a capacity.
	Memory  *Bounds `json:"memory_users,omitempty"`
	Service *Bounds `json:"service_users,omitempty"`
	// UnderCPUShare is the same under the plan's share of the processor, where
	// requests wait and take memory while they do.
	UnderCPUShare *Measured `json:"under_cpu_share,omitempty"`
}

// Bounds are the most users that were held, and the fewest that were not; each
// is absent where none was.
type Bounds struct {
	Holds *int `json:"holds,omitempty"`
	Fails *int `json:"fails,omitempty"`
}

// claims judges the claims that the series speak of, and names those that a
// campaign was to decide and did not measure.
func claims(all []series, doc *claim.Document, checkout *Checkout) []Claim {
	var out []Claim
	if doc == nil {
		return nil
	}
	asked, data := askedFor(all)
	for _, c := range doc.Claims {
		byData, speaksFor := judged(c, doc, all)
		if len(byData) == 0 && asked[c.ID] {
			byData = map[string]Word{data: notMeasured(c, checkout)}
		}
		if len(byData) == 0 {
			continue
		}
		out = append(out, Claim{
			ID: c.ID, Text: c.Text, Source: c.Source, Claimed: ClaimedBy(c), ByData: byData,
			SpeaksFor: speaksFor, Of: c,
		})
	}
	adjust(out)
	for i := range out {
		out[i].Outcome = worstFounded(out[i].ByData)
	}
	return out
}

// askedFor returns the claims that the campaign is to decide, and the data of
// its first trial, under which a claim stands that nothing was measured of.
func askedFor(all []series) (ids map[string]bool, data string) {
	ids = map[string]bool{}
	for _, s := range all {
		for _, t := range s.trials {
			for _, id := range t.run.Header.Claims {
				ids[id] = true
			}
		}
		if data == "" {
			data = s.key().data
		}
	}
	return ids, data
}

func notMeasured(c claim.Claim, checkout *Checkout) Word {
	if why := cmp.Or(checkout.refusal(c.Arm.Variant), checkout.refusal(c.Versus.Variant)); why != "" {
		return Word{Outcome: NotMeasured, Reasons: []string{why}}
	}
	why := "no trial speaks of it: pixelload claims run " + c.ID
	if c.Kind == claim.Behaviour {
		why = "it takes an experiment of its own, and none is recorded: pixelload claims run " + c.ID
	}
	return Word{Outcome: NotMeasured, Reasons: []string{why}}
}

// judged returns what the series of each data profile say of c, and what they
// speak for.
func judged(c claim.Claim, doc *claim.Document, all []series) (byData map[string]Word, speaksFor string) {
	byData, speaksFor = map[string]Word{}, "checkout"
	profiles := map[string][]series{}
	for _, s := range all {
		profiles[s.key().data] = append(profiles[s.key().data], s)
		if s.header().Target.Kind == "reference" {
			speaksFor = "reference"
		}
	}
	for data, some := range profiles {
		if w, speaks := wordOf(c, doc, some); speaks {
			byData[data] = w
		}
	}
	return byData, speaksFor
}

// wordOf judges c by the series of one data profile; false when they do not
// speak of it.
func wordOf(c claim.Claim, doc *claim.Document, all []series) (Word, bool) {
	switch {
	case c.Kind == claim.Behaviour:
		return behaviour(c, doc, all)
	case c.Versus.Variant != "":
		return difference(c, all)
	case c.Kind == claim.Capacity || c.Kind == claim.Share:
		plan, err := doc.Plan(c.Plan)
		if err != nil {
			return Word{}, false // claim.Load and Document.With let none through
		}
		return planned(c, plan, all)
	}
	variant, err := doc.Variant(c.Arm.Variant)
	if err != nil {
		return Word{}, false // as above
	}
	var some []series
	for _, s := range all {
		if s.speaksOf(c) {
			some = append(some, s)
		}
	}
	if len(some) == 0 {
		return Word{}, false
	}
	free, shared := byShare(some)
	if len(free) == 0 {
		return besideShare(c, variant.LimitBytes, Word{}, shared), true
	}
	w := wordUnder(c, variant.LimitBytes, free)
	if c.Kind == claim.Crash && len(shared) > 0 {
		w = besideShare(c, variant.LimitBytes, w, shared)
	}
	return w, true
}

// byShare tells the series whose target had the processor to itself from those
// where it had a share.
func byShare(all []series) (free, shared []series) {
	for _, s := range all {
		if s.key().cpus == 0 {
			free = append(free, s)
		} else {
			shared = append(shared, s)
		}
	}
	return free, shared
}

// wordUnder judges c by the series under the limit in which it is best seen.
func wordUnder(c claim.Claim, limit int64, all []series) Word {
	var words []Word
	var places []int
	for _, s := range underBestLimit(c, limit, all) {
		words, places = append(words, s.word(c, limit)), append(places, s.index)
	}
	w := merge(words)
	w.Series = places
	return w
}

// besideShare puts what was measured under a share of the processor beside w.
// Alone it decides nothing: a claim speaks of memory, and there requests wait.
func besideShare(c claim.Claim, limit int64, w Word, shared []series) Word {
	beside := wordUnder(c, limit, shared)
	if w.Outcome == "" {
		w = Word{Outcome: Inconclusive, Series: beside.Series, Reasons: distinct(append([]string{onlyShare(shared[0].key().cpus)}, beside.Reasons...))}
	}
	if beside.Measured != nil {
		if w.Measured == nil {
			w.Measured = &Measured{}
		}
		w.Measured.UnderCPUShare = beside.Measured
	}
	return w
}

func onlyShare(cpus float64) string {
	return fmt.Sprintf("the target had %g CPUs, where requests wait and memory rises: run without --cpus too", cpus)
}

// underBestLimit returns the series in which c is best seen: a crash under the
// limit it is claimed for, where there is one, everything else under the largest.
func underBestLimit(c claim.Claim, claimed int64, all []series) []series {
	under := func(limit int64) []series {
		var some []series
		for _, s := range all {
			if s.key().limit == limit {
				some = append(some, s)
			}
		}
		return some
	}
	if some := under(claimed); c.Kind == claim.Crash && len(some) > 0 {
		return some
	}
	largest := all[0].key().limit
	for _, s := range all {
		largest = max(largest, s.key().limit)
	}
	return under(largest)
}

// isOf reports that s is of that arm and kind, with the users that the claims
// are about.
func (s series) isOf(a claim.Arm, kind string) bool {
	k := s.key()
	return s.header().LeakBudget == 0 && k.kind == kind && k.variant == a.Variant && k.mix == "" && k.fault == "" && slices.Equal(s.header().HabitsOff, a.Off)
}

// speaksOf reports that the series was to measure c, a claim on levels or kills.
func (s series) speaksOf(c claim.Claim) bool {
	if !s.isOf(c.Arm, run.Natural) {
		return false
	}
	return c.Listening || slices.ContainsFunc(s.header().Phases, func(p run.Phase) bool { return slices.Contains(c.Users, p.Users) })
}

// ClaimedBy is what the claim says, as a verdict holds it.
func ClaimedBy(c claim.Claim) Claimed {
	switch {
	case c.Kind == claim.Crash:
		return Claimed{Event: "oom_kill"}
	case c.Kind == claim.Capacity && c.HighUsers == 0:
		return Claimed{Users: []int{c.LowUsers}}
	case c.Kind == claim.Capacity:
		return Claimed{Users: []int{c.LowUsers, c.HighUsers}}
	case c.Kind == claim.Share:
		return Claimed{Percent: []float64{c.LowPercent, c.HighPercent}}
	}
	return Claimed{LowBytes: c.LowBytes, HighBytes: c.HighBytes}
}
