package campaign

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/pixeltales/pixelload/internal/claim"
)

// Slot is one trial of a campaign.
type Slot struct {
	Arm    Arm
	Round  int // from 1
	Number int // of its run file, from 1: the same whichever claims are asked for
}

// Slots lays out the rounds of all arms that serve one of the claims: a round
// holds every arm once, and each has its own order, drawn from the seed. More
// rounds add slots and move none.
func Slots(arms []Arm, ids []string, rounds int, seed uint64) []Slot {
	var slots []Slot
	for round := 1; round <= rounds; round++ {
		random := rand.New(rand.NewPCG(seed, uint64(round))) //nolint:gosec // a repeatable order is the point
		for _, i := range random.Perm(len(arms)) {
			if arms[i].servesOneOf(ids) {
				slots = append(slots, Slot{Arm: arms[i], Round: round, Number: (round-1)*len(arms) + i + 1})
			}
		}
	}
	return slots
}

func (a Arm) servesOneOf(ids []string) bool {
	return slices.ContainsFunc(a.Serves, func(id string) bool { return slices.Contains(ids, id) })
}

// IDs returns the document's claims that are asked for, in its order; all when
// none is. A letter alone, such as K, asks for all of that letter.
func IDs(doc *claim.Document, asked []string) ([]string, error) {
	var all, ids []string
	wanted := map[string]bool{}
	for _, c := range doc.Claims {
		all = append(all, c.ID)
	}
	for _, a := range asked {
		before := len(wanted)
		for _, id := range all {
			if a := strings.ToUpper(a); id == a || strings.Trim(id, "0123456789") == a {
				wanted[id] = true
			}
		}
		if len(wanted) == before && !wanted[strings.ToUpper(a)] {
			return nil, fmt.Errorf("no claim %s: want some of %s", a, strings.Join(all, ", "))
		}
	}
	for _, id := range all {
		if len(asked) == 0 || wanted[id] {
			ids = append(ids, id)
		}
	}
	return ids, nil
}
