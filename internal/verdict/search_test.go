package verdict_test

import (
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// searching is a search of which each trial held 3 and 10 users.
func searching(n int) []*run.Run {
	runs := runtest.Campaign(n, runtest.Arm{Variant: "before", Levels: runtest.Levels{0: 80, 3: 120, 10: 160}})
	for _, r := range runs {
		r.Header.Search = true
	}
	return asking(runs, "K1")
}

// ended has the load of the trial ended at 10 users, for want of memory.
func ended(r *run.Run) *run.Run {
	runtest.StopAt(r, 75, run.Stopped, run.Event{Kind: run.EventGenerator})
	return r
}

func TestHeld(t *testing.T) {
	gap := runtest.Healthy(1, 1, runtest.Levels{0: 80, 3: 120, 10: 160})
	gap.Header.LimitBytes = 0
	for name, test := range map[string]struct {
		run          *run.Run
		holds, fails int
	}{
		"held":       {searching(1)[0], 10, 0},
		"killed":     {dying(searching(1), 0)[0], 3, 10},
		"ended":      {ended(searching(1)[0]), 3, 10},
		"not told":   {gap, 0, 0},
		"unfinished": {&run.Run{}, 0, 0},
	} {
		if holds, fails := verdict.Held(test.run); holds != test.holds || fails != test.fails {
			t.Errorf("%s: holds %d, fails %d; want %d, %d", name, holds, fails, test.holds, test.fails)
		}
	}
}

// One trial whose load was ended at 10 users for want of memory holds 3.
func TestHintOfAnEndedTrial(t *testing.T) {
	w := word(t, verdict.Judge([]*run.Run{ended(searching(1)[0])}, document(t)), "K1")
	m := w.Measured
	if m == nil || m.Memory == nil || m.Memory.Holds == nil || *m.Memory.Holds != 3 || m.Memory.Fails == nil || *m.Memory.Fails != 10 {
		t.Errorf("K1 = %+v of %+v, want memory that fits at 3 and not at 10", w, m)
	}
}

func TestSearched(t *testing.T) {
	if c := verdict.Judge(runtest.Campaign(2, runtest.Arm{Variant: "before", Levels: runtest.Levels{0: 80}}), document(t)).Capacity; c != nil {
		t.Errorf("nobody searched, and found %+v", c)
	}
	runs := searching(4)
	ended(runs[1])
	dying(runs, 2)
	v := verdict.Judge(runs, document(t))
	c := v.Capacity
	if c == nil || c.N != 4 || c.Memory.Holds == nil || *c.Memory.Holds != 3 || c.Memory.Fails == nil || *c.Memory.Fails != 10 {
		t.Fatalf("found %+v, want 3 held and 10 not", c)
	}
	if c.Service.Holds == nil || *c.Service.Holds != 3 || c.Service.Fails == nil || *c.Service.Fails != 10 {
		t.Errorf("service %+v: a dead target serves nobody", c.Service)
	}
	for _, claim := range v.Claims {
		if claim.ID != "K1" {
			continue
		}
		if said := strings.Join(claim.ByData["light"].Reasons, "; "); !strings.Contains(said, "too full at 10 users or before in 3 of 4 trials, 2 of them killed and the others stopped before") {
			t.Errorf("K1: %s", said)
		}
	}
}
