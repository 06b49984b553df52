package frontier

import (
	"maps"
	"slices"

	"github.com/pixeltales/pixelload/internal/claim"
)

// points are the numbers of users that the document names for the variant, and of
// a plan for this plan, as far as they are columns of the grid.
func (m *Map) points(doc *claim.Document) []Point {
	claims := map[int][]string{}
	for _, c := range doc.Claims {
		for _, users := range m.named(c) {
			if slices.Contains(m.Users, users) {
				claims[users] = append(claims[users], c.ID)
			}
		}
	}
	points := []Point{}
	for _, users := range slices.Sorted(maps.Keys(claims)) {
		p := Point{Users: users, Claims: claims[users]}
		column := slices.Index(m.Users, users)
		var after, from *int64
		for row, data := range m.Data {
			switch c := m.Cell(row, column); {
			case c.Memory == Fits || c.Memory == Tight:
				p.FitsTo, after = c.Data, data.PublicBytes
			case c.Memory == Killed && p.KilledFrom == "":
				p.KilledFrom, from = c.Data, data.PublicBytes
			}
		}
		if after != nil && from != nil {
			p.TurnsAt = &Turn{PublicBytes: *from, AfterBytes: *after}
		}
		points = append(points, p)
	}
	return points
}

// named are the users that a claim on levels, crashes or capacities speaks of.
func (m *Map) named(c claim.Claim) []int {
	switch {
	case c.Arm.Variant != m.Variant || len(c.Arm.Off) > 0 || c.Versus.Variant != "":
	case c.Kind == claim.Capacity && c.Plan == m.Plan:
		return []int{max(c.LowUsers, c.HighUsers)}
	case c.Kind == claim.Level || c.Kind == claim.Crash || c.Kind == claim.Below:
		return c.Users
	}
	return nil
}
