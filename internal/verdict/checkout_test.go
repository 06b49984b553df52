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

// TestLostLoadIsNoPass: a checkout whose users did without the public list, or
// without sockets, needs less memory and has not kept its budget. What little the
// load is made of decides nothing.
func TestLostLoadIsNoPass(t *testing.T) {
	for name, row := range map[string]struct {
		change func(*run.Run)
		want   string
		says   string
	}{
		"the public list": {func(r *run.Run) {
			runtest.EachUsers(r, "users=3", func(u *run.Users) { u.Skipped = map[string]int{"stories_public": 1} })
		}, verdict.Inconclusive, "3 users: the users did without stories_public"},
		"the login": {func(r *run.Run) {
			runtest.EachUsers(r, "users=10", func(u *run.Users) { u.Skipped = map[string]int{"login": 1} })
		}, verdict.Inconclusive, "10 users: the users did without login"},
		"votes": {func(r *run.Run) {
			runtest.EachUsers(r, "users=3", func(u *run.Users) { u.Skipped = map[string]int{"vote": 1} })
		}, verdict.Pass, ""},
		"sockets": {func(r *run.Run) { r.Header.Checkout.NoSockets, r.Header.NoSockets = true, true },
			verdict.Inconclusive, "the users did without sockets, as the application has none"},
		"sockets, on a server without": {func(r *run.Run) { r.Header.NoSockets = true }, verdict.Pass, ""},
	} {
		r := runtest.Healthy(1, 1, runtest.Levels{0: 80, 3: 120, 10: 160})
		r.Header.Target.Kind, r.Header.Checkout = "checkout", &run.Checkout{}
		row.change(r)
		v := verdict.Judge([]*run.Run{r}, nil)
		if said := strings.Join(v.Budgets[0].Reasons, "\n"); v.Budgets[0].Outcome != row.want || !strings.Contains(said, row.says) {
			t.Errorf("%s: %s, %q; want %s, %q", name, v.Budgets[0].Outcome, said, row.want, row.says)
		}
	}
}
