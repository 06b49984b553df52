package compare

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/pixeltales/pixelload/internal/run"
)

// differences say in what two set-ups differ, so that their figures are not of
// one kind; none when they can be compared.
func differences(a, b SetUp) []string {
	var differ []string
	for _, part := range []struct {
		what   string
		of     func(SetUp) any
		remedy string
	}{
		{"kind of trials", func(s SetUp) any { return s.Kind }, "natural and collected figures are never one"},
		{"machine", func(s SetUp) any { return s.Machine }, "measure both on one"},
		{"source of memory", func(s SetUp) any { return s.MemorySource }, "their figures differ by what they count"},
		{"data", func(s SetUp) any { return s.Data }, "it decides more than the users do: use one --data and one --seed"},
		{"memory limit", func(s SetUp) any { return s.LimitBytes }, "use one --limit"},
		{"CPU share", func(s SetUp) any { return s.CPUs }, "use one --cpus"},
		{"phases", func(s SetUp) any { return phases(s.Phases) }, "memory that other users took does not come back: use one --users, --warmup and --hold"},
		{"mix of users", func(s SetUp) any { return s.Mix }, "use one --persona"},
		{"habits switched off", func(s SetUp) any { return s.HabitsOff }, "their users do not do the same"},
		{"fault", func(s SetUp) any { return s.Fault }, "their databases were not treated alike"},
		{"start", func(s SetUp) any { return started(s.Running) }, "what ran before holds its past"},
	} {
		if x, y := part.of(a), part.of(b); text(x) != text(y) {
			x, y = narrow(x, y)
			differ = append(differ, fmt.Sprintf("another %s, %s and %s: %s", part.what, plain(x), plain(y), part.remedy))
		}
	}
	return differ
}

// strangers says that two sides are of two variants or targets: a mistake where
// nobody named both.
func strangers(a, b Side) (reasons []string) {
	if a.Variant != b.Variant {
		reasons = append(reasons, fmt.Sprintf("another variant, %s and %s: set a baseline of its own, with --file", a.Variant, b.Variant))
	}
	if named(a.Target) != named(b.Target) {
		reasons = append(reasons, fmt.Sprintf("another target, %s and %s: set a baseline of its own, with --file", named(a.Target), named(b.Target)))
	}
	return reasons
}

func named(t run.Target) string { return fmt.Sprintf("%s (%s)", t.Name, t.Kind) }

// lacking says which calls the users of some trials left out, as nothing was
// there, and those of others did not: a target that lost an endpoint needs less
// memory.
func lacking(a, b Side) (reasons []string) {
	for _, name := range lacked(a, b) {
		withoutA, ofA := a.without(name)
		withoutB, ofB := b.without(name)
		if withoutA < ofA || withoutB < ofB {
			reasons = append(reasons, fmt.Sprintf("users did without %s in %d of %d trials of %s and in %d of %d of %s, as nothing was there: their loads are not one",
				name, withoutA, ofA, a.Name, withoutB, ofB, b.Name))
		}
	}
	return reasons
}

// lacked are the calls that the users of any trial left out.
func lacked(a, b Side) (names []string) {
	for _, t := range slices.Concat(a.Trials, b.Trials) {
		if t.Death == "" {
			names = append(names, t.Lacks...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// without counts the trials whose users left the call out, of those whose target
// lived: one that died may have ended before anybody asked.
func (s Side) without(name string) (n, of int) {
	for _, t := range s.Trials {
		switch {
		case t.Death != "":
			continue
		case slices.Contains(t.Lacks, name):
			n++
		}
		of++
	}
	return n, of
}

func started(running bool) string {
	if running {
		return "ran already"
	}
	return "fresh"
}

// phases are named as on a command line, with their lengths.
func phases(list []run.Phase) []string {
	var names []string
	for _, p := range list {
		name := fmt.Sprintf("%s %g+%g s", p.Name, p.WarmupSeconds, p.HoldSeconds)
		if p.Visits > 0 {
			name += fmt.Sprintf(" with %d visits of %d users", p.Visits, p.Users)
		}
		names = append(names, name)
	}
	return names
}

// narrow leaves of two structs only the fields in which they differ.
func narrow(x, y any) (any, any) {
	var a, b map[string]any
	if json.Unmarshal([]byte(text(x)), &a) != nil || json.Unmarshal([]byte(text(y)), &b) != nil {
		return x, y
	}
	for key := range a {
		if text(a[key]) == text(b[key]) {
			delete(a, key)
			delete(b, key)
		}
	}
	return a, b
}

// plain is v for a reader: text without quotes.
func plain(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return text(v)
}

// caveats say what else differs: no mistake, but worth knowing.
func caveats(a, b Side) []string {
	var said []string
	say := func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }
	if a.Variant != b.Variant {
		say("two variants: %s and %s", a.Variant, b.Variant)
	}
	if a.Tool != b.Tool {
		say("measured by two builds of pixelload, %s and %s: their users may not do quite the same", a.Tool, b.Tool)
	}
	if a.Seed != b.Seed {
		say("the seeds %d and %d differ, and so do the users' choices", a.Seed, b.Seed)
	}
	if a.Target.Environment != b.Target.Environment {
		say("each ran in a Python environment of its own (%s, %s), as they require different packages: what differs may be a package's",
			a.Target.Environment, b.Target.Environment)
	}
	if named(a.Target) != named(b.Target) {
		say("two targets: %s and %s", named(a.Target), named(b.Target))
	} else if a.Target.Ref == b.Target.Ref && a.Target.Ref != "" {
		say("both are %s: what differs is chance", a.Target.Ref)
	}
	for _, name := range lacked(a, b) {
		say("the users of both did without %s, as nothing was there", name)
	}
	return said
}
