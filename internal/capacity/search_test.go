package capacity

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// steady holds so many users, always: each trial goes up to the users it is to
// hold, in the first one by the steps.
func steady(capacity int, s Search) (found []Found, trials []int) {
	for users, more := s.Next(nil); more; users, more = s.Next(found) {
		steps := []int{users}
		if len(found) == 0 {
			steps = s.First()
		}
		f := Found{}
		for _, n := range steps {
			if n > capacity {
				f.Fails = n
				break
			}
			f.Holds = n
		}
		found, trials = append(found, f), append(trials, users)
		if len(trials) > 100 {
			panic(fmt.Sprint("no end: ", trials))
		}
	}
	return found, trials
}

func TestSearchFindsEveryCapacity(t *testing.T) {
	for _, confirm := range []int{1, 3} {
		s := Search{Most: 60, Confirm: confirm}
		for capacity := range 70 {
			found, trials := steady(capacity, s)
			holds, fails := Bounds(found)
			wantFails := capacity + 1
			if capacity >= s.Most {
				wantFails = 0
			}
			if holds != min(capacity, s.Most) || fails != wantFails {
				t.Errorf("capacity %d: holds %d, fails %d after %v", capacity, holds, fails, trials)
			}
			if most := 5 + 2*confirm; len(trials) > most {
				t.Errorf("capacity %d took %d trials, want %d at most: %v", capacity, len(trials), most, trials)
			}
		}
	}
}

func TestFirst(t *testing.T) {
	for most, want := range map[int][]int{1: {1}, 4: {1, 2, 3, 4}, 5: {1, 2, 3, 5}, 12: {1, 2, 3, 5, 8, 10, 12}} {
		if got := (Search{Most: most}).First(); !slices.Equal(got, want) {
			t.Errorf("First up to %d = %v, want %v", most, got, want)
		}
	}
}

// A target whose capacity differs from start to start: the search ends, and
// nothing that failed once is called held.
func TestSearchEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Search{Most: rapid.IntRange(1, 60).Draw(t, "most"), Confirm: rapid.IntRange(1, 4).Draw(t, "confirm")}
		var found []Found
		for users, more := s.Next(nil); more; users, more = s.Next(found) {
			capacity := rapid.IntRange(0, 70).Draw(t, "capacity")
			f := Found{Holds: min(users, capacity)}
			if capacity < users {
				f.Fails = rapid.IntRange(capacity+1, users).Draw(t, "fails")
			}
			if found = append(found, f); len(found) > 200 {
				t.Fatalf("no end: %v", found)
			}
		}
		holds, fails := Bounds(found)
		for _, f := range found {
			if f.Fails > 0 && holds >= f.Fails {
				t.Fatalf("holds %d, and one trial failed at %d", holds, f.Fails)
			}
		}
		if fails > 0 && fails-holds != 1 {
			t.Fatalf("holds %d, fails %d: something between was not tried", holds, fails)
		}
	})
}
