package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/pixeltales/pixelload/internal/frontier"
)

// judgedCampaign is what of a campaign's verdict.json these tests look at.
type judgedCampaign struct {
	Trials []struct {
		Outcome  string
		OOMKills int `json:"oom_kills"`
	}
	Capacity *struct {
		Memory struct{ Holds, Fails *int } `json:"memory_users"`
	}
	Claims []struct {
		ID     string
		ByData map[string]struct {
			Measured *struct{ N, Times int }
			Reasons  []string
		} `json:"by_data"`
	}
}

func readCampaign(t *testing.T, dir string) (c judgedCampaign) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "verdict.json"))
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A campaign that is interrupted judges what there is, puts the interrupted
// trial aside and does it again; one that is done does nothing more. Its trial
// stalls a real PostgreSQL under load.
func TestLongCampaign(t *testing.T) {
	long(t)
	census(t)
	dir := filepath.Join(t.TempDir(), "campaign")
	flags := []string{"claims", "run", "B4", "--quick", "--out", dir}

	interrupted := pixelload(t, flags...)
	interrupted.until(t, "  users=3")
	if err := interrupted.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	interrupted.expectExit(t, exitInterrupted)
	if c := readCampaign(t, dir); len(c.Trials) != 1 || c.Trials[0].Outcome != "interrupted" {
		t.Errorf("trials %+v, want the interrupted one", c.Trials)
	}

	whole := pixelload(t, flags...)
	whole.expectNot(t, exitBadInput)
	aside, _ := filepath.Glob(filepath.Join(dir, "interrupted", "*.ndjson")) // the pattern is right
	c := readCampaign(t, dir)
	if len(aside) != 1 || len(c.Trials) != 1 || c.Trials[0].Outcome != "complete" {
		t.Fatalf("trials %+v and %v aside, want one of each\n%s", c.Trials, aside, &whole.stderr)
	}
	for _, claim := range c.Claims {
		if w := claim.ByData["light"]; claim.ID == "B4" && (w.Measured == nil || w.Measured.N != 1 || !strings.Contains(strings.Join(w.Reasons, "; "), "the slowest of")) {
			t.Errorf("B4 = %+v, want one trial measured", w)
		}
	}

	again := pixelload(t, flags...)
	again.expectNot(t, exitBadInput)
	if said := again.stderr.String(); !strings.Contains(said, "1 of them done") || strings.Contains(said, "round 1:") {
		t.Errorf("a campaign that is done goes on:\n%s", said)
	}
}

// With much data a plan is full with few users, and the search says where it
// stands. An answer may be larger than what is left when the load is ended, so
// that the kernel is faster at times.
func TestLongCapacity(t *testing.T) {
	long(t)
	census(t)
	dir := filepath.Join(t.TempDir(), "search")
	pixelload(t, "capacity", "--data", "heavy", "--most", "3", "--trials", "1", "--out", dir).expectNot(t, exitBadInput)
	c := readCampaign(t, dir)
	if c.Capacity == nil || c.Capacity.Memory.Fails == nil {
		t.Fatalf("found %+v, want users that do not fit", c.Capacity)
	}
	for i, trial := range c.Trials {
		if !slices.Contains([]string{"stopped", "killed", "complete"}, trial.Outcome) {
			t.Errorf("trial %d: %s", i+1, trial.Outcome)
		}
	}
}

// A frontier that is interrupted goes on, and is whole in the end: a few drawn
// stories fit, and many do not.
func TestLongFrontier(t *testing.T) {
	long(t)
	census(t)
	dir := filepath.Join(t.TempDir(), "map")
	flags := []string{"capacity", "--frontier", "--users", "1,3", "--data-mib", "4,100", "--quick", "--trials", "1", "--out", dir}

	interrupted := pixelload(t, flags...)
	interrupted.until(t, "  users=1")
	if err := interrupted.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	interrupted.expectExit(t, exitInterrupted)

	whole := pixelload(t, flags...)
	whole.expect(t, 0)
	data, err := os.ReadFile(filepath.Join(dir, "frontier.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m frontier.Map
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	if small, large := m.Cell(0, 1).Memory, m.Cell(1, 1).Memory; small != frontier.Fits || large != frontier.Killed {
		t.Errorf("3 users: %s with 4 MiB, %s with 100, want fits and killed\n%s", small, large, &whole.stdout)
	}
	if aside, _ := filepath.Glob(filepath.Join(dir, "interrupted", "*.ndjson")); len(aside) != 1 { // the pattern is right
		t.Errorf("put aside %v, want the interrupted trial", aside)
	}

	again := pixelload(t, flags...)
	again.expect(t, 0)
	if said := again.stderr.String(); strings.Contains(said, "to go") {
		t.Errorf("a frontier that is done goes on:\n%s", said)
	}
}
