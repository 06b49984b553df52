package persona

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Mix is how many of each so many users are: {"reader": 2, "artist": 1} is two
// readers to an artist. Empty: everybody is the default user.
type Mix map[string]int

// ParseMix reads a mix such as "reader=2,artist=1"; a name alone counts once.
// Empty text is the empty mix.
func ParseMix(text string) (Mix, error) {
	mix := Mix{}
	for part := range strings.SplitSeq(text, ",") {
		name, number, given := strings.Cut(strings.TrimSpace(part), "=")
		n, err := strconv.Atoi(number)
		switch {
		case text == "":
			return nil, nil //nolint:nilnil // the empty mix
		case !given:
			n = 1
		case err != nil:
			return nil, fmt.Errorf("persona %q: want NAME=NUMBER", part)
		}
		if _, twice := mix[name]; twice {
			return nil, fmt.Errorf("persona %q is there twice", name)
		}
		mix[name] = n
	}
	return mix, mix.Validate()
}

// Validate returns an error when a persona is unknown or its share is below 1.
func (m Mix) Validate() error {
	for name, n := range m {
		if _, known := byName(name); !known {
			return fmt.Errorf("persona %q: want one of %s", name, strings.Join(Names(), ", "))
		}
		if n < 1 || n > maxShare {
			return fmt.Errorf("persona %q: share is %d, want 1 to %d", name, n, maxShare)
		}
	}
	return nil
}

// maxShare keeps a cycle small enough to be listed.
const maxShare = 1000

// String is the mix as ParseMix reads it, in the order of All.
func (m Mix) String() string {
	if len(m) == 0 {
		return Default
	}
	var parts []string
	for _, p := range All {
		if n := m[p.Name]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s=%d", p.Name, n))
		}
	}
	return strings.Join(parts, ",")
}

// Names returns the names of all personas.
func Names() []string {
	names := make([]string, len(All))
	for i, p := range All {
		names[i] = p.Name
	}
	return names
}

// cycle returns the personas of the first users; it repeats. The k-th of n of a
// kind is due at k/n of the cycle, so that any first few users are mixed too.
func (m Mix) cycle() []Persona {
	type due struct {
		at float64
		p  Persona
	}
	var all []due
	for _, p := range All {
		for k := range m[p.Name] {
			all = append(all, due{float64(k) / float64(m[p.Name]), p})
		}
	}
	slices.SortStableFunc(all, func(a, b due) int { return cmp.Compare(a.at, b.at) })
	cycle := make([]Persona, len(all))
	for i, d := range all {
		cycle[i] = d.p
	}
	if len(cycle) == 0 {
		cycle = All[:1]
	}
	return cycle
}

// Seat is who a user is, and where it meets the others.
type Seat struct {
	Persona
	// Group of at most GroupSize users who share a session, from 0; -1: none.
	Group int
	// First of its group, who creates the session; present as long as any.
	First bool
	// Hosted: the first of the group is a host, who invites.
	Hosted bool
}

// Seat returns the seat of the user of the index, from 0. A host begins a group
// of its own; others fill the last group, or begin one.
func (m Mix) Seat(index int) Seat {
	cycle := m.cycle()
	group, members, hosted := -1, GroupSize, false
	for i := range index + 1 {
		p := cycle[i%len(cycle)]
		if p.Role == Alone {
			continue
		}
		if p.Role == Host || members == GroupSize {
			group, members, hosted = group+1, 0, p.Role == Host
		}
		members++
	}
	p := cycle[index%len(cycle)]
	if p.Role == Alone {
		return Seat{Persona: p, Group: -1}
	}
	return Seat{Persona: p, Group: group, First: members == 1, Hosted: hosted}
}
