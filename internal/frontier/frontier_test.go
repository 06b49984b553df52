package frontier_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pixeltales/pixelload/internal/capacity"
	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/frontier"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
)

// grid is the default one.
var grid = run.Frontier{Plan: "free", Users: []int{1, 2, 3, 5, 8, 10}, Data: rows(1, 2, 4, 8, 16, 32, 64)}

func rows(mibs ...float64) (all []run.Row) {
	for _, mib := range mibs {
		all = append(all, run.Row{Name: fmt.Sprintf("stories=%g", mib), MiB: mib})
	}
	return all
}

var stairs = capacity.Staircase{Users: grid.Users, Rows: len(grid.Data), Confirm: 2}

// limit and full are those of the plan, in MiB; teeth is by how much U goes over
// its level.
const (
	limit = 512
	full  = 0.95 * limit
	teeth = 4
)

// target takes so many MiB with users on a row's data, but for chance.
type target func(users int, mib float64) float64

// linear takes 90 MiB, 4 a user, and 6 a MiB that goes up with the users.
func linear(users int, mib float64) float64 {
	return 90 + 4*float64(users) + mib*(5+0.6*float64(users))
}

// climb is the run of a trial: it goes up in steps until the memory is full,
// where its load is ended, or the kernel ends it.
func (of target) climb(n int, c capacity.Climb, more float64, kill bool) *run.Run {
	row := grid.Data[c.Row]
	levels := runtest.Levels{0: 90}
	for _, users := range c.Users {
		levels[users] = of(users, row.MiB) + more
	}
	r := runtest.Stepping(n, n, append([]int{0}, c.Users...), levels)
	h := &r.Header
	h.Frontier, h.BudgetBytes, h.Quick, h.Campaign = &grid, 0, false, "test"
	h.Data.Name, h.Data.PublicBytes = row.Name, stored(row.MiB)
	for i, users := range c.Users {
		if levels[users]+teeth >= full {
			end(r, 29+30*float64(i)+10, kill)
			break
		}
	}
	return r
}

// stored is what a row of so many MiB does hold, in bytes.
func stored(mib float64) int64 { return int64(0.97 * mib * memory.MiB) }

func end(r *run.Run, at float64, kill bool) {
	if kill {
		runtest.Killed(r, at)
		return
	}
	runtest.StopAt(r, at, run.Stopped, run.Event{Kind: run.EventGenerator})
}

// searched is a whole search, with so much chance in each trial.
func (of target) searched(t testing.TB, kill bool, chance func() float64) []*run.Run {
	t.Helper()
	var runs []*run.Run
	var seen []capacity.Seen
	for c, more := stairs.Next(nil); more; c, more = stairs.Next(seen) {
		r := of.climb(len(runs)+1, c, chance(), kill)
		runs, seen = append(runs, r), append(seen, frontier.Seen(r))
		if len(runs) > 40 {
			t.Fatalf("no end after %v", seen)
		}
	}
	return runs
}

func none() float64 { return 0 }

