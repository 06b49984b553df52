package capacity

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// grid is the default one.
var grid = Staircase{Users: []int{1, 2, 3, 5, 8, 10}, Rows: 7, Confirm: 2}

// cost is the default one: holds long enough for 14 list requests, two a user and
// minute.
func cost(users []int) time.Duration {
	length := 23 * time.Second
	for _, n := range users {
		length += (20 + max(40, 450/time.Duration(n))) * time.Second
	}
	return length
}

// frontiers are all there are in the grid: in each row the most users that fit,
// 0 for none, never more with more data.
func frontiers(s Staircase) (all [][]int) {
	var grow func(row []int, most int)
	grow = func(rows []int, most int) {
		if len(rows) == s.Rows {
			all = append(all, slices.Clone(rows))
			return
		}
		for _, n := range append([]int{0}, s.Users...) {
			if n <= most {
				grow(append(rows, n), n)
			}
		}
	}
	grow(nil, s.Users[len(s.Users)-1])
	return all
}

// climbed is what a trial of a target with that capacity shows.
func climbed(users []int, capacity int) (f Found) {
	for _, n := range users {
		if n > capacity {
			f.Fails = n
			break
		}
		f.Holds = n
	}
	return f
}

// found does a whole search; capacity is asked once for each trial.
func found(t testing.TB, s Staircase, memory, service func(row int) int) (seen []Seen, took time.Duration) {
	t.Helper()
	for climb, more := s.Next(nil); more; climb, more = s.Next(seen) {
		if len(climb.Users) == 0 || len(seen) > 200 {
			t.Fatalf("no end: %v then %v", seen, climb)
		}
		m := climbed(climb.Users, memory(climb.Row))
		v := climbed(climb.Users, service(climb.Row))
		if m.Fails > 0 && m.Fails <= v.Holds { // a dead target serves nobody
			v.Holds = m.Holds
		}
		if m.Fails > 0 && v.Fails > m.Fails {
			v.Fails = 0
		}
		seen = append(seen, Seen{Row: climb.Row, Memory: m, Service: v})
		took += cost(climb.Users)
	}
	return seen, took
}

// Every frontier that there can be is found, to the cell, within the trials and
// the time that were told beforehand; and the default grid within 90 minutes.
func TestStaircaseFindsEveryFrontier(t *testing.T) {
	most, worst := grid.Left(nil, cost)
	t.Logf("at most %d trials and %v", most, worst)
	if worst > 90*time.Minute {
		t.Errorf("the default grid may take %v, want 90 minutes at most", worst)
	}
	all := frontiers(grid)
	if len(all) < 1700 {
		t.Fatalf("%d frontiers, want all 1716", len(all))
	}
	var sum, longest time.Duration
	for _, truth := range all {
		seen, took := found(t, grid, func(row int) int { return truth[row] }, func(int) int { return 0 })
		sum, longest = sum+took, max(longest, took)
		for row, want := range truth {
			if got := grid.Memory(seen, row); got.Holds != want || len(grid.open(got)) > 0 {
				t.Fatalf("frontier %v, row %d: %+v", truth, row, got)
			}
		}
		for _, c := range grid.corners(seen) {
			if c.held < grid.Confirm {
				t.Fatalf("frontier %v: corner %+v is not confirmed", truth, c)
			}
		}
		if len(seen) > most || took > worst {
			t.Fatalf("frontier %v took %d trials and %v, told were %d and %v", truth, len(seen), took, most, worst)
		}
	}
	t.Logf("the longest took %v, all %v on average", longest, sum/time.Duration(len(all)))
}

// What is told to be left is enough at every trial.
func TestLeftIsEnough(t *testing.T) {
	for i, truth := range frontiers(grid) {
		if i%7 != 0 {
			continue
		}
		seen, _ := found(t, grid, func(row int) int { return truth[row] }, func(int) int { return 0 })
		var took time.Duration
		for n := len(seen); n >= 0; n-- {
			if n < len(seen) {
				climb, _ := grid.Next(seen[:n])
				took += cost(climb.Users)
			}
			if trials, left := grid.Left(seen[:n], cost); trials < len(seen)-n || left < took {
				t.Fatalf("frontier %v after %d trials: %d and %v told, it took %d and %v", truth, n, trials, left, len(seen)-n, took)
			}
		}
	}
}

// The service ends before memory does, in every way it can, and both edges are
// found.
func TestStaircaseFindsTheService(t *testing.T) {
	s := Staircase{Users: []int{1, 2, 3, 5}, Rows: 3, Confirm: 1, Service: true}
	for _, memory := range frontiers(s) {
		for _, service := range frontiers(s) {
			seen, _ := found(t, s, func(row int) int { return memory[row] }, func(row int) int { return service[row] })
			for row := range s.Rows {
				// Where memory ends, service does.
				want := min(service[row], memory[row])
				m, v := s.Memory(seen, row), s.Served(seen, row)
				if m.Holds != memory[row] || v.Holds != want {
					t.Fatalf("memory %v, service %v, row %d: %+v and %+v", memory, service, row, m, v)
				}
			}
		}
	}
}

