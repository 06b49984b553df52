package claim

import (
	"errors"
	"fmt"
	"slices"
)

// listening is the moment a claim may speak of, and not of users.
const listening = "listening"

// habits are those that an arm may switch off, in this order.
var habits = []string{"pages", "sockets"}

// arms checks what c compares, and whether it is of a kind that does.
func (c claimYAML) arms() error {
	for _, off := range [][]string{c.Off, c.Versus.Off} {
		if i := slices.IndexFunc(off, func(name string) bool { return !slices.Contains(habits, name) }); i >= 0 {
			return fmt.Errorf("off: unknown habit %q: want some of %v", off[i], habits)
		}
		if !slices.IsSorted(off) || len(slices.Compact(slices.Clone(off))) < len(off) {
			return fmt.Errorf("off: want each once, in the order %v", habits)
		}
	}
	compares := c.Kind == Saving || c.Kind == Component || c.Test == EachCall || c.Test == Retained
	switch {
	case (c.Kind == Behaviour) != (c.Test != "") || c.Test != "" && !slices.Contains(experiments, c.Test):
		return fmt.Errorf("experiment %q: a behaviour wants one of %q, and others none", c.Test, experiments)
	case (c.Test == EachCall || c.Test == Retained) && c.Versus.Variant == "":
		return fmt.Errorf("experiment %s: want the variant it is versus", c.Test)
	case c.Kind == Saving && c.Versus.Variant == "":
		return errors.New("a saving wants the variant it is versus")
	case c.Versus.Variant == "" && len(c.Versus.Off) > 0:
		return errors.New("versus: want its variant")
	case !compares && (c.Versus.Variant != "" || len(c.Off) > 0):
		return fmt.Errorf("a claim of kind %s compares nothing: versus and off are for component and saving", c.Kind)
	case c.At != "" && c.At != listening:
		return fmt.Errorf("at %q: want %s, or users", c.At, listening)
	case (c.At == listening) && (c.Kind != Component || c.Versus.Variant != "" || len(c.Users) > 0):
		return fmt.Errorf("at %s is for a component without versus and users", listening)
	case compares && c.Kind != Behaviour && c.At == "" && len(c.Users) == 0:
		return errors.New("want the users it speaks of")
	case slices.ContainsFunc(c.Words, func(n int) bool { return n < 1 }) || !slices.IsSorted(c.Words):
		return fmt.Errorf("words: want ascending numbers above 0, not %v", c.Words)
	case c.Service && c.Kind != Capacity:
		return errors.New("service is for a capacity")
	case (c.Kind == Capacity || c.Kind == Share) && c.Plan == "":
		return errors.New("want the plan it speaks of")
	case c.Kind == Capacity && len(c.Holds) == 0:
		return errors.New("holds: want the users that the plan is said to hold")
	case c.Kind == Share && (len(c.Percent) == 0 || len(c.Users) == 0):
		return errors.New("want percent, and the users it speaks of")
	}
	return nil
}
