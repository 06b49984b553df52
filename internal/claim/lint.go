package claim

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/pixeltales/pixelload/internal/memory"
)

// Finding is something that is wrong with a document by itself: its numbers
// contradict each other, or leave open what they mean.
type Finding struct {
	Claims []string `json:"claims,omitempty"` // that it is about; empty for the whole document
	Lines  []int    `json:"lines,omitempty"`
	Text   string   `json:"text"`
}

// Lint finds what is wrong with the document before anything is measured. Every
// finding is computed from its numbers; none is about the truth of one.
func (d *Document) Lint() []Finding {
	var all []Finding
	for _, check := range []func(*Document) []Finding{
		crooked, contradictory, incomplete, overspent, unexplained, alike, unitless,
	} {
		all = append(all, check(d)...)
	}
	return all
}

// bend is by how much the memory a user costs may differ between two stretches
// of one table before they contradict each other.
const bend = 1.5

// crooked finds variants of which a user costs more at first than later, or
// less: by the document's own figures there is no such thing as a user's memory.
func crooked(d *Document) []Finding {
	var all []Finding
	for _, v := range d.Variants {
		levels := d.levels(v.Name)
		for i := 2; i < len(levels); i++ {
			first, then := slope(levels[i-2], levels[i-1]), slope(levels[i-1], levels[i])
			if first > 0 && then > 0 && max(first/then, then/first) > bend {
				all = append(all, finding(levels[i-2:i+1], "%s: a user costs %.0f MB from %d to %d users, then %.0f MB from %d to %d",
					v.Name, first, levels[i-2].Users[0], levels[i-1].Users[0], then, levels[i-1].Users[0], levels[i].Users[0]))
			}
		}
	}
	return all
}

// slope is the MB a user costs between two levels.
func slope(a, b Claim) float64 {
	return mb(b.LowBytes-a.LowBytes) / float64(b.Users[0]-a.Users[0])
}

// contradictory finds claims that say two things of one difference.
func contradictory(d *Document) []Finding {
	var all []Finding
	for i, a := range d.Claims {
		for _, b := range d.Claims[i+1:] {
			same := a.Versus.Variant != "" && a.Arm.String() == b.Arm.String() && a.Versus.String() == b.Versus.String() && len(a.Words) == 0 && a.Kind != Behaviour && b.Kind != Behaviour
			if same && (a.LowBytes != b.LowBytes || a.HighBytes != b.HighBytes) {
				all = append(all, finding([]Claim{a, b}, "%s over %s is %s in one place and %s in another", a.Arm, a.Versus, a.Says(), b.Says()))
			}
		}
	}
	return all
}

// incomplete finds savings that the document's own levels do not show.
func incomplete(d *Document) []Finding {
	var all []Finding
	for _, s := range d.Claims {
		if s.Kind != Saving {
			continue
		}
		for _, a := range d.levels(s.Arm.Variant) {
			for _, b := range d.levels(s.Versus.Variant) {
				saved := a.LowBytes - b.LowBytes
				if a.Users[0] == b.Users[0] && (saved < s.LowBytes || saved > s.HighBytes) {
					all = append(all, finding([]Claim{s, a, b}, "%s over %s saves %s, and the levels at %d users differ by %.0f MB", s.Arm, s.Versus, s.Says(), a.Users[0], mb(saved)))
				}
			}
		}
	}
	return all
}

// overspent finds several savings together that are less than what the levels
// promise of all of them.
func overspent(d *Document) []Finding {
	var all []Finding
	for _, base := range d.Variants {
		for _, whole := range d.Variants {
			parts := d.parts(base, whole)
			if len(parts) < 2 {
				continue
			}
			var low, high int64
			for _, s := range parts {
				low, high = low+s.LowBytes, high+s.HighBytes
			}
			for _, a := range d.levels(base.Name) {
				for _, b := range d.levels(whole.Name) {
					saved := a.LowBytes - b.LowBytes
					if a.Users[0] == b.Users[0] && (saved < low || saved > high) {
						all = append(all, finding(append(slices.Clone(parts), a, b), "%s is %s with %d changes that save %.0f-%.0f MB together, and the levels at %d users differ by %.0f MB",
							whole.Name, base.Name, len(parts), mb(low), mb(high), a.Users[0], mb(saved)))
					}
				}
			}
		}
	}
	return all
}

