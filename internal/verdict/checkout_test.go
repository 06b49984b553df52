package verdict_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// TestCheckoutIsJoined: what all trials say stands once, and a trial of our own
// app says nothing.
func TestCheckoutIsJoined(t *testing.T) {
	doc, err := claim.Load()
	if err != nil {
		t.Fatal(err)
	}
	levels := runtest.Levels{0: 80, 3: 120, 10: 160}
	runs := []*run.Run{runtest.Healthy(1, 2, levels), runtest.Healthy(2, 2, levels)}
	if v := verdict.Judge(runs, doc); v.Checkout != nil {
		t.Errorf("the reference app is a checkout: %+v", v.Checkout)
	}
	words := run.Capability{What: "words", Why: "no table", Costs: "users read none"}
	for i, r := range runs {
		r.Header.Target.Kind = "checkout"
		r.Header.Claims = []string{"S2", "L1"}
		r.Header.Checkout = &run.Checkout{Settings: "shop.settings", Placeholders: []string{"REGION"}, Capabilities: []run.Capability{words}}
		r.Events = append(r.Events, run.Event{Kind: run.EventDial, Text: "192.0.2.1:443"}, run.Event{Kind: run.EventUntouched, Text: "friends"})
		if i == 0 {
			r.Header.Checkout.Add(run.Capability{What: "variant cached", Why: "no WORD_CACHE_SECONDS", Costs: "x"}, words)
			r.Users = append(r.Users, run.Users{Skipped: map[string]int{"vote": 2, "friends": 1}})
		}
	}
	v := verdict.Judge(runs, doc)
	var lacks []string
	for _, c := range v.Checkout.Capabilities {
		lacks = append(lacks, c.What+": "+c.Costs)
	}
	want := []string{"words: users read none", "variant cached: x", "friends: idle was measured without it", "friends: users skip it", "vote: users skip it"}
	if diff := cmp.Diff(want, lacks); diff != "" {
		t.Errorf("capabilities (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"192.0.2.1:443"}, v.Checkout.Dials); diff != "" {
		t.Errorf("dials (-want +got):\n%s", diff)
	}
	for _, c := range v.Claims {
		switch {
		case c.SpeaksFor != "checkout":
			t.Errorf("%s speaks for %s", c.ID, c.SpeaksFor)
		case c.ID == "S2" && (c.Outcome != verdict.NotMeasured || !strings.Contains(c.ByData["light"].Reasons[0], "no WORD_CACHE_SECONDS")):
			t.Errorf("S2 = %s, %v; want that the checkout cannot be cached", c.Outcome, c.ByData)
		}
	}
}
