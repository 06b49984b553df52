package trial

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pixeltales/pixelload/internal/persona"
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

func TestHoldsSpanWholeTeeth(t *testing.T) {
	for _, users := range []int{1, 2, 3, 7, 10, 50} {
		hold := Timing{Hold: time.Minute}.hold(users)
		if hold < time.Minute {
			t.Errorf("%d users: hold of %v is shorter than asked", users, hold)
		}
		// What one user asks for in any stretch of that length, rounded down.
		least := users * int(hold/persona.ListInterval)
		if users == 1 && least < ListRequestsAHold {
			t.Errorf("%d users ask for at least %d lists in %v, want %d", users, least, hold, ListRequestsAHold)
		}
		if rate := hold.Minutes() * float64(persona.ListRequestsAMinute*users); rate < ListRequestsAHold {
			t.Errorf("%d users ask for %.1f lists in %v, want %d", users, rate, hold, ListRequestsAHold)
		}
	}
}
