package verdict

import (
	"slices"

	"github.com/pixeltales/pixelload/internal/claim"
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
	// SpeaksFor is what was under test: "reference" or "checkout". A level of
	// the reference application is not one of the real application.
	SpeaksFor string `json:"speaks_for"`

	// Of is the claim as the document has it.
	Of claim.Claim `json:"-"`
}

// Claimed is what the document says: a range of bytes, or an event.
type Claimed struct {
	LowBytes  int64  `json:"low_bytes,omitempty"`
	HighBytes int64  `json:"high_bytes,omitempty"`
	Event     string `json:"event,omitempty"`
}

// Word is what the trials of one data profile say of a claim.
type Word struct {
	Measured   *Measured `json:"measured,omitempty"`
	Outcome    string    `json:"outcome"`
	Indication string    `json:"indication,omitempty"`
	Reasons    []string  `json:"reasons"`

	// Series are the places in the verdict of the series that it is about.
	Series []int `json:"-"`
}

// Measured is the evidence: for a level N trials' mean and its interval, for a
// crash the kills among N trials and the interval of their share.
type Measured struct {
	N         int         `json:"n"`
	Bytes     *int64      `json:"bytes,omitempty"`
	CI95      *[2]int64   `json:"ci95,omitempty"`
	Kills     *int        `json:"kills,omitempty"`
	ShareCI95 *[2]float64 `json:"share_ci95,omitempty"`
}

// claims judges the claims that the series speak of.
func claims(all []series, doc *claim.Document) []Claim {
	var out []Claim
	if doc == nil {
		return nil
	}
	for _, c := range doc.Claims {
		variant, err := doc.Variant(c.Arm.Variant)
		if err != nil {
			continue // claim.Load and Document.With let none through
		}
		byData, speaksFor := judged(c, variant.LimitBytes, all)
		if len(byData) == 0 {
			continue
		}
		out = append(out, Claim{
			ID: c.ID, Text: c.Text, Source: c.Source, Claimed: claimed(c), ByData: byData,
			Outcome: worstFounded(byData), SpeaksFor: speaksFor, Of: c,
		})
	}
	return out
}

// judged returns what the series of each data profile say of c, and what they
// speak for. The limit is the memory that c's variant is meant for.
func judged(c claim.Claim, limit int64, all []series) (byData map[string]Word, speaksFor string) {
	speaking := map[string][]series{}
	speaksFor = "checkout"
	for _, s := range all {
		if !s.speaksOf(c) {
			continue
		}
		speaking[s.key().data] = append(speaking[s.key().data], s)
		if s.header().Target.Kind == "reference" {
			speaksFor = "reference"
		}
	}
	byData = map[string]Word{}
	for data, some := range speaking {
		var words []Word
		var places []int
		for _, s := range underBestLimit(c, limit, some) {
			words, places = append(words, s.word(c, limit)), append(places, s.index)
		}
		word := merge(words)
		word.Series = places
		byData[data] = word
	}
	return byData, speaksFor
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

// speaksOf reports that the series was to measure c.
func (s series) speaksOf(c claim.Claim) bool {
	if k := s.key(); k.kind != "natural" || k.variant != c.Arm.Variant || k.mix != "" {
		return false
	}
	if !slices.Contains([]string{claim.Level, claim.Below, claim.Crash}, c.Kind) {
		return false
	}
	for _, p := range s.header().Phases {
		if slices.Contains(c.Users, p.Users) {
			return true
		}
	}
	return false
}

func claimed(c claim.Claim) Claimed {
	if c.Kind == claim.Crash {
		return Claimed{Event: "oom_kill"}
	}
	return Claimed{LowBytes: c.LowBytes, HighBytes: c.HighBytes}
}
