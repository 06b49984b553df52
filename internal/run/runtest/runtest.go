// Package runtest builds the content of run files for tests: a healthy trial
// to begin with, and what may go wrong with it.
package runtest

import (
	"fmt"
	"slices"
	"time"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
)

// Levels are the MiB of U while that many users are there.
type Levels map[int]float64

// Times of the healthy trial, in seconds.
const (
	listening = 2.0
	loadBegin = 4.0
	warmup    = 5.0
	hold      = 25.0
	period    = 0.1
)

// Healthy returns a complete trial of the reference application under 512 MiB:
// idle, 3 and 10 users, drained. U goes up and down by 4 MiB around its level,
// a tooth every seven list requests; 99.9 % of the strokes arrive.
func Healthy(trial, trials int, levels Levels) *run.Run {
	return Stepping(trial, trials, []int{0, 3, 10}, levels)
}

// Stepping is Healthy with other numbers of users, the first of them none.
func Stepping(trial, trials int, users []int, levels Levels) *run.Run {
	r := &run.Run{Path: fmt.Sprintf("runs/test/trial-%d.ndjson", trial), Header: header(trial, trials, users)}
	r.Marks = []run.Mark{
		{T: listening, Name: run.MarkListening},
		{T: listening + 0.5, Name: run.MarkFirstRequest},
		{T: listening + 1, Name: run.MarkTouched},
	}
	t := loadBegin
	for _, p := range r.Header.Phases {
		r.Marks = append(r.Marks, run.Mark{T: t, Name: run.MarkPhase, Phase: p.Name, Users: p.Users})
		t += p.WarmupSeconds + p.HoldSeconds
	}
	r.Marks = append(r.Marks, run.Mark{T: t, Name: run.MarkLoadEnd})
	for i := 20; float64(i)*period < t; i++ {
		at := float64(i) * period
		r.Samples = append(r.Samples, sample(at, levelAt(r, at, levels)))
	}
	for at := loadBegin + 1; at <= t; at++ {
		r.Users = append(r.Users, second(r, at))
	}
	r.Events = []run.Event{
		{T: t + 0.2, Kind: run.EventGenerator},
		{T: t + 1, Kind: run.EventTargetSummary, Text: "stopped by SIGTERM"},
	}
	r.End = &run.End{T: t + 1, Outcome: run.Complete}
	return r
}

func header(trial, trials int, users []int) run.Header {
	phases := []run.Phase{{Name: "idle", HoldSeconds: hold}}
	for _, n := range users[1:] {
		phases = append(phases, run.Phase{Name: fmt.Sprintf("users=%d", n), Users: n, WarmupSeconds: warmup, HoldSeconds: hold})
	}
	phases = append(phases, run.Phase{Name: "drained", WarmupSeconds: warmup, HoldSeconds: hold})
	return run.Header{
		Version: run.Version, ID: "test", Trial: trial, Trials: trials, Tool: "test",
		Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Target:  run.Target{Kind: "reference", Name: "PixelTales reference", Ref: "4f2c1d9", Source: "reference"},
		Machine: run.Machine{OS: "linux", Kernel: "6.18", Arch: "amd64", CPUModel: "test", CPUs: 2, MemoryMiB: 8192, Cgroup: "v2"},
		Kind:    "natural", Variant: "before",
		Data:       run.Data{Name: "light", PublicStories: 30, DrawnStories: 10, PublicBytes: 6 * memory.MiB, Words: 1000, Users: 12, FriendsAUser: 3},
		LimitBytes: 512 * memory.MiB, BudgetBytes: 435 * memory.MiB, Seed: 1, Quick: trials == 1,
		Phases:       phases,
		MemorySource: "cgroup2", SampleSeconds: period,
	}
}

// phaseAt returns the phase that r is in at t.
func phaseAt(r *run.Run, t float64) (phase string, users int) {
	for _, m := range r.Marks {
		if m.Name == run.MarkPhase && m.T < t {
			phase, users = m.Phase, m.Users
		}
	}
	return phase, users
}

// levelAt is U in MiB at t: the three idles, the level, its teeth, and half of
// the rise that stays when the users have left.
func levelAt(r *run.Run, t float64, levels Levels) float64 {
	phase, users := phaseAt(r, t)
	switch {
	case t < listening+0.5:
		return levels[0] - 15
	case t < listening+1:
		return levels[0] - 3
	case phase == "drained":
		return (levels[0] + levels[mostOf(r)]) / 2
	case users == 0:
		return levels[0]
	}
	return levels[users] + 4*(float64(int(t)%7)-3)/3
}

