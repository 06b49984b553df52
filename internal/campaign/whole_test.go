package campaign

import (
	"slices"
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// measured are the trials of a campaign over an application that takes 150 MiB
// with 10 users on light data, and 500 MiB more on heavy data, where it dies with
// its first user under 512 MiB. No part of it costs what the document says.
func measured(t *testing.T, doc *claim.Document, arms []Arm, rounds int) []*run.Run {
	t.Helper()
	ids, err := IDs(doc, nil)
	if err != nil {
		t.Fatal(err)
	}
	slots := Slots(arms, ids, rounds, 1)
	var runs []*run.Run
	for _, s := range slots {
		levels := runtest.Levels{}
		for _, users := range s.Arm.Users {
			levels[users] = 80 + 7*float64(min(users, 15)) + float64(s.Number%7)/3
			if s.Arm.Data == "heavy" && s.Arm.Limit == Uncapped {
				levels[users] += 500
			}
		}
		r := runtest.Stepping(s.Number, len(slots), s.Arm.Users, levels)
		h := &r.Header
		h.ID, h.Campaign, h.Round, h.Claims = "test", "test", s.Round, ids
		h.Variant, h.HabitsOff, h.Fault, h.LimitBytes, h.BudgetBytes = s.Arm.Variant.Name, s.Arm.Off, s.Arm.Fault, s.Arm.Limit, 0
		h.CPUs = s.Arm.CPUs
		if s.Arm.Data != "" {
			h.Data = run.Data{Name: s.Arm.Data, Words: 1000}
		}
		for _, words := range []string{"60", "10000"} {
			if strings.HasSuffix(s.Arm.Data, "words="+words) {
				h.Data.Words = map[string]int{"60": 60, "10000": 10000}[words]
			}
		}
		h.NoSockets = s.Arm.Variant.Server == "gunicorn" || slices.Contains(s.Arm.Off, "sockets")
		callWords(r, s.Arm.Variant.WordCache > 0, s.Arm.Variant.Server == "gunicorn")
		if s.Arm.Kind == run.Collected {
			runtest.Collect(r, levels)
		}
		if s.Arm.Data == "heavy" && s.Arm.Limit < 1<<30 {
			for i := range r.Samples {
				if r.Samples[i].T > 29 {
					r.Samples[i].Unreclaimable = r.Samples[i].Limit
				}
			}
			runtest.Killed(r, 40)
		}
		runs = append(runs, r)
	}
	return runs
}

// callWords has the users ask for the word list, which takes longer where it is
// not cached, and try to open sockets where there are none.
func callWords(r *run.Run, cached, noSockets bool) {
	took := int64(9000)
	if cached {
		took = 2000
	}
	r.Users[40].Requests = append(r.Users[40].Requests,
		run.Requests{Name: "words", Status: 200, N: 2, Bytes: 4096, Duration: run.Histogram{{took, 2}}})
	if noSockets {
		r.Users[40].Sockets = run.Sockets{Refused: map[string]int{"404": 6}}
	}
}

// Every claim of the document gets a word on all data it is measured on, and it
// is the right one.
func TestWhole(t *testing.T) {
	doc, arms := load(t)
	v := verdict.Judge(measured(t, doc, arms, 6), doc)
	const (
		words60    = "stories=30,drawn=10,words=60"
		words10000 = "stories=30,drawn=10,words=10000"
		no, yes    = verdict.Refuted, verdict.Confirmed
		open       = verdict.Inconclusive
	)
	three := map[string]string{"light": no, words60: no, words10000: no}
	want := map[string]map[string]string{
		"L1": {"light": no, "heavy": no}, "L2": {"light": no, "heavy": no}, "L3": {"light": no, "heavy": no},
		"L4": {"light": no, "heavy": yes}, "L5": {"light": no, "heavy": no}, "L6": {"light": no, "heavy": no},
		"L7": {"light": no, "heavy": yes}, "L8": {"light": no, "heavy": no}, "L9": {"light": no, "heavy": no},
		"L10": {"light": no}, "L11": {"light": yes, "heavy": no},
		"C1": {"light": no, "heavy": no}, "C2": {"light": no}, "C3": {"light": no}, "C4": {"light": no}, "C5": {"light": no},
		"C6": {"light": no, "heavy": yes}, "C7": {"light": no},
		"S1": {"light": no}, "S2": three, "S3": {"light": no}, "S4": {"light": no},
		// Six lives say little of 80 to 90 %; 10 users on heavy data nothing of 51.
		"K1": {"light": no, "heavy": no}, "K2": {"light": no, "heavy": no}, "K3": {"light": yes}, "K4": {"light": yes},
		"K5": {"light": yes, "heavy": no}, "K6": {"light": open, "heavy": no}, "K7": {"light": no, "heavy": no},
		// The holds are too short for a fault.
		"B1": {"light": no}, "B2": {"light": open}, "B3": {"light": yes, words60: yes, words10000: yes}, "B4": {"light": open}, "B5": {"light": yes},
	}
	if v.Outcome != verdict.Pass || len(v.Claims) != len(want) {
		t.Errorf("%s of %d claims, want pass of %d: %q", v.Outcome, len(v.Claims), len(want), v.Reasons)
	}
	for _, c := range v.Claims {
		for data, w := range c.ByData {
			if w.Outcome != want[c.ID][data] {
				t.Errorf("%s on %s data: %s, want %s: %q", c.ID, data, w.Outcome, want[c.ID][data], w.Reasons)
			}
			if len(w.Reasons) == 0 {
				t.Errorf("%s on %s data: no reason", c.ID, data)
			}
		}
		if shared := slices.Contains([]string{"L7", "K1", "K2", "K5", "K6", "K7"}, c.ID); shared {
			if m := c.ByData["light"].Measured; m == nil || m.UnderCPUShare == nil {
				t.Errorf("%s does not say what the plan's share of the processor does", c.ID)
			}
		}
		if len(c.ByData) != len(want[c.ID]) {
			t.Errorf("%s on %d data profiles, want %d", c.ID, len(c.ByData), len(want[c.ID]))
		}
	}
}