func judge(t testing.TB, runs []*run.Run) *frontier.Map {
	t.Helper()
	doc, err := claim.Load()
	if err != nil {
		t.Fatal(err)
	}
	m, err := frontier.Judge(runs, doc)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// fits reports what the target's memory does in a cell, in truth.
func (of target) fits(users int, mib float64) bool { return of(users, mib)+teeth < full }

// Without chance every cell is as it is in truth, measured or implied, whether the
// load is ended or the kernel kills.
func TestMapIsTrue(t *testing.T) {
	for _, kill := range []bool{false, true} {
		m := judge(t, target(linear).searched(t, kill, none))
		if m.Outcome != "pass" || len(m.Cells) != 42 {
			t.Fatalf("%s with %d cells: %v", m.Outcome, len(m.Cells), m.Reasons)
		}
		measured := 0
		for row, data := range grid.Data {
			for column, users := range grid.Users {
				c := m.Cell(row, column)
				peak := linear(users, data.MiB) + teeth
				want := frontier.Fits
				switch {
				case peak >= full:
					want = frontier.Killed
				case peak > frontier.BudgetShare*limit:
					want = frontier.Tight
				}
				// What a tight cell implies may be called tight, and nothing else may be off.
				if c.Memory != want && (want != frontier.Fits || c.Memory != frontier.Tight || c.MemoryFrom == nil) {
					t.Errorf("%d users on %g MiB: %s from %v, want %s (%.0f MiB)", users, data.MiB, c.Memory, c.MemoryFrom, want, peak)
				}
				if c.N > 0 {
					measured++
					if c.Kills > 0 != (kill && want == frontier.Killed) {
						t.Errorf("%d users on %g MiB: %d kills", users, data.MiB, c.Kills)
					}
				}
				if (c.N == 0) != (c.MemoryFrom != nil) {
					t.Errorf("%d users on %g MiB: n = %d, implied by %v", users, data.MiB, c.N, c.MemoryFrom)
				}
			}
		}
		t.Logf("%d of %d cells measured in %d trials", measured, len(m.Cells), len(m.Trials))
		if measured == len(m.Cells) || len(m.Trials) > 13 {
			t.Errorf("%d cells measured in %d trials: nothing was implied", measured, len(m.Trials))
		}
	}
}

// With chance of 30 MiB from start to start, as single runs of one set-up differ,
// each column of the frontier is within one row of the truth, and what is said to
// fit is no more than that away from what is said to be killed.
func TestNoiseMovesTheMapByOneCell(t *testing.T) {
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a repeatable draw is the point
		runs := target(linear).searched(t, false, func() float64 { return 30 * (2*random.Float64() - 1) })
		m := judge(t, runs)
		if len(runs) > 25 {
			t.Errorf("seed %d: %d trials", seed, len(runs))
		}
		for column, users := range grid.Users {
			truth, found := 0, 0
			for row, data := range grid.Data {
				if target(linear).fits(users, data.MiB) {
					truth++
				}
				if memory := m.Cell(row, column).Memory; memory == frontier.Fits || memory == frontier.Tight {
					found++
				}
			}
			if found < truth-1 || found > truth+1 {
				t.Errorf("seed %d: %d users fit on %d rows, want %d or one beside", seed, users, found, truth)
			}
		}
	}
}

// The same runs give the same bytes in whatever order.
func TestOrderDoesNotMatter(t *testing.T) {
	runs := target(linear).searched(t, true, none)
	first := encode(t, judge(t, runs))
	slices.Reverse(runs)
	if diff := cmp.Diff(first, encode(t, judge(t, runs))); diff != "" {
		t.Error(diff)
	}
}

