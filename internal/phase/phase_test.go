package phase_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/phase"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/stats"
)

func healthy() *run.Run {
	return runtest.Healthy(1, 1, runtest.Levels{0: 80, 3: 120, 10: 160})
}

// hold returns the hold of that name, or fails.
func hold(t *testing.T, r *run.Run, name string) phase.Hold {
	t.Helper()
	for _, h := range phase.Cut(r) {
		if h.Name == name {
			return h
		}
	}
	t.Fatalf("no hold %s", name)
	return phase.Hold{}
}

func TestCut(t *testing.T) {
	h := hold(t, healthy(), "users=3")
	// Idle is 4 to 29, users=3 begins at 29 and is warm at 34.
	if h.Begin != 34 || h.End != 59 || !h.Full || h.Users != 3 {
		t.Errorf("hold = %v to %v, full %v, %d users", h.Begin, h.End, h.Full, h.Users)
	}
	if n := len(h.Memory.Unreclaimable); n != 250 {
		t.Errorf("%d samples, want 250: those of the warm-up do not count", n)
	}
	if len(h.Memory.WorkingSet) != 250 || h.Memory.GapSeconds != 0 {
		t.Errorf("%d working sets, %v s of gaps", len(h.Memory.WorkingSet), h.Memory.GapSeconds)
	}
	if u, _ := stats.Median(h.Memory.Unreclaimable); u != 120*memory.MiB {
		t.Errorf("median = %v MiB", u/memory.MiB)
	}
	if h.Load.ListRequests != 25 || h.Load.Requests != 275 || h.Load.Draws.Expected != 25000 {
		t.Errorf("load = %+v", h.Load)
	}
	if p99, ok := h.Load.Fanout.Quantile(0.99); !ok || p99 != 0.031 || h.Load.Fanout.Count() != 25*999 {
		t.Errorf("fan-out p99 = %v of %d", p99, h.Load.Fanout.Count())
	}
	if !h.Steady {
		t.Errorf("not steady: %s", h.Unsteady)
	}
}

func TestLastPhaseCutEarly(t *testing.T) {
	r := healthy()
	runtest.StopAt(r, 80, run.Interrupted, run.Event{Kind: run.EventInterrupted})
	h := hold(t, r, "users=10") // 59 + 5 to 89 as planned
	if h.Full || h.End != 80 {
		t.Errorf("hold ends at %v, full %v, want 80 and cut", h.End, h.Full)
	}
	runtest.StopAt(r, 62, run.Interrupted, run.Event{Kind: run.EventInterrupted})
	if n := len(phase.Cut(r)); n != 2 {
		t.Errorf("%d holds, want idle and users=3: the warm-up is none", n)
	}
}

func TestGaps(t *testing.T) {
	r := healthy()
	runtest.Gap(r, 40, 45)
	if g := hold(t, r, "users=3").Memory.GapSeconds; math.Abs(g-5.1) > 1e-6 {
		t.Errorf("gap = %v s, want 5.1", g)
	}
	runtest.Gap(r, 0, 60)
	h := hold(t, r, "users=3")
	if h.Memory.GapSeconds != 25 || h.Steady || len(h.Memory.Unreclaimable) != 0 {
		t.Errorf("without samples: gap %v s of 25, steady %v", h.Memory.GapSeconds, h.Steady)
	}
	// A sample that does not know U is a gap too.
	r = healthy()
	for i := range r.Samples {
		if r.Samples[i].T >= 40 && r.Samples[i].T < 45 {
			r.Samples[i].Unreclaimable = memory.Figure{}
		}
	}
	if g := hold(t, r, "users=3").Memory.GapSeconds; math.Abs(g-5.1) > 1e-6 {
		t.Errorf("gap of unknown figures = %v s, want 5.1", g)
	}
}

// What the sampler itself called a gap is one, whatever samples there are; a
// reading that failed once is not.
func TestToldGaps(t *testing.T) {
	r := healthy()
	r.Events = append(r.Events, run.Event{T: 36, Kind: run.EventGap, Seconds: 4, Text: "too busy"}, run.Event{T: 50, Kind: run.EventGap, Seconds: 0.2})
	h := hold(t, r, "users=3") // from 29, warm at 34
	if h.Memory.GapSeconds != 2 || h.Whole.GapSeconds != 4 || h.Whole.GapWhy != "too busy" {
		t.Errorf("gaps of %v s in the hold, %v s in the phase, %q; want 2 and 4", h.Memory.GapSeconds, h.Whole.GapSeconds, h.Whole.GapWhy)
	}
}

func TestWholeHasTheWarmUp(t *testing.T) {
	r := healthy()
	for i, s := range r.Samples {
		if s.T >= 30 && s.T < 31 {
			r.Samples[i].Unreclaimable = memory.Known(300 * memory.MiB)
		}
	}
	runtest.Gap(r, 31, 33)
	h := hold(t, r, "users=3")
	if u := slices.Max(h.Whole.Unreclaimable); u != 300*memory.MiB {
		t.Errorf("largest of the phase = %v MiB", u/memory.MiB)
	}
	if g := h.Whole.GapSeconds; math.Abs(g-2.1) > 1e-6 || h.Memory.GapSeconds != 0 {
		t.Errorf("gaps of %v s in the phase, %v s in the hold, want 2.1 and 0", g, h.Memory.GapSeconds)
	}
}

