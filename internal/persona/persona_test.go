package persona

import (
	"slices"
	"testing"
	"time"
)

func TestStaggerSpreadsTheListsEvenly(t *testing.T) {
	for _, users := range []int{2, 3, 10, 64} {
		var at []time.Duration
		for i := range users {
			at = append(at, Stagger(i))
		}
		slices.Sort(at)
		at = append(at, at[0]+ListInterval)
		even := ListInterval / time.Duration(users)
		for i := range users {
			if gap := at[i+1] - at[i]; gap > 2*even {
				t.Errorf("%d users: gap of %v between lists, want at most %v", users, gap, 2*even)
			}
		}
	}
}

func TestListRequestsAMinute(t *testing.T) {
	if ListRequestsAMinute != 2 {
		t.Errorf("ListRequestsAMinute = %d, want 2", ListRequestsAMinute)
	}
}
