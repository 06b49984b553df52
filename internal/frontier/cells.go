package frontier

import (
	"fmt"
	"slices"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/stats"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// sight is what one trial showed of a cell.
type sight struct {
	row int
	verdict.Shown
}

func (s sight) told() bool  { return s.Why == "" }
func (s sight) held() bool  { return s.told() && s.Fits }
func (s sight) fails() bool { return s.told() && !s.Fits }

// within reports that it is of as few users and as little data, or less; beyond
// that it is of as many and as much, or more.
func (s sight) within(row, users int) bool { return s.row <= row && s.Users <= users }
func (s sight) beyond(row, users int) bool { return s.row >= row && s.Users >= users }

// cell says what all that was seen tells of users on the data of a row.
func (m *Map) cell(row, users int, all []sight) Cell {
	c := Cell{Users: users, Data: m.Data[row].Name, Memory: Unknown, Service: Unknown, Reasons: []string{}}
	var peaks []float64
	for _, s := range all {
		if s.row != row || s.Users != users {
			continue
		}
		if !s.told() {
			c.because(s.Why)
			continue
		}
		c.N++
		switch {
		case s.held():
			c.Held++
			peaks = append(peaks, float64(s.LargestBytes))
			if c.ListRequests == nil || s.Lists < *c.ListRequests {
				c.ListRequests = &s.Lists
			}
		case s.Killed:
			c.Kills++
		}
	}
	m.memory(&c, row, peaks, all)
	m.service(&c, row, all)
	return c
}

func (c *Cell) because(reason string) {
	if !slices.Contains(c.Reasons, reason) {
		c.Reasons = append(c.Reasons, reason)
	}
}

// memory decides whether the users of a cell fit: a failure with as much or less
// is one here, and who fitted with as much or more fits here.
func (m *Map) memory(c *Cell, row int, peaks []float64, all []sight) {
	if len(peaks) > 0 {
		c.Largest = memory.Known(uint64(slices.Max(peaks)))
	}
	if s, err := stats.Summarise(peaks); err == nil {
		if bound, err := s.UpperBound(0.95); err == nil {
			c.Bound = memory.Known(uint64(max(0, bound)))
		}
	}
	switch fail, hold := m.nearestFailure(row, c.Users, all), m.nearestHold(row, c.Users, all); {
	case fail != nil:
		c.Memory = Killed
		c.MemoryFrom = m.from(*fail, row, c.Users)
		if c.Held > 0 {
			c.because(fmt.Sprintf("%d of %d trials fitted here, and one did not with %s and %s: what failed once is not held", c.Held, c.N, verdict.Crowd(fail.Users), m.Data[fail.row].Name))
		}
	case hold != nil:
		c.Memory = m.grade(c, row, *hold, all)
		c.MemoryFrom = m.from(*hold, row, c.Users)
	}
}

// grade tells fits from tight. Where a cell is implied by one that is tight, how
// near it comes itself was not seen: then it is called tight as well.
func (m *Map) grade(c *Cell, row int, hold sight, all []sight) string {
	bound, _ := c.Bound.Get()
	switch over := m.overBudget(row, c.Users, all); {
	case hold.LargestBytes > m.BudgetBytes:
		if c.Held == 0 {
			c.because("implied by a tight cell: how near it comes itself was not seen")
		}
		return Tight
	case over != nil:
		c.because(fmt.Sprintf("%s on %s came over the budget", verdict.Crowd(over.Users), m.Data[over.row].Name))
		return Tight
	case int64(bound) >= m.LimitBytes:
		c.because("the next trial's largest U may come over the limit")
		return Tight
	}
	return Fits
}

// from names the cell of s, unless it is that one.
func (m *Map) from(s sight, row, users int) *Place {
	if s.row == row && s.Users == users {
		return nil
	}
	return &Place{s.Users, m.Data[s.row].Name}
}

// nearestFailure is the failure of a trial with as much or less that is nearest;
// nil for none.
func (m *Map) nearestFailure(row, users int, all []sight) *sight {
	return nearest(row, users, all, func(s sight) bool { return s.fails() && s.within(row, users) })
}

// nearestHold is the trial of the cell itself with the largest U; without one, of
// those that held as much or more that with the least.
func (m *Map) nearestHold(row, users int, all []sight) *sight {
	var own, other *sight
	for _, s := range all {
		switch {
		case !s.held() || !s.beyond(row, users):
		case s.row == row && s.Users == users:
			if own == nil || s.LargestBytes > own.LargestBytes {
				own = &s
			}
		case other == nil || s.LargestBytes < other.LargestBytes:
			other = &s
		}
	}
	if own != nil {
		return own
	}
	return other
}

// overBudget is a trial that fitted with less, and over the budget.
func (m *Map) overBudget(row, users int, all []sight) *sight {
	return nearest(row, users, all, func(s sight) bool {
		return s.held() && s.LargestBytes > m.BudgetBytes && s.within(row, users) && (s.row != row || s.Users != users)
	})
}

// nearest is the first of those nearest to a cell that is as wanted.
func nearest(row, users int, all []sight, wanted func(sight) bool) *sight {
	var best *sight
	for _, s := range all {
		if wanted(s) && (best == nil || distance(s, row, users) < distance(*best, row, users)) {
			best = &s
		}
	}
	return best
}

func distance(s sight, row, users int) int { return abs(s.row-row) + abs(s.Users-users) }

func abs(n int) int { return max(n, -n) }

// service decides whether the users of a cell are served: who is not with as much
// or less is not here, and who is with as much or more is here. A dead target
// serves nobody.
func (m *Map) service(c *Cell, row int, all []sight) {
	lost := nearest(row, c.Users, all, func(s sight) bool { return s.Lost && s.within(row, c.Users) })
	kept := nearest(row, c.Users, all, func(s sight) bool { return s.Kept && s.beyond(row, c.Users) })
	switch {
	case lost != nil:
		c.Service, c.ServiceFrom = Lost, m.from(*lost, row, c.Users)
		c.because("service lost: " + lost.How)
	case c.Memory == Killed:
		c.Service, c.ServiceFrom = Lost, c.MemoryFrom
	case kept != nil:
		c.Service, c.ServiceFrom = Kept, m.from(*kept, row, c.Users)
	}
}
