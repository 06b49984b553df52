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
		variant, err := doc.Variant(c.Variant)
		if err != nil {
			continue // claim.Load and Document.With let none through
		}
		byData := map[string]Word{}
		speaksFor := "checkout"
		for _, s := range all {
			if !s.speaksOf(c) {
				continue
			}
			// Of several limits the largest comes last, and a level is best seen there.
			byData[s.key().data] = s.word(c, variant.LimitBytes)
			if s.header().Target.Kind == "reference" {
				speaksFor = "reference"
			}
		}
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

// speaksOf reports that the series was to measure c.
func (s series) speaksOf(c claim.Claim) bool {
	if s.key().kind != "natural" || s.key().variant != c.Variant {
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

// worstFounded merges: what one profile cannot tell is not told by another, and
// a claim refuted on one is not confirmed.
func worstFounded(byData map[string]Word) string {
	rank := []string{NotMeasured, Inconclusive, Refuted, Confirmed}
	worst := len(rank) - 1
	for _, w := range byData {
		worst = min(worst, slices.Index(rank, w.Outcome))
	}
	return rank[worst]
}
