package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/capacity"
	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/target"
)

// The default grid is told to take 90 minutes at most, as promised.
func TestDefaultFrontierTakesNinetyMinutesAtMost(t *testing.T) {
	f := frontierSearch{grid: capacityOptions{check: checkOptions{users: usersFlag{1, 2, 3, 5, 8, 10}}, mibs: mibsFlag{1, 2, 4, 8, 16, 32, 64}}.grid(claim.Plan{Name: "free"})}
	stairs := capacity.Staircase{Users: f.grid.Users, Rows: len(f.grid.Data), Confirm: 2}
	trials, most := stairs.Left(nil, f.cost)
	t.Logf("at most %d trials and %v", trials, most)
	if most > 90*time.Minute || most < 30*time.Minute {
		t.Errorf("at most %v, want 30 to 90 minutes", most)
	}
}

func TestRowsOf(t *testing.T) {
	rows := rowsOf([]float64{1, 6.2, 64})
	for i, want := range []string{"stories=30,drawn=1,words=1000", "stories=30,drawn=10,words=1000", "stories=105,drawn=105,words=1000"} {
		if rows[i].Name != want {
			t.Errorf("%g MiB are %s, want %s", rows[i].MiB, rows[i].Name, want)
		}
		if err := target.CheckData(rows[i].Name); err != nil {
			t.Error(err)
		}
	}
}

func TestFrontierFlags(t *testing.T) {
	for _, args := range []string{
		"--frontier --data heavy", "--frontier --most 3", "--users 1,3", "--data-mib 1,4", "--quick", "--frontier --users 0,3",
		"--frontier --users 3,1", "--frontier --data-mib 4,1", "--frontier --data-mib 1,1.1", "--frontier --data-mib NaN", "--frontier --data-mib 0",
		"--frontier --data-mib 1,", "--frontier --trials 0", "--frontier --plan gold",
	} {
		var stdout, stderr bytes.Buffer
		if code := execute(append([]string{"capacity"}, strings.Fields(args)...), &stdout, &stderr); code != exitBadInput {
			t.Errorf("capacity %s: exit code %d, want %d: %s", args, code, exitBadInput, &stderr)
		}
		if strings.Count(strings.TrimSpace(stderr.String()), "\n") != 0 || stderr.Len() == 0 {
			t.Errorf("capacity %s: stderr %q, want one line", args, &stderr)
		}
	}
}
