package trial

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pixeltales/pixelload/internal/run"
)

func TestPhases(t *testing.T) {
	quick := Timing{Warmup: 15 * time.Second, Hold: 30 * time.Second, Rest: 10 * time.Second, Capped: true}
	want := []run.Phase{
		{Name: "idle", HoldSeconds: 10},
		{Name: "users=3", Users: 3, WarmupSeconds: 15, HoldSeconds: 30},
		{Name: "users=10", Users: 10, WarmupSeconds: 15, HoldSeconds: 30},
		{Name: "drained", WarmupSeconds: 6, HoldSeconds: 10},
	}
	got := Phases([]int{0, 3, 10}, quick)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if l := Length(got); l != 116*time.Second {
		t.Errorf("Length = %v, want 116s", l)
	}
}

func TestVisits(t *testing.T) {
	want := []run.Phase{
		{Name: "idle", HoldSeconds: 12},
		{Name: "visits", Users: 3, Visits: 5, HoldSeconds: 94},
		{Name: "drained", WarmupSeconds: 6, HoldSeconds: 12},
	}
	if diff := cmp.Diff(want, Visits(3, 5)); diff != "" {
		t.Error(diff)
	}
}

func TestHoldsSpanWholeTeeth(t *testing.T) {
	for _, lists := range []float64{2, 0.5} {
		for _, users := range []int{1, 2, 3, 7, 10, 50} {
			hold := Timing{Hold: time.Minute, ListsAMinute: lists}.hold(users)
			if hold < time.Minute {
				t.Errorf("%d users: hold of %v is shorter than asked", users, hold)
			}
			if expected := hold.Minutes() * lists * float64(users); expected < ListRequestsAHold {
				t.Errorf("%d users who ask %v times a minute: %.1f lists in %v, want %d", users, lists, expected, hold, ListRequestsAHold)
			}
		}
	}
	if hold := (Timing{Hold: time.Minute}).hold(3); hold != time.Minute {
		t.Errorf("users who never ask: hold of %v, want as asked", hold)
	}
}
