package verdict

import (
	"cmp"
	"slices"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/run"
)

// Turn is where the answer to a claim changes with the data: it was another up
// to AfterBytes of public stories, and is Outcome from PublicBytes on. What lies
// between was not decided.
type Turn struct {
	PublicBytes int64  `json:"public_bytes"`
	AfterBytes  int64  `json:"after_bytes"`
	Outcome     string `json:"outcome"`
	// AlsoDiffer is what else the two profiles differ in, which may be what turns it:
	// stories, drawn share, words, users, friends. Absent where it is the bytes alone.
	AlsoDiffer []string `json:"also_differ,omitempty"`
}

// decided is what the trials on one amount of public stories decided.
type decided struct {
	run.Data
	outcome string
}

// turn returns where a claim on levels or capacities turns, from the data that
// decided it: nil where all agree, where it turns more than once, and where two
// profiles of the same size disagree, since then it is not their size that turns it.
func turn(c Claim, data map[string]run.Data) *Turn {
	if c.Of.Versus.Variant != "" || c.Of.Listening || c.Of.Kind == claim.Behaviour {
		return nil
	}
	var all []decided
	for name, word := range c.ByData {
		if d := data[name]; d.PublicBytes > 0 && (word.Outcome == Confirmed || word.Outcome == Refuted) {
			all = append(all, decided{d, word.Outcome})
		}
	}
	slices.SortFunc(all, func(a, b decided) int {
		return cmp.Or(cmp.Compare(a.PublicBytes, b.PublicBytes), cmp.Compare(a.outcome, b.outcome), cmp.Compare(a.Name, b.Name))
	})
	var found *Turn
	for i := 1; i < len(all); i++ {
		if all[i].outcome == all[i-1].outcome {
			continue
		}
		if found != nil || all[i].PublicBytes == all[i-1].PublicBytes {
			return nil
		}
		found = &Turn{PublicBytes: all[i].PublicBytes, AfterBytes: all[i-1].PublicBytes, Outcome: all[i].outcome, AlsoDiffer: alsoDiffer(all[i-1].Data, all[i].Data)}
	}
	return found
}

// alsoDiffer names what two profiles differ in beside their bytes.
func alsoDiffer(a, b run.Data) (names []string) {
	for _, size := range []struct {
		name string
		same bool
	}{
		{"stories", a.PublicStories == b.PublicStories},
		{"drawn share", a.DrawnStories*b.PublicStories == b.DrawnStories*a.PublicStories},
		{"words", a.Words == b.Words},
		{"users", a.Users == b.Users},
		{"friends", a.FriendsAUser == b.FriendsAUser},
	} {
		if !size.same {
			names = append(names, size.name)
		}
	}
	return names
}