func encode(t testing.TB, m *frontier.Map) string {
	t.Helper()
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetIndent("", "  ")
	if err := out.Encode(m); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What failed once is not held: neither there nor with more, whatever others
// showed, and the cell says that some did.
func TestWhatFailedOnceIsNotHeld(t *testing.T) {
	low := target(func(int, float64) float64 { return 200 })
	high := target(func(users int, _ float64) float64 { return 100 + 100*float64(users) })
	m := judge(t, []*run.Run{
		low.climb(1, capacity.Climb{Row: 3, Users: grid.Users}, 0, false),
		high.climb(2, capacity.Climb{Row: 1, Users: []int{3, 5}}, 0, false),
	})
	for _, want := range []struct {
		row, column int
		memory      string
	}{{1, 2, "fits"}, {1, 3, "killed"}, {3, 2, "fits"}, {3, 3, "killed"}, {0, 3, "fits"}, {6, 5, "killed"}, {6, 0, "unknown"}} {
		if c := m.Cell(want.row, want.column); c.Memory != want.memory {
			t.Errorf("%d users on row %d: %s, want %s: %v", c.Users, want.row, c.Memory, want.memory, c.Reasons)
		}
	}
	if c := m.Cell(3, 3); len(c.Reasons) == 0 {
		t.Error("5 users fitted on row 3 in one trial, and nothing says so")
	}
	if m.Outcome != "inconclusive" || m.ExitCode != 3 {
		t.Errorf("%s, exit code %d: want inconclusive while cells are unknown", m.Outcome, m.ExitCode)
	}
}

// Two trials whose largest U differ much: the next one's may come over the limit.
func TestTightByTheBound(t *testing.T) {
	of := target(func(int, float64) float64 { return 300 })
	c := capacity.Climb{Row: 6, Users: []int{10}}
	m := judge(t, []*run.Run{of.climb(1, c, 0, false), of.climb(2, c, 60, false)})
	cell := m.Cell(6, 5)
	bound, known := cell.Bound.Get()
	if cell.Memory != frontier.Tight || cell.N != 2 || !known || bound <= limit*memory.MiB {
		t.Errorf("10 users at 304 and 364 MiB: %+v", cell)
	}
	if m.Cell(0, 0).Memory != frontier.Fits && m.Cell(0, 0).Memory != frontier.Tight {
		t.Errorf("what is implied: %+v", m.Cell(0, 0))
	}
}

// The service ends before memory does.
func TestServiceLost(t *testing.T) {
	of := target(func(int, float64) float64 { return 200 })
	r := of.climb(1, capacity.Climb{Row: 3, Users: []int{1, 2, 3, 5}}, 0, false)
	r.Header.CPUs = 0.1
	runtest.Deliver(r, "users=3", 0.3)
	runtest.Deliver(r, "users=5", 0)
	seen := frontier.Seen(r)
	if seen.Memory.Holds != 5 || seen.Memory.Fails != 0 || seen.Service.Holds != 2 || seen.Service.Fails != 3 {
		t.Errorf("seen %+v, want memory held at 5 and the service lost at 3", seen)
	}
	m := judge(t, []*run.Run{r})
	for column, want := range []string{"kept", "kept", "lost", "lost", "lost", "lost"} {
		if c := m.Cell(3, column); c.Service != want {
			t.Errorf("%d users: service %s, want %s", c.Users, c.Service, want)
		}
	}
	if c := m.Cell(3, 3); c.Memory != frontier.Fits {
		t.Errorf("5 users under a CPU share: memory %s %v, want fits", c.Memory, c.Reasons)
	}
	if c := m.Cell(6, 5); c.Service != "lost" || c.Memory != "unknown" || c.ServiceFrom == nil {
		t.Errorf("10 users on 64 MiB: %+v", c)
	}
}

// Without a share of the processor a load that the target did not take tells
// nothing of its memory.
func TestLostLoadTellsNothing(t *testing.T) {
	of := target(func(int, float64) float64 { return 200 })
	r := of.climb(1, capacity.Climb{Row: 3, Users: []int{1, 2, 3}}, 0, false)
	runtest.Deliver(r, "users=3", 0.3)
	if seen := frontier.Seen(r); seen.Memory.Holds != 2 || seen.Memory.Fails != 0 {
		t.Errorf("seen %+v, want 2 held and nothing of 3", seen)
	}
	if c := judge(t, []*run.Run{r}).Cell(3, 2); c.Memory != "unknown" || len(c.Reasons) == 0 {
		t.Errorf("3 users: %+v, want unknown with its reason", c)
	}
}

// Under a share of the processor, users who get too few lists tell nothing of the
// memory that those would have filled.
func TestALoadThatDidNotComeTellsNothingOfMemory(t *testing.T) {
	of := target(func(int, float64) float64 { return 200 })
	r := of.climb(1, capacity.Climb{Row: 3, Users: []int{1, 2, 3}}, 0, false)
	r.Header.CPUs = 0.1
	runtest.Deliver(r, "users=3", 0)
	runtest.EachUsers(r, "users=3", func(u *run.Users) { u.Requests[0].Status = 503 })
	if seen := frontier.Seen(r); seen.Memory.Holds != 2 || seen.Memory.Fails != 0 || seen.Service.Fails != 3 {
		t.Errorf("seen %+v, want memory held at 2 and the service lost at 3", seen)
	}
	m := judge(t, []*run.Run{r})
	if c := m.Cell(3, 2); c.Memory != frontier.Unknown || c.Service != frontier.Lost || len(c.Reasons) == 0 {
		t.Errorf("3 users: %+v, want the service lost, and nothing of memory", c)
	}
	if c := m.Cell(3, 1); c.ListRequests == nil || *c.ListRequests < 14 || c.Memory != frontier.Fits {
		t.Errorf("2 users: %+v", c)
	}
}

// Who is killed is not served, by the same cell.
func TestTheKilledAreNotServed(t *testing.T) {
	for _, kill := range []bool{false, true} {
		for _, c := range judge(t, target(linear).searched(t, kill, none)).Cells {
			if lost := c.Service == frontier.Lost; lost != (c.Memory == frontier.Killed) {
				t.Errorf("%d users on %s: memory %s, service %s", c.Users, c.Data, c.Memory, c.Service)
			}
		}
	}
}

// A trial without a list request is not overwritten by the next one with some.
func TestNoListRequestsAreNotForgotten(t *testing.T) {
	c := capacity.Climb{Row: 0, Users: []int{1}}
	none, some := target(linear).climb(1, c, 0, false), target(linear).climb(2, c, 0, false)
	runtest.EachUsers(none, "users=1", func(u *run.Users) { u.Requests = u.Requests[1:] })
	m := judge(t, []*run.Run{none, some})
	if lists := m.Cell(0, 0).ListRequests; lists == nil || *lists != 0 {
		t.Errorf("list requests %v, want 0", lists)
	}
}

// What a row holds is what its trials know: nothing is not 0 bytes, and what two
// differ about is neither's.
func TestWhatARowHolds(t *testing.T) {
	c := capacity.Climb{Row: 0, Users: []int{1}}
	unknown, known, other := target(linear).climb(1, c, 0, false), target(linear).climb(2, c, 0, false), target(linear).climb(3, c, 0, false)
	unknown.Header.Data.PublicBytes = 0
	other.Header.Data.PublicBytes++
	if m := judge(t, []*run.Run{unknown}); m.Data[0].PublicBytes != nil {
		t.Errorf("nobody knows: %d", *m.Data[0].PublicBytes)
	}
	if m := judge(t, []*run.Run{known, unknown}); m.Data[0].PublicBytes == nil || *m.Data[0].PublicBytes != known.Header.Data.PublicBytes {
		t.Errorf("one knows: %v", m.Data[0].PublicBytes)
	}
	m := judge(t, []*run.Run{known, other})
	if m.Data[0].PublicBytes != nil || !slices.ContainsFunc(m.Reasons, func(s string) bool { return bytes.Contains([]byte(s), []byte("differ")) }) {
		t.Errorf("two differ: %v, %q", m.Data[0].PublicBytes, m.Reasons)
	}
}

// A trial that cannot be read may be the one that was killed.
func TestUnreadableIsInconclusive(t *testing.T) {
	runs := target(linear).searched(t, false, none)
	runs = append(runs, &run.Run{Path: "trial-99.ndjson", Unreadable: "no header"})
	if m := judge(t, runs); m.Outcome != "inconclusive" || m.ExitCode != 3 {
		t.Errorf("%s, exit code %d: %q", m.Outcome, m.ExitCode, m.Reasons)
	}
}

func TestPoints(t *testing.T) {
	m := judge(t, target(linear).searched(t, false, none))
	var at3, at10 *frontier.Point
	for _, p := range m.Points {
		switch p.Users {
		case 3:
			at3 = &p
		case 10:
			at10 = &p
		}
	}
	if at3 == nil || at10 == nil || !slices.Contains(at3.Claims, "L4") || !slices.Contains(at3.Claims, "K1") || !slices.Contains(at10.Claims, "L7") {
		t.Fatalf("points %+v, want L4 and K1 at 3 users and L7 at 10", m.Points)
	}
	if at10.FitsTo != "stories=32" || at10.KilledFrom != "stories=64" {
		t.Errorf("10 users: %+v", at10)
	}
	if turn := at10.TurnsAt; turn == nil || turn.AfterBytes != stored(32) || turn.PublicBytes != stored(64) {
		t.Errorf("10 users turn at %+v, want what the two rows do hold", turn)
	}
}

func TestOthersAreLeftOut(t *testing.T) {
	runs := target(linear).searched(t, false, none)
	want := encode(t, judge(t, runs))
	for name, change := range map[string]func(*run.Run){
		"another machine": func(r *run.Run) { r.Header.Machine.CPUs = 64 },
		"another grid":    func(r *run.Run) { f := grid; f.Users = []int{1, 2}; r.Header.Frontier = &f },
		"no grid":         func(r *run.Run) { r.Header.Frontier = nil },
		"no such row":     func(r *run.Run) { r.Header.Data.Name = "heavy" },
	} {
		other := target(linear).climb(99, capacity.Climb{Row: 0, Users: []int{1}}, 400, true)
		change(other)
		m := judge(t, append(slices.Clone(runs), other))
		if len(m.Reasons) != 1 {
			t.Errorf("%s: reasons %q, want one", name, m.Reasons)
		}
		m.Reasons = []string{}
		if diff := cmp.Diff(want, encode(t, m)); diff != "" {
			t.Errorf("%s changes the map:\n%s", name, diff)
		}
	}
	if _, err := frontier.Judge(nil, nil); !errors.Is(err, frontier.ErrNone) {
		t.Errorf("no runs: %v", err)
	}
}

// Holds that are too short to see whole teeth say so.
func TestShortHoldsSaySo(t *testing.T) {
	r := target(linear).climb(1, capacity.Climb{Row: 0, Users: []int{1}}, 0, false)
	runtest.EachUsers(r, "users=1", func(u *run.Users) { u.Requests = u.Requests[1:] })
	if m := judge(t, []*run.Run{r}); !slices.ContainsFunc(m.Reasons, func(s string) bool { return bytes.Contains([]byte(s), []byte("fewer than 14 requests")) }) {
		t.Errorf("reasons %q", m.Reasons)
	}
}
