package persona

import (
	"slices"
	"testing"
	"time"
)

func TestListsLieEvenly(t *testing.T) {
	t.Parallel()
	for _, users := range []int{2, 3, 10, 64} {
		var lists []time.Duration
		for i := range users {
			began := 10 * time.Second
			if i >= 3 { // the others come in a later phase
				began = 47 * time.Second
			}
			first := FirstList(i, began+Arrival(i))
			if wait := first - began - Arrival(i); wait < 0 || wait >= ListInterval {
				t.Errorf("user %d of %d waits %v for its first list", i, users, wait)
			}
			lists = append(lists, first%ListInterval)
		}
		slices.Sort(lists)
		lists = append(lists, lists[0]+ListInterval)
		even := ListInterval / time.Duration(users)
		for i := range users {
			if gap := lists[i+1] - lists[i]; gap > 2*even {
				t.Errorf("%d users: %v without a list, want at most %v", users, gap, 2*even)
			}
		}
	}
}

func TestFirstListAtOnce(t *testing.T) {
	t.Parallel()
	if first := FirstList(0, 0); first != 0 {
		t.Errorf("FirstList(0, 0) = %v, want 0", first)
	}
}

func TestListRequestsAMinute(t *testing.T) {
	t.Parallel()
	if ListRequestsAMinute != 2 {
		t.Errorf("ListRequestsAMinute = %d, want 2", ListRequestsAMinute)
	}
}