func TestUsersThere(t *testing.T) {
	r := healthy()
	if h := hold(t, r, "users=10"); h.LeastUsers != 10 || h.HeardSeconds != 25 {
		t.Errorf("%d users, heard of for %v s", h.LeastUsers, h.HeardSeconds)
	}
	for i := range r.Users {
		switch u := &r.Users[i]; u.T {
		case 70:
			u.Active = 8
		case 71: // came late: says nothing of who is there now
			u.Active, u.Seconds = 1, 0
		}
	}
	r.Users = slices.DeleteFunc(r.Users, func(u run.Users) bool { return u.T > 80 && u.T <= 85 })
	if h := hold(t, r, "users=10"); h.LeastUsers != 8 || h.HeardSeconds != 19 {
		t.Errorf("%d users, heard of for %v s, want 8 and 19", h.LeastUsers, h.HeardSeconds)
	}
}

// A server without sockets refuses them all: no error, and no stroke is due.
func TestNoSockets(t *testing.T) {
	r := healthy()
	r.Header.NoSockets = true
	runtest.EachUsers(r, "users=3", func(u *run.Users) { u.Sockets.Refused = map[string]int{"404": 6} })
	l := hold(t, r, "users=3").Load
	if e, ok := l.Errors(); e != 0 || !ok {
		t.Errorf("errors = %v, %v", e, ok)
	}
	if d, ok := l.Delivery(); ok {
		t.Errorf("delivery = %v, want none", d)
	}
}

func TestSteady(t *testing.T) {
	r := healthy()
	if h := hold(t, r, "idle"); !h.Steady {
		t.Errorf("idle: %s", h.Unsteady)
	}
	grow := func(mibPerSecond float64) *run.Run {
		r := healthy()
		for i, s := range r.Samples {
			u, _ := s.Unreclaimable.Get()
			r.Samples[i].Unreclaimable = memory.Known(u + uint64(mibPerSecond*s.T*memory.MiB))
		}
		return r
	}
	if h := hold(t, grow(0.2), "idle"); !strings.HasPrefix(h.Unsteady, "not steady: U moved by +5 MiB") {
		t.Errorf("idle, rising 5 MiB: %q", h.Unsteady)
	}
	if h := hold(t, grow(0.2), "users=10"); !h.Steady {
		t.Errorf("10 users, rising 5 MiB of 160: %q", h.Unsteady)
	}
	if h := hold(t, grow(2), "users=10"); h.Steady {
		t.Error("10 users, rising 50 MiB of 160, are steady")
	}
	runtest.EachUsers(r, "users=3", func(u *run.Users) { u.Requests = u.Requests[1:] })
	if h := hold(t, r, "users=3"); h.Unsteady != "not settled: 0 list requests in the hold, 14 make two teeth of the sawtooth" {
		t.Errorf("no list requests: %q", h.Unsteady)
	}
}

func TestIdles(t *testing.T) {
	check := func(what string, f memory.Figure, want uint64) {
		t.Helper()
		if got, ok := f.Get(); !ok || got != want*memory.MiB {
			t.Errorf("%s = %v MiB, %v, want %d", what, got/memory.MiB, ok, want)
		}
	}
	r := healthy()
	idle := phase.Idles(r)
	check("listening", idle.Listening, 65)
	check("first request", idle.FirstRequest, 77)
	check("touched", idle.Touched, 80)
	runtest.Gap(r, 3, 4)
	if f := phase.Idles(r).Touched; !f.IsZero() {
		t.Error("an idle without a sample is known")
	}
}

func TestOOMKills(t *testing.T) {
	r := healthy()
	if n, ok := phase.OOMKills(r); n != 0 || !ok {
		t.Errorf("healthy: %d, %v", n, ok)
	}
	runtest.Unlimited(r)
	if _, ok := phase.OOMKills(r); ok {
		t.Error("without a counter no kill can be ruled out")
	}
	r = healthy()
	runtest.Killed(r, 75)
	if n, ok := phase.OOMKills(r); n != 1 || !ok {
		t.Errorf("killed: %d, %v", n, ok)
	}
	if at, ok := phase.Death(r); at != 75 || !ok {
		t.Errorf("death at %v, %v", at, ok)
	}
	if _, ok := phase.FirstKill(healthy()); ok {
		t.Error("a kill in a healthy run")
	}
	// A worker was killed, and its kin went on.
	r = healthy()
	r.Samples[len(r.Samples)-1].OOMKills = memory.Known(2)
	if n, _ := phase.OOMKills(r); n != 2 {
		t.Errorf("counter rose to 2: %d", n)
	}
	if at, ok := phase.FirstKill(r); at != r.Samples[len(r.Samples)-1].T || !ok {
		t.Errorf("first kill at %v, %v", at, ok)
	}
	r.Events = append(r.Events, run.Event{T: 40, Kind: run.EventOOMKill, Count: 1})
	if at, ok := phase.FirstKill(r); at != 40 || !ok {
		t.Errorf("first kill at %v, %v, want 40", at, ok)
	}
}

func TestEmptyRun(t *testing.T) {
	r := &run.Run{}
	if holds := phase.Cut(r); len(holds) != 0 {
		t.Errorf("holds = %v", holds)
	}
	if _, ok := phase.Peak(r); ok {
		t.Error("an empty run has a peak")
	}
	if idle := phase.Idles(r); idle != (phase.Idle{}) {
		t.Errorf("idle = %v", idle)
	}
	if _, ok := (phase.Load{}).Delivery(); ok {
		t.Error("no strokes have a delivery ratio")
	}
	if _, ok := (phase.Load{}).Errors(); ok {
		t.Error("no requests have an error ratio")
	}
}
