package main

import (
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/stats"
	"github.com/pixeltales/pixelload/internal/trial"
)

// underWay is the file of a soak that is still recorded: 25 s of ten users, of
// which four fifths are over, leaking 20 MiB a second or so little.
func underWay(leak float64) *run.Run {
	r := runtest.Stepping(1, 1, []int{0, 10}, runtest.Levels{0: 80, 10: 100})
	r.Header.LeakBudget, r.Header.SampleSeconds = 5*memory.MiB, 0.01
	for i, s := range r.Samples {
		r.Samples[i].Unreclaimable = memory.Known(uint64((100 + leak*s.T) * memory.MiB))
	}
	end := r.Marks[len(r.Marks)-2].T - 4.5
	for i, s := range r.Samples {
		if s.T > end {
			r.Samples = r.Samples[:i]
			break
		}
	}
	r.Marks, r.Users, r.Events, r.End = r.Marks[:5], nil, nil, nil
	return r
}

// A look ends the soak when it tells, and only when it is due.
func TestLooksEndASoak(t *testing.T) {
	for name, tt := range map[string]struct {
		leak  float64
		late  time.Duration // since the users came
		users int
		ends  bool
	}{
		"it leaks":          {20, time.Hour, 10, true},
		"it does not":       {0, time.Hour, 10, true},
		"as the budget":     {5.0 / 3600, time.Hour, 10, false},
		"no look is due":    {20, 5 * time.Second, 10, false},
		"nobody is there":   {20, time.Hour, 0, false},
		"no file to be had": {-1, time.Hour, 10, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := underWay(tt.leak)
			plan := &trial.Plan{Dir: t.TempDir(), Header: r.Header}
			if tt.leak >= 0 {
				storeRun(t, trial.Path(plan.Dir, 1), r)
			}
			l := lookOut(plan)
			l.began = time.Now().Add(-tt.late)
			for range stats.DriftLooks {
				l.status(trial.Status{Users: tt.users})
			}
			l.wait()
			select {
			case <-plan.Enough:
				if !tt.ends {
					t.Error("the soak was ended")
				}
			default:
				if tt.ends {
					t.Error("the soak goes on")
				}
			}
		})
	}
}

// A collected soak has a collection a minute, and as much time as asked for.
func TestCollectedSoakIsCutIntoMinutes(t *testing.T) {
	o := soakOptions{users: 3, minutes: 3.5}
	h := run.Header{Kind: run.Collected, Phases: trial.Phases([]int{0, 3}, trial.Timing{Warmup: 30 * time.Second, Hold: o.length(), Rest: 12 * time.Second, Capped: true})}
	before := trial.Length(h.Phases)
	o.header(&h)
	minutes, names := 0, map[string]bool{}
	for _, p := range h.Phases {
		if p.Users > 0 {
			minutes++
		}
		if names[p.Name] {
			t.Errorf("two phases are called %s: %+v", p.Name, h.Phases)
		}
		names[p.Name] = true
	}
	if minutes != 4 || trial.Length(h.Phases) != before {
		t.Errorf("%d phases with users, %v in all; want 4 and %v: %+v", minutes, trial.Length(h.Phases), before, h.Phases)
	}
}
