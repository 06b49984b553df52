package campaign

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/trial"
)

func load(t *testing.T) (*claim.Document, []Arm) {
	t.Helper()
	doc, err := claim.Load()
	if err != nil {
		t.Fatal(err)
	}
	arms, err := Schedule(doc)
	if err != nil {
		t.Fatal(err)
	}
	return doc, arms
}

// measures reports that the arm says something of the claim's side. Whoever
// held more users held fewer, where levels are not the question.
func (a Arm) measures(c claim.Claim, side claim.Arm) bool {
	holds := !slices.ContainsFunc(c.Users, func(n int) bool { return !slices.Contains(a.Users, n) })
	if c.Kind == claim.Share {
		holds = slices.Max(a.Users) >= slices.Max(c.Users)
	}
	return a.Variant.Name == side.Variant && slices.Equal(a.Off, side.Off) && holds
}

func TestEveryClaimIsServed(t *testing.T) {
	doc, arms := load(t)
	for _, c := range doc.Claims {
		var serving []Arm
		for _, a := range arms {
			if a.servesOneOf([]string{c.ID}) {
				serving = append(serving, a)
			}
		}
		sides := []claim.Arm{c.Arm}
		if c.Versus.Variant != "" {
			sides = append(sides, c.Versus)
		}
		for _, side := range sides {
			if !slices.ContainsFunc(serving, func(a Arm) bool { return a.measures(c, side) }) {
				t.Errorf("no arm that serves %s holds %s at %v users", c.ID, side, c.Users)
			}
		}
		for _, a := range serving {
			if c.Versus.Variant != "" && a.Kind != run.Collected {
				t.Errorf("%s compares, and %s is not collected", c.ID, a.Name)
			}
			one := claim.Claim{}
			if !a.measures(one, c.Arm) && !a.measures(one, c.Versus) && c.Kind != claim.Behaviour {
				t.Errorf("%s serves %s, and is neither side of it", a.Name, c.ID)
			}
		}
	}
}

func TestScheduleErrors(t *testing.T) {
	doc, _ := load(t)
	for text, want := range map[string]string{
		"arms: [{name: a, varint: before}]": "varint",
		"arms: [{name: a, variant: befor}]": "befor",
		"arms: [{name: a, kind: natural, variant: before, limit: no, users: [1], warmup: 1, hold: 1, serves: [L1]}]":                        "uncapped or plan",
		"arms: [{name: a, kind: natural, variant: before, limit: plan, cpus: fre, users: [1], warmup: 1, hold: 1, serves: [L1]}]":           "fre",
		"arms: [{name: a, kind: naturl, variant: before, limit: plan, users: [1], warmup: 1, hold: 1, serves: [L1]}]":                       "naturl",
		"arms: [{name: a, kind: natural, variant: before, limit: plan, users: [3, 1], warmup: 1, hold: 1, serves: [L1]}]":                   "ascending",
		"arms: [{name: a, kind: natural, variant: before, limit: plan, users: [1], hold: 1, serves: [L1]}]":                                 "warmup",
		"arms: [{name: a, kind: natural, variant: before, limit: plan, users: [1], warmup: 1, hold: 1, serves: [X1]}]":                      "serves",
		"arms: [{name: a, kind: natural, variant: before, limit: plan, users: [1], warmup: 1, hold: 1, fault: fire, serves: [L1]}]":         "fire",
		"arms: [&a {name: a, kind: natural, variant: before, limit: plan, users: [1], warmup: 1, hold: 1, serves: [L1]}, *a]":               "twice",
		"arms: [{name: a, kind: natural, variant: before, limit: plan, users: [1], warmup: 1, hold: 1, serves: [L1]}]\nextra: [1, 2, 3, 4]": "extra",
	} {
		if _, err := parse("some.yaml", []byte(text), doc); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "some.yaml") {
			t.Errorf("%s: %v, want some.yaml and %q", text, err, want)
		}
	}
}

func TestSlots(t *testing.T) {
	doc, arms := load(t)
	all, err := IDs(doc, nil)
	if err != nil {
		t.Fatal(err)
	}
	three, six := Slots(arms, all, 3, 1), Slots(arms, all, 6, 1)
	if len(three) != 3*len(arms) || !slices.EqualFunc(three, six[:len(three)], same) {
		t.Errorf("more rounds moved the first ones")
	}
	numbers, orders := map[int]bool{}, map[string]bool{}
	for round := range 6 {
		block := six[round*len(arms) : (round+1)*len(arms)]
		names := make([]string, 0, len(block))
		for _, s := range block {
			if s.Round != round+1 {
				t.Errorf("a slot of round %d in block %d", s.Round, round+1)
			}
			numbers[s.Number] = true
			names = append(names, s.Arm.Name)
		}
		orders[strings.Join(names, ",")] = true
		if slices.Sort(names); len(slices.Compact(names)) != len(arms) {
			t.Errorf("round %d does not hold each arm once", round+1)
		}
	}
	if len(numbers) != len(six) || len(orders) != 6 {
		t.Errorf("%d numbers for %d slots, %d orders in 6 rounds", len(numbers), len(six), len(orders))
	}
	for _, s := range Slots(arms, []string{"C3"}, 2, 1) {
		if !slices.ContainsFunc(six, func(other Slot) bool { return same(s, other) }) {
			t.Errorf("%s of round %d has another number when fewer claims are asked for", s.Arm.Name, s.Round)
		}
	}
}