// mostOf is the most users that r has.
func mostOf(r *run.Run) int {
	most := 0
	for _, p := range r.Header.Phases {
		most = max(most, p.Users)
	}
	return most
}

func sample(t, mib float64) run.Sample {
	u := uint64(mib * memory.MiB)
	return run.Sample{T: t, Sample: memory.Sample{
		Unreclaimable: memory.Known(u),
		WorkingSet:    memory.Known(u + 2*memory.MiB),
		Usage:         memory.Known(u + 5*memory.MiB),
		Limit:         memory.Known(512 * memory.MiB),
		OOMKills:      memory.Known(0),
	}}
}

// second is what the users report at t: one list request and ten others, and
// strokes whose receipts go to each other member.
func second(r *run.Run, t float64) run.Users {
	phase, users := phaseAt(r, t)
	u := run.Users{T: t, Seconds: 1, Phase: phase, Active: users}
	if users == 0 {
		return u
	}
	u.Requests = []run.Requests{
		{Name: "stories_public", Status: 200, N: 1},
		{Name: "profile", Status: 200, N: 10},
	}
	u.Sockets = run.Sockets{Open: 2 * users}
	u.Draws = run.Draws{Sent: 100, Expected: 1000, Received: 999, Lost: 1}
	u.Fanout = run.Histogram{{9000, 900}, {31000, 99}}
	u.Lag = run.Histogram{{1000, 90}, {12000, 10}}
	return u
}

// Collect makes the trial a collected one: near the end of each hold U is the
// level of that many users for a second.
func Collect(r *run.Run, levels Levels) {
	r.Header.Kind = run.Collected
	end := 0.0
	var marks []run.Mark
	for _, m := range r.Marks {
		if m.Name == run.MarkPhase && end > 0 || m.Name == run.MarkLoadEnd {
			marks = append(marks, collection(r, m.T-2, levels)...)
		}
		end = m.T
		marks = append(marks, m)
	}
	r.Marks = marks
}

// collection sets U for the second from at on, and returns the marks around it.
func collection(r *run.Run, at float64, levels Levels) []run.Mark {
	phase, users := phaseAt(r, at)
	setU(r, at, levels[users])
	return []run.Mark{
		{T: at, Name: run.MarkCollected, Phase: phase, Users: users},
		{T: at + 1, Name: run.MarkCollectedEnd, Phase: phase, Users: users},
	}
}

// EachUsers calls change for every report of the phase.
func EachUsers(r *run.Run, phase string, change func(*run.Users)) {
	for i := range r.Users {
		if r.Users[i].Phase == phase {
			change(&r.Users[i])
		}
	}
}

// Deliver makes the share of the strokes arrive in the phase.
func Deliver(r *run.Run, phase string, share float64) {
	EachUsers(r, phase, func(u *run.Users) {
		u.Draws.Received = int(share * float64(u.Draws.Expected))
		u.Draws.Lost = u.Draws.Expected - u.Draws.Received
	})
}

// Gap removes the samples of [from, to).
func Gap(r *run.Run, from, to float64) {
	r.Samples = slices.DeleteFunc(r.Samples, func(s run.Sample) bool { return s.T >= from && s.T < to })
}

// StopAt ends the trial at t with the outcome: nothing later was written but
// the event.
func StopAt(r *run.Run, t float64, outcome string, event run.Event) {
	r.Marks = slices.DeleteFunc(r.Marks, func(m run.Mark) bool { return m.T > t })
	r.Samples = slices.DeleteFunc(r.Samples, func(s run.Sample) bool { return s.T > t })
	r.Users = slices.DeleteFunc(r.Users, func(u run.Users) bool { return u.T > t })
	event.T = t
	r.Events = []run.Event{event}
	r.End = &run.End{T: t, Outcome: outcome}
}

// Killed ends the trial with a kill by the kernel at t.
func Killed(r *run.Run, t float64) {
	StopAt(r, t, run.Killed, run.Event{Kind: run.EventOOMKill, Count: 1})
	r.Events = append(r.Events, run.Event{T: t, Kind: run.EventExit, Text: "killed by signal 9"})
}

// Unlimited makes the trial one without an enforced limit, sampled as PSS.
func Unlimited(r *run.Run) {
	r.Header.LimitBytes = 0
	r.Header.MemorySource = "proc"
	r.Header.Machine.Cgroup = "none"
	for i, s := range r.Samples {
		r.Samples[i].Sample = memory.Sample{Unreclaimable: s.Unreclaimable}
	}
}