// parts are the savings over base that make up the variant all: each changes
// some of its settings, and together they change just those.
func (d *Document) parts(base, all Variant) []Claim {
	want := base.changes(all)
	var parts []Claim
	var changed []string
	for _, s := range d.Claims {
		versus, err := d.Variant(s.Versus.Variant)
		if s.Kind != Saving || s.Arm.Variant != base.Name || err != nil || versus.Name == all.Name {
			continue
		}
		some := base.changes(versus)
		if len(some) > 0 && !slices.ContainsFunc(some, func(c string) bool { return !slices.Contains(want, c) }) {
			parts, changed = append(parts, s), append(changed, some...)
		}
	}
	slices.Sort(changed)
	if !slices.Equal(changed, want) {
		return nil
	}
	return parts
}

// changes are the settings, with their new values, that make v into other.
func (v Variant) changes(other Variant) []string {
	var changed []string
	for _, s := range []struct {
		name    string
		was, is any
	}{
		{"database", v.Database, other.Database}, {"layer", v.ChannelLayer, other.ChannelLayer}, {"server", v.Server, other.Server},
		{"words", v.WordCache, other.WordCache}, {"age", v.ConnMaxAge, other.ConnMaxAge},
		{"connect", v.ConnectTimeout, other.ConnectTimeout}, {"statement", v.StatementTimeout, other.StatementTimeout},
		{"images", v.DeferImages, other.DeferImages}, {"page", v.LargestPage, other.LargestPage}, {"collect", v.CollectAbove, other.CollectAbove},
	} {
		if s.was != s.is {
			changed = append(changed, fmt.Sprint(s.name, "=", s.is))
		}
	}
	slices.Sort(changed)
	return changed
}

// unexplained finds savings larger than the part that they remove.
func unexplained(d *Document) []Finding {
	var all []Finding
	for _, s := range d.Claims {
		for _, c := range d.Claims {
			same := s.Kind == Saving && c.Kind == Component && s.Arm.String() == c.Arm.String() && s.Versus.String() == c.Versus.String()
			if same && s.HighBytes > c.HighBytes {
				all = append(all, finding([]Claim{s, c}, "%s up to %.0f MB of a part that takes %.0f MB at most", s.Text, mb(s.HighBytes), mb(c.HighBytes)))
			}
		}
	}
	return all
}

// alike finds plans that cost more and hold no more.
func alike(d *Document) []Finding {
	var all []Finding
	for i, a := range d.Plans {
		for _, b := range d.Plans[i+1:] {
			if a.MemoryBytes == b.MemoryBytes {
				all = append(all, Finding{Text: fmt.Sprintf("plans %s and %s have the same memory, %.0f MB: where one is not enough the other is not", a.Name, b.Name, mb(a.MemoryBytes))})
			}
		}
	}
	return all
}

// unitless says what hangs on a unit that the document does not name.
func unitless(d *Document) []Finding {
	var largest Claim
	for _, c := range d.Claims {
		if c.HighBytes > largest.HighBytes {
			largest = c
		}
	}
	if largest.HighBytes == 0 {
		return nil
	}
	mib := mb(largest.HighBytes)
	return []Finding{finding([]Claim{largest}, "MB is 2^20 bytes or 10^6, it does not say: %.0f MB is %.0f MiB or %.0f", mib, mib, math.Round(mib*1e6/memory.MiB))}
}

// levels are the document's levels of a variant at one number of users each,
// ascending.
func (d *Document) levels(variant string) []Claim {
	var levels []Claim
	for _, c := range d.Claims {
		if c.Kind == Level && c.Arm.String() == variant && len(c.Users) == 1 && c.LowBytes == c.HighBytes {
			levels = append(levels, c)
		}
	}
	slices.SortStableFunc(levels, func(a, b Claim) int { return a.Users[0] - b.Users[0] })
	return levels
}

func finding(about []Claim, format string, args ...any) Finding {
	f := Finding{Text: fmt.Sprintf(format, args...)}
	for _, c := range about {
		f.Claims, f.Lines = append(f.Claims, c.ID), append(f.Lines, c.Source.Line)
	}
	return f
}

// mb is bytes in the document's unit, read as MiB.
func mb(bytes int64) float64 { return float64(bytes) / memory.MiB }

// Where names the claims and lines that the finding is about.
func (f Finding) Where() string {
	var words []string
	for i, id := range f.Claims {
		words = append(words, fmt.Sprintf("%s (line %d)", id, f.Lines[i]))
	}
	return strings.Join(words, ", ")
}