func same(a, b Slot) bool {
	return a.Number == b.Number && a.Round == b.Round && a.Arm.Name == b.Arm.Name
}

func TestIDs(t *testing.T) {
	doc, _ := load(t)
	for asked, want := range map[string]string{"l4": "L4", "C3 L4": "L4 C3", "k": "K1 K2 K3 K4 K5 K6 K7", "K K1": "K1 K2 K3 K4 K5 K6 K7"} {
		if got, err := IDs(doc, strings.Fields(asked)); err != nil || strings.Join(got, " ") != want {
			t.Errorf("IDs(%s) = %v, %v, want %s", asked, got, err, want)
		}
	}
	for _, asked := range []string{"L99", "", "4"} {
		if got, err := IDs(doc, []string{asked}); err == nil {
			t.Errorf("IDs(%q) = %v, want an error", asked, got)
		}
	}
}

func unspoilt(*run.Run) string { return "" }

func TestRemaining(t *testing.T) {
	dir := t.TempDir()
	like := run.Header{Campaign: "c", Tool: "t", Seed: 1}
	var slots []Slot
	for n := 1; n <= 5; n++ {
		slots = append(slots, Slot{Round: 1, Number: n})
	}
	write := func(n int, end *run.End, change func(*run.Header)) {
		h := like
		h.Version, h.Trial = run.Version, n
		change(&h)
		w, err := run.Create(trial.Path(dir, n), h)
		if err != nil {
			t.Fatal(err)
		}
		if end != nil {
			w.Write(run.Line{End: end})
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	unchanged := func(*run.Header) {}
	write(1, &run.End{Outcome: run.Complete}, unchanged)
	write(2, &run.End{Outcome: run.Killed}, unchanged)
	write(3, &run.End{Outcome: run.Interrupted}, unchanged)
	write(4, nil, unchanged)
	left, err := Remaining(dir, slots, like, unspoilt)
	if err != nil || len(left) != 3 || left[0].Number != 3 || left[1].Number != 4 || left[2].Number != 5 {
		t.Errorf("left %v, %v, want 3, 4 and 5", left, err)
	}
	for _, name := range []string{"1-trial-03.ndjson", "1-trial-04.ndjson"} {
		if _, err := os.Stat(filepath.Join(dir, aside, name)); err != nil {
			t.Errorf("an interrupted trial is lost: %v", err)
		}
	}
	write(3, &run.End{Outcome: run.GeneratorDied}, unchanged)
	if left, err := Remaining(dir, slots, like, unspoilt); err != nil || len(left) != 3 {
		t.Errorf("left %v, %v, want 3 as its generator died, 4 and 5", left, err)
	}
	if _, err := os.Stat(filepath.Join(dir, aside, "2-trial-03.ndjson")); err != nil {
		t.Errorf("the second interrupted trial is lost: %v", err)
	}
	for what, change := range map[string]func(*run.Header){
		"pixelload": func(h *run.Header) { h.Tool = "other" },
		"machine":   func(h *run.Header) { h.Machine.Kernel = "other" },
		"target":    func(h *run.Header) { h.Target.Ref = "other" },
		"seed":      func(h *run.Header) { h.Seed = 2 },
		"campaign":  func(h *run.Header) { h.Campaign = "other" },
		"--fail-on": func(h *run.Header) { h.FailOn = "refuted" },
	} {
		if err := os.RemoveAll(trial.Path(dir, 5)); err != nil {
			t.Fatal(err)
		}
		write(5, &run.End{Outcome: run.Complete}, change)
		if _, err := Remaining(dir, slots, like, unspoilt); err == nil || !strings.Contains(err.Error(), what) || !strings.Contains(err.Error(), "--out") {
			t.Errorf("another %s: %v", what, err)
		}
	}
}

// A trial that the harness spoilt is done again, once; what comes then counts.
func TestSpoiltTrials(t *testing.T) {
	dir := t.TempDir()
	like := run.Header{Version: run.Version, Campaign: "c", Trial: 1}
	slots := []Slot{{Round: 1, Number: 1}}
	spoilt := func(*run.Run) string { return "users sent late" }
	write := func() {
		w, err := run.Create(trial.Path(dir, 1), like)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(run.Line{End: &run.End{Outcome: run.Complete}})
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	write()
	if left, err := Remaining(dir, slots, like, spoilt); err != nil || len(left) != 1 {
		t.Errorf("left %v, %v, want the spoilt one", left, err)
	}
	if _, err := os.Stat(filepath.Join(dir, unusable, "trial-01.ndjson")); err != nil {
		t.Errorf("the spoilt trial is lost: %v", err)
	}
	write()
	for range 2 {
		if left, err := Remaining(dir, slots, like, spoilt); err != nil || len(left) != 0 {
			t.Errorf("left %v, %v, want none: it was done again", left, err)
		}
	}
	other := like
	other.Tool = "another"
	if _, err := Remaining(dir, slots, other, spoilt); err == nil {
		t.Error("a spoilt trial of another build is no error")
	}
}
