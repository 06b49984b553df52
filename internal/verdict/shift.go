package verdict

import (
	"fmt"
	"slices"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/run"
)

// Frontier is what is read of a frontier.json: which numbers of users and which
// data fit into a plan's memory, and under what that was measured.
type Frontier struct {
	Variant    string      `json:"variant"`
	Plan       string      `json:"plan"`
	LimitBytes int64       `json:"limit_bytes"`
	CPUs       float64     `json:"cpus"` // 0: unthrottled
	Seed       uint64      `json:"seed"`
	Quick      bool        `json:"quick"`
	Tool       string      `json:"tool"`
	Target     run.Target  `json:"target"`
	Machine    run.Machine `json:"machine"`
	// Data are the rows, from the least.
	Data []struct {
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
// were. AtLeast says that more may: what would not was not found.
type Shift struct {
	Variant       string  `json:"variant"`
	Plan          string  `json:"plan"`
	CPUs          float64 `json:"cpus,omitempty"` // absent: unthrottled
	Users         int     `json:"users"`
	Before        *int64  `json:"before_public_bytes,omitempty"`
	BeforeAtLeast bool    `json:"before_at_least,omitempty"`
	After         *int64  `json:"after_public_bytes,omitempty"`
	AfterAtLeast  bool    `json:"after_at_least,omitempty"`
}

// shifts compares each remedy's frontier with that of what it is against, on the
// same plan and else measured alike, at the numbers of users that both have. left
// says which frontiers have no such other.
func shifts(of *claim.Remedies, all []Frontier) (found []Shift, left []string) {
	for _, name := range of.Names() {
		for _, after := range all {
			if after.Variant != name {
				continue
			}
			compared, why := false, "there is none of "+of.Against
			for _, before := range all {
				if before.Variant != of.Against || before.Plan != after.Plan {
					continue
				}
				if what := after.differs(before); what != "" {
					why = "that of " + of.Against + " has another " + what
					continue
				}
				compared = true
				for _, users := range before.crowds() {
					if slices.Contains(after.crowds(), users) {
						s := Shift{Variant: name, Plan: after.Plan, CPUs: after.CPUs, Users: users}
						s.Before, s.BeforeAtLeast = before.fits(users)
						s.After, s.AfterAtLeast = after.fits(users)
						found = append(found, s)
					}
				}
			}
			if !compared {
				left = append(left, fmt.Sprintf("the frontier of %s on plan %s: %s", name, after.Plan, why))
			}
		}
	}
	return found, left
}

// differs names what keeps two frontiers from being compared; "" for nothing.
func (f Frontier) differs(from Frontier) string {
	for _, pair := range []struct {
		what string
		same bool
	}{
		{"CPU share", f.CPUs == from.CPUs},
		{"memory", f.LimitBytes == from.LimitBytes},
		{"seed", f.Seed == from.Seed},
		{"length of holds (--quick)", f.Quick == from.Quick},
		{"pixelload", f.Tool == from.Tool},
		{"target", f.Target == from.Target},
		{"machine", f.Machine == from.Machine},
	} {
		if !pair.same {
			return pair.what
		}
	}
	return ""
}

func (f Frontier) crowds() []int {
	var users []int
	for _, c := range f.Cells {
		users = append(users, c.Users)
	}
	slices.Sort(users)
	return slices.Compact(users)
}

// fits is the most bytes of public stories that fit at so many users, tightly or
// not, below the least that do not; nil when none do. more says that the least that
// do not is not the next row: it is not told, or the grid ends before.
func (f Frontier) fits(users int) (most *int64, more bool) {
	for _, row := range f.Data {
		for _, c := range f.Cells {
			if c.Users != users || c.Data != row.Name {
				continue
			}
			switch {
			case c.Memory == "killed":
				return most, more
			case (c.Memory == "fits" || c.Memory == "tight") && row.PublicBytes != nil:
				most, more = row.PublicBytes, false
			default: // not told, or nobody knows what the row holds
				more = true
			}
		}
	}
	return most, true
}
