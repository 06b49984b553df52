package phase_test

import (
	"slices"
	"testing"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
)

// collectedAt has U be so many MiB in the second after a collection at t.
func collectedAt(r *run.Run, phase string, users int, t, mib float64) {
	r.Header.Kind = run.Collected
	r.Marks = append(r.Marks,
		run.Mark{T: t, Name: run.MarkCollected, Phase: phase, Users: users},
		run.Mark{T: t + 1, Name: run.MarkCollectedEnd, Phase: phase, Users: users})
	slices.SortFunc(r.Marks, func(a, b run.Mark) int { return int(1e6 * (a.T - b.T)) })
	for i, s := range r.Samples {
		if s.T >= t && s.T < t+1 {
			r.Samples[i].Unreclaimable = memory.Known(uint64(mib * memory.MiB))
		}
	}
}

func TestCollected(t *testing.T) {
	check := func(r *run.Run, name string, mib uint64) {
		t.Helper()
		got, ok := hold(t, r, name).Collected.Get()
		if got != mib*memory.MiB || ok != (mib > 0) {
			t.Errorf("%s: collected = %v MiB, %v, want %v", name, got/memory.MiB, ok, mib)
		}
	}
	r := healthy()
	check(r, "users=3", 0)

	collectedAt(r, "users=3", 3, 57, 90)    // to 59, where the phase ends
	collectedAt(r, "users=10", 10, 87, 100) // to 89
	check(r, "idle", 0)
	check(r, "users=3", 90)
	check(r, "users=10", 100)
	check(r, "drained", 0)

	// What stands outside the marks is natural, also in the same hold.
	for i, s := range r.Samples {
		if s.T >= 56 && s.T < 57 || s.T >= 58 && s.T < 59 {
			r.Samples[i].Unreclaimable = memory.Known(400 * memory.MiB)
		}
	}
	check(r, "users=3", 90)

	// Of two collections in a hold the later counts.
	collectedAt(r, "users=3", 3, 45, 80)
	check(r, "users=3", 90)

	// One that came too late is not the next phase's.
	collectedAt(r, "idle", 0, 45, 10)
	collectedAt(r, "idle", 0, 88.5, 10)
	check(r, "idle", 0)
	check(r, "users=3", 90)
	check(r, "users=10", 100)

	// Nothing was read between the marks, or the second one never came.
	runtest.Gap(r, 87, 88)
	check(r, "users=10", 0)
	r = healthy()
	collectedAt(r, "users=10", 10, 87, 100)
	runtest.StopAt(r, 87.5, run.Killed, run.Event{Kind: run.EventOOMKill, Count: 1})
	check(r, "users=10", 0)
}
