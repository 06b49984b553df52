package runtest

import (
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
)

// Visiting is a collected trial in a round of a campaign, in which each of 3
// users comes and goes so often. U, collected, is so many MiB before them, at
// their last visit, and when they have left.
func Visiting(round, rounds, visits int, idle, there, left float64) *run.Run {
	levels := Levels{0: idle, 3: there}
	r := Stepping(round, rounds, []int{0, 3}, levels)
	r.Header.Campaign, r.Header.Round, r.Header.BudgetBytes = "test", round, 0
	Collect(r, levels)
	for i, p := range r.Header.Phases {
		if p.Users > 0 {
			r.Header.Phases[i].Name, r.Header.Phases[i].Visits = "visits", visits
		}
	}
	for i, m := range r.Marks {
		if m.Users > 0 {
			r.Marks[i].Phase = "visits"
		}
		if m.Name == run.MarkCollected && m.Phase == "drained" {
			setU(r, m.T, left)
		}
	}
	told := false
	EachUsers(r, "users=3", func(u *run.Users) {
		u.Phase, u.Active = "visits", int(u.T)%4
		if !told {
			u.Visits, told = 3*visits, true
		}
	})
	return r
}

// setU sets U, in MiB, for the second from at on.
func setU(r *run.Run, at, mib float64) {
	for i, s := range r.Samples {
		if s.T >= at && s.T <= at+1 {
			r.Samples[i].Unreclaimable = memory.Known(uint64(mib * memory.MiB))
		}
	}
}
