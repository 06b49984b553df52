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
}

// decided is what the trials on one amount of public stories decided.
type decided struct {
	bytes   int64
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
		if bytes := data[name].PublicBytes; bytes > 0 && (word.Outcome == Confirmed || word.Outcome == Refuted) {
			all = append(all, decided{bytes, word.Outcome})
		}
	}
	slices.SortFunc(all, func(a, b decided) int {
		return cmp.Or(cmp.Compare(a.bytes, b.bytes), cmp.Compare(a.outcome, b.outcome))
	})
	var found *Turn
	for i := 1; i < len(all); i++ {
		if all[i].outcome == all[i-1].outcome {
			continue
		}
		if found != nil || all[i].bytes == all[i-1].bytes {
			return nil
		}
		found = &Turn{PublicBytes: all[i].bytes, AfterBytes: all[i-1].bytes, Outcome: all[i].outcome}
	}
	return found
}
