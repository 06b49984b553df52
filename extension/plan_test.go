package extension

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pixeltales/pixelload/internal/run"
)

func TestStays(t *testing.T) {
	t.Parallel()
	p := plan{
		{Name: "idle", HoldSeconds: 10},
		{Name: "users=3", Users: 3, WarmupSeconds: 5, HoldSeconds: 25},
		{Name: "users=10", Users: 10, HoldSeconds: 30},
		{Name: "users=2", Users: 2, HoldSeconds: 10},
		{Name: "again", Users: 10, HoldSeconds: 10},
	}
	s := time.Second
	tests := []struct {
		name  string
		index int
		want  []stay
	}{
		{"there at all numbers", 0, []stay{{10 * s, 90 * s}}},
		{"stays from 3 to 10, comes back", 2, []stay{{10 * s, 70 * s}, {80 * s, 90 * s}}},
		{"there at 10 only", 3, []stay{{40 * s, 70 * s}, {80 * s, 90 * s}}},
		{"one too many", 10, nil},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, p.stays(test.index), cmp.AllowUnexported(stay{})); diff != "" {
			t.Errorf("%s: stays(%d): %s", test.name, test.index, diff)
		}
	}
	if p.users() != 10 || p.length() != 90*s {
		t.Errorf("users %d in %v, want 10 in 90 s", p.users(), p.length())
	}
	for at, want := range map[time.Duration]string{0: "idle", 10 * s: "users=3", 39 * s: "users=3", 90 * s: "again"} {
		if got := p.at(at); got != want {
			t.Errorf("at(%v) = %q, want %q", at, got, want)
		}
	}
}

// In a phase of visits a user comes anew each time, whoever was there before,
// and is there when the phase ends.
func TestVisits(t *testing.T) {
	t.Parallel()
	s := time.Second
	p := plan{
		{Name: "users=1", Users: 1, HoldSeconds: 10},
		{Name: "visits", Users: 2, HoldSeconds: 54, Visits: 3},
		{Name: "after", Users: 1, HoldSeconds: 10},
	}
	visits := []stay{{10 * s, 24 * s}, {30 * s, 44 * s}, {50 * s, 64 * s}}
	if diff := cmp.Diff(append(append([]stay{{0, 10 * s}}, visits...), stay{64 * s, 74 * s}), p.stays(0), cmp.AllowUnexported(stay{})); diff != "" {
		t.Errorf("stays(0): %s", diff)
	}
	if diff := cmp.Diff(visits, p.stays(1), cmp.AllowUnexported(stay{})); diff != "" {
		t.Errorf("stays(1): %s", diff)
	}
	if err := p.validate(); err != nil {
		t.Error(err)
	}
	for visits, want := range map[int]string{-1: "visits is -1", 6: "6 visits in 54s: each takes 6s at least, and 6s lie between two"} {
		p[1].Visits = visits
		if err := p.validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d visits: %v, want %q", visits, err, want)
		}
	}
}

func TestScenarios(t *testing.T) {
	t.Parallel()
	idle := plan{run.Phase{Name: "idle", HoldSeconds: 10}}
	if _, ok := idle.scenarios()["users"]; ok {
		t.Error("a plan without users has a scenario of users: k6 refuses one with no VUs")
	}
	busy := plan{run.Phase{Name: "users=3", Users: 3, HoldSeconds: 10}}
	want := map[string]any{
		"executor": "per-vu-iterations", "exec": "users", "vus": 3, "iterations": 1,
		"maxDuration": "20000ms", "gracefulStop": "10000ms",
	}
	if diff := cmp.Diff(want, busy.scenarios()["users"]); diff != "" {
		t.Error(diff)
	}
}