// The capacity differs from start to start by a column at most: so does what is
// found, in every row, and nothing that failed once is called held.
func TestNoiseMovesTheFrontierByOneCell(t *testing.T) {
	most := 0
	for i, truth := range frontiers(grid) {
		random := rand.New(rand.NewPCG(1, uint64(i))) //nolint:gosec // a repeatable draw is the point
		seen, _ := found(t, grid, func(row int) int {
			at := slices.Index(grid.Users, truth[row]) + random.IntN(3) - 1
			if at < 0 {
				return 0
			}
			return grid.Users[min(at, len(grid.Users)-1)]
		}, func(int) int { return 0 })
		most = max(most, len(seen))
		for row, want := range truth {
			got := grid.Memory(seen, row)
			if off := slices.Index(grid.Users, got.Holds) - slices.Index(grid.Users, want); off < -1 || off > 1 {
				t.Fatalf("frontier %v, row %d: %+v, off by %d cells after %v", truth, row, got, off, seen)
			}
			for _, f := range seen {
				if f.Row <= row && f.Memory.Fails > 0 && got.Holds >= f.Memory.Fails {
					t.Fatalf("frontier %v, row %d: %+v, and %+v failed", truth, row, got, f)
				}
			}
		}
	}
	t.Logf("at most %d trials", most)
	if bound := grid.Rows + 3*len(grid.Users); most > bound {
		t.Errorf("%d trials, want %d at most", most, bound)
	}
}

func TestNextNamesTheMiddle(t *testing.T) {
	first, _ := grid.Next(nil)
	if first.Row != 3 || !slices.Equal(first.Users, grid.Users) {
		t.Errorf("the first trial is %+v, want the middle row and all users", first)
	}
	second, _ := grid.Next([]Seen{{Row: 3, Memory: Found{Holds: 10}}})
	if second.Row != 5 || len(second.Users) != 6 {
		t.Errorf("the second is %+v, want row 5: less data holds as many", second)
	}
	third, _ := grid.Next([]Seen{{Row: 3, Memory: Found{Holds: 10}}, {Row: 5, Memory: Found{Fails: 1}}})
	if got := fmt.Sprint(third); got != "{4 [1 2 3 5 8 10]}" {
		t.Errorf("the third is %v, want row 4: with more data nobody fits", got)
	}
}

// A cell of which two trials cannot tell is set aside, and the others are found.
func TestStaircaseSetsAsideWhatCannotBeTold(t *testing.T) {
	truth := []int{10, 10, 8, 5, 5, 3, 0}
	for _, dumb := range []int{3, 5} { // this row cannot tell of more than 2 users
		var seen []Seen
		for climb, more := grid.Next(nil); more; climb, more = grid.Next(seen) {
			f := Seen{Row: climb.Row}
			for _, n := range climb.Users {
				switch {
				case climb.Row == dumb && n > 2:
					f.Untold = append(f.Untold, n)
				case n <= truth[climb.Row]:
					f.Memory.Holds = n
				case f.Memory.Fails == 0:
					f.Memory.Fails = n
				}
			}
			if seen = append(seen, f); len(seen) > 40 {
				t.Fatalf("row %d: no end: %v", dumb, seen)
			}
		}
		for row, want := range truth {
			if got := grid.Memory(seen, row); row != dumb && got.Holds != want {
				t.Errorf("row %d cannot tell: row %d: %+v, want %d", dumb, row, got, want)
			}
		}
		times := 0
		for _, f := range seen {
			if len(f.Untold) > 0 {
				times++
			}
		}
		if times == 0 || times > 4 { // two climbs, and two that were to confirm
			t.Errorf("row %d: %d trials that could not tell", dumb, times)
		}
	}
}

// Where the service is lost, memory that cannot be told is not tried again.
func TestStaircaseLeavesMemoryWhereTheServiceIsLost(t *testing.T) {
	s := grid
	s.Service = true
	var seen []Seen
	for climb, more := s.Next(nil); more; climb, more = s.Next(seen) {
		f := Seen{Row: climb.Row}
		for _, n := range climb.Users {
			if n < 3 {
				f.Memory.Holds, f.Service.Holds = n, n
				continue
			}
			f.Untold = append(f.Untold, n)
			if f.Service.Fails == 0 {
				f.Service.Fails = n
			}
		}
		if seen = append(seen, f); len(seen) > 40 {
			t.Fatalf("no end: %v", seen)
		}
	}
	for row := range s.Rows {
		if got := s.Served(seen, row); got != (Found{Holds: 2, Fails: 3}) {
			t.Errorf("row %d: %+v", row, got)
		}
	}
	if len(seen) > s.Rows+s.Confirm {
		t.Errorf("%d trials", len(seen))
	}
}

// A trial that could not tell is one of which nothing was learned; one that
// confirms is not.
func TestLearned(t *testing.T) {
	first := Seen{Row: 3, Memory: Found{Holds: 3, Fails: 5}}
	for name, test := range map[string]struct {
		seen []Seen
		want bool
	}{
		"no trial":           {nil, false},
		"the first":          {[]Seen{first}, true},
		"could not tell":     {[]Seen{first, {Row: 3}}, false},
		"confirms":           {[]Seen{first, {Row: 3, Memory: Found{Holds: 3}}}, true},
		"fails where it fit": {[]Seen{first, {Row: 3, Memory: Found{Fails: 3}}}, true},
		"service alone":      {[]Seen{first, {Row: 3, Service: Found{Holds: 1}}}, true},
	} {
		if got := grid.Learned(test.seen); got != test.want {
			t.Errorf("%s: learned %v", name, got)
		}
	}
}
