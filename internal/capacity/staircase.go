package capacity

import (
	"math/bits"
	"reflect"
	"slices"
	"time"
)

// Staircase looks for a frontier: users in columns, the amounts of data that the
// target holds in rows. Who fits with more of either fits with less, so a trial
// tells of many cells: each row's undecided columns lie between what a row with
// more data holds and what one with less does not. A row is climbed in its
// undecided columns alone, the middle row first, then the middles of what is left.
type Staircase struct {
	Users []int // the columns, ascending, from 1
	Rows  int   // the amounts of data, from the least
	// Confirm is how many fresh starts must hold each corner of the frontier.
	Confirm int
	// Service is to be looked for too, and not only noted where memory is.
	Service bool
}

// Climb is a trial: a fresh start on the data of a row, with so many users one
// after the other.
type Climb struct {
	Row   int // from 0
	Users []int
}

// Seen is what one trial showed: of the memory, and of the service that is kept
// or lost.
type Seen struct {
	Row             int
	Memory, Service Found
	// Untold are the users of whose memory it could not tell, Unseen those of whose
	// service.
	Untold, Unseen []int
}

// tries is how many trials may fail to tell of a cell before it is set aside: a
// third would not tell more.
const tries = 2

// Next returns the next trial; false when every cell is told, or set aside, and
// every corner confirmed.
func (s Staircase) Next(seen []Seen) (Climb, bool) {
	if segment, found := s.longest(seen); found {
		row := segment[len(segment)/2]
		return Climb{row, s.undecided(seen, row)}, true
	}
	if unsure := s.unsure(seen); len(unsure) > 0 {
		return Climb{unsure[0].row, []int{unsure[0].users}}, true
	}
	return Climb{}, false
}

// Memory is how far a row is known: the most users that fit, the fewest that
// do not; 0 for none.
func (s Staircase) Memory(seen []Seen, row int) Found {
	return s.edge(seen, row, func(f Seen) Found { return f.Memory })
}

// Served is where the service ends, as far as it was seen.
func (s Staircase) Served(seen []Seen, row int) Found {
	return s.edge(seen, row, func(f Seen) Found { return f.Service })
}

// edge joins what all trials show of a row. What one trial failed at is not held,
// whatever another showed: neither there nor with more users or data.
func (s Staircase) edge(seen []Seen, row int, half func(Seen) Found) (e Found) {
	for _, f := range seen {
		if fails := half(f).Fails; f.Row <= row && fails > 0 && (e.Fails == 0 || fails < e.Fails) {
			e.Fails = fails
		}
	}
	for _, f := range seen {
		for _, users := range s.Users {
			if f.Row >= row && users <= half(f).Holds && (e.Fails == 0 || users < e.Fails) {
				e.Holds = max(e.Holds, users)
			}
		}
	}
	return e
}

// open are the columns that an edge leaves undecided.
func (s Staircase) open(e Found) []int {
	return slices.DeleteFunc(slices.Clone(s.Users), func(n int) bool { return n <= e.Holds || e.Fails > 0 && n >= e.Fails })
}

// undecided are the columns of a row that a trial must climb.
func (s Staircase) undecided(seen []Seen, row int) []int {
	memory, service := s.openHalves(seen, row)
	both := slices.Concat(memory, service)
	slices.Sort(both)
	return slices.Compact(both)
}

// openHalves are those of the memory and those of the service, which is lost
// where the memory does not fit. Where the service is lost, one trial that could not
// tell of memory is enough: the load does not come.
func (s Staircase) openHalves(seen []Seen, row int) (memory, service []int) {
	edge := s.Memory(seen, row)
	memory = s.open(edge)
	served := s.Served(seen, row)
	if s.Service {
		if edge.Fails > 0 && (served.Fails == 0 || edge.Fails < served.Fails) {
			served.Fails = edge.Fails
		}
		service = s.open(served)
	}
	memory = slices.DeleteFunc(memory, func(n int) bool {
		lost := s.Service && served.Fails > 0 && n >= served.Fails
		times := silent(seen, row, n, func(f Seen) []int { return f.Untold })
		return times >= tries || lost && times > 0
	})
	service = slices.DeleteFunc(service, func(n int) bool {
		return silent(seen, row, n, func(f Seen) []int { return f.Unseen }) >= tries
	})
	return memory, service
}

