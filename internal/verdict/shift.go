package verdict

import (
	"slices"

	"github.com/pixeltales/pixelload/internal/claim"
)

// Frontier is what is read of a frontier.json: which numbers of users and which
// data fit into a plan's memory.
type Frontier struct {
	Variant string `json:"variant"`
	Plan    string `json:"plan"`
	Data    []struct {
		Name        string `json:"name"`
		PublicBytes *int64 `json:"public_bytes"`
	} `json:"data"`
	Cells []struct {
		Users  int    `json:"users"`
		Data   string `json:"data"`
		Memory string `json:"memory"` // fits, tight, killed or unknown
	} `json:"cells"`
}

// Shift is how many bytes of public stories fit at a number of users with a
// remedy, and how many without: the most that were found to, absent where none
// were.
type Shift struct {
	Variant string `json:"variant"`
	Plan    string `json:"plan"`
	Users   int    `json:"users"`
	Before  *int64 `json:"before_public_bytes,omitempty"`
	After   *int64 `json:"after_public_bytes,omitempty"`
}

// shifts compares each remedy's frontier with that of what it is against, on the
// same plan and at the numbers of users that both have.
func shifts(of *claim.Remedies, all []Frontier) []Shift {
	var found []Shift
	for _, name := range of.Names() {
		for _, after := range all {
			for _, before := range all {
				if after.Variant != name || before.Variant != of.Against || before.Plan != after.Plan {
					continue
				}
				for _, users := range before.crowds() {
					if slices.Contains(after.crowds(), users) {
						found = append(found, Shift{name, after.Plan, users, before.fits(users), after.fits(users)})
					}
				}
			}
		}
	}
	return found
}

func (f Frontier) crowds() []int {
	var users []int
	for _, c := range f.Cells {
		users = append(users, c.Users)
	}
	slices.Sort(users)
	return slices.Compact(users)
}

// fits is the most bytes of public stories that fit at so many users, and below
// which nothing does not; nil when none do.
func (f Frontier) fits(users int) *int64 {
	var most *int64
	limit := int64(-1)
	of := func(data string) *int64 {
		for _, d := range f.Data {
			if d.Name == data {
				return d.PublicBytes
			}
		}
		return nil
	}
	for _, c := range f.Cells {
		if bytes := of(c.Data); c.Users == users && c.Memory != "fits" && bytes != nil && (limit < 0 || *bytes < limit) {
			limit = *bytes
		}
	}
	for _, c := range f.Cells {
		bytes := of(c.Data)
		if c.Users != users || c.Memory != "fits" || bytes == nil || limit >= 0 && *bytes >= limit {
			continue
		}
		if most == nil || *bytes > *most {
			most = bytes
		}
	}
	return most
}