// silent is how many trials could not tell of a cell.
func silent(seen []Seen, row, users int, of func(Seen) []int) (times int) {
	for _, f := range seen {
		if f.Row == row && slices.Contains(of(f), users) {
			times++
		}
	}
	return times
}

// segments are the stretches of neighbouring rows that are not decided.
func (s Staircase) segments(seen []Seen) (all [][]int) {
	var rows []int
	for row := range s.Rows + 1 {
		if row < s.Rows && len(s.undecided(seen, row)) > 0 {
			rows = append(rows, row)
			continue
		}
		if len(rows) > 0 {
			all, rows = append(all, rows), nil
		}
	}
	return all
}

func (s Staircase) longest(seen []Seen) (rows []int, found bool) {
	for _, segment := range s.segments(seen) {
		if len(segment) > len(rows) {
			rows = segment
		}
	}
	return rows, len(rows) > 0
}

// Learned reports that more is known after the last trial than before it.
func (s Staircase) Learned(seen []Seen) bool {
	if len(seen) == 0 {
		return false
	}
	known := func(seen []Seen) (all []any) {
		for row := range s.Rows {
			all = append(all, s.Memory(seen, row), s.Served(seen, row))
		}
		return append(all, s.corners(seen))
	}
	return !reflect.DeepEqual(known(seen[:len(seen)-1]), known(seen))
}

// corner is the most users that fit with so much data, where with more data fewer
// do: what the frontier stands on. held is how many trials held as much or more.
type corner struct{ row, users, held int }

func (s Staircase) corners(seen []Seen) (all []corner) {
	for row := range s.Rows {
		holds := s.Memory(seen, row).Holds
		if holds == 0 || row+1 < s.Rows && s.Memory(seen, row+1).Holds == holds {
			continue
		}
		c := corner{row: row, users: holds}
		for _, f := range seen {
			if f.Row >= row && f.Memory.Holds >= holds {
				c.held++
			}
		}
		all = append(all, c)
	}
	return all
}

// unsure are the corners that are still to be confirmed.
func (s Staircase) unsure(seen []Seen) []corner {
	return slices.DeleteFunc(s.corners(seen), func(c corner) bool {
		return c.held >= s.Confirm || silent(seen, c.row, c.users, func(f Seen) []int { return f.Untold }) >= tries
	})
}

// Left is how many trials and how long it may still take at most, with a target
// that is the same at every start: one that fails where it held before takes
// more. cost is the length of a trial with these users, with its start; of no
// users, of the start alone.
//
// Halving k rows takes as many levels as k has bits. The rows of one level share
// no undecided column, so a level takes no longer than all of them once.
func (s Staircase) Left(seen []Seen, cost func(users []int) time.Duration) (trials int, length time.Duration) {
	start := cost(nil)
	steps := func(users []int) time.Duration { return cost(users) - start }
	for _, rows := range s.segments(seen) {
		var memory, service []int
		for _, row := range rows {
			m, v := s.openHalves(seen, row)
			memory, service = append(memory, m...), append(service, v...)
		}
		levels := time.Duration(bits.Len(uint(len(rows))))
		trials += len(rows)
		length += time.Duration(len(rows))*start + levels*(steps(distinct(memory))+steps(distinct(service)))
	}
	for _, users := range s.unconfirmed(seen) {
		trials += s.Confirm - 1
		length += time.Duration(s.Confirm-1) * cost([]int{users})
	}
	return trials, length
}

// unconfirmed are the columns that may still need a trial that confirms a corner:
// at most one a row, the fewest users first, which take longest.
func (s Staircase) unconfirmed(seen []Seen) []int {
	var users []int
	for _, c := range s.unsure(seen) {
		users = append(users, c.users)
	}
	for row := range s.Rows {
		users = append(users, s.open(s.Memory(seen, row))...)
	}
	users = distinct(users)
	return users[:min(len(users), s.Rows)]
}

func distinct(users []int) []int {
	slices.Sort(users)
	return slices.Compact(users)
}
