package campaign

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/trial"
)

func loadRemedies(t *testing.T) (*claim.Remedies, []Arm) {
	t.Helper()
	doc, err := claim.Load()
	if err != nil {
		t.Fatal(err)
	}
	r, err := claim.LoadRemedies(doc)
	if err != nil {
		t.Fatal(err)
	}
	arms, err := RemedyArms(doc, r)
	if err != nil {
		t.Fatal(err)
	}
	return r, arms
}

// Each remedy has a pair of each kind on each data profile in every round.
func TestEveryRemedyHasPairs(t *testing.T) {
	r, arms := loadRemedies(t)
	for _, name := range r.Names() {
		slots := Slots(arms, []string{name}, 2, 1)
		if want := 2 * 2 * 2 * 2; len(slots) != want {
			t.Fatalf("%s takes %d trials, want %d", name, len(slots), want)
		}
		for _, data := range r.Data {
			for _, kind := range []string{run.Natural, run.Collected} {
				for round := 1; round <= 2; round++ {
					var variants []string
					for _, s := range slots {
						if s.Arm.Data == data && s.Arm.Kind == kind && s.Round == round {
							variants = append(variants, s.Arm.Variant.Name)
						}
					}
					slices.Sort(variants)
					want := []string{"before", name}
					slices.Sort(want)
					if !slices.Equal(variants, want) {
						t.Errorf("%s, %s data, %s, round %d: %v", name, data, kind, round, variants)
					}
				}
			}
		}
	}
	for _, a := range arms {
		if a.Limit != Uncapped {
			t.Errorf("%s is limited to %d bytes: peaks would be cut", a.Name, a.Limit)
		}
	}
}

// A round is to fit into two hours, and each natural hold to span a tooth.
func TestRemediesAreLean(t *testing.T) {
	_, arms := loadRemedies(t)
	var round time.Duration
	for _, a := range arms {
		phases := trial.Phases(a.Users, trial.Timing{Warmup: a.Warmup, Hold: a.Hold, Rest: 12 * time.Second, Capped: true})
		round += trial.Length(phases) + 12*time.Second
		if lists := 2 * float64(a.Users[1]) * a.Hold.Minutes(); a.Kind == run.Natural && lists < 7 {
			t.Errorf("%s: %.1f list requests in a hold of %d users, want 7", a.Name, lists, a.Users[1])
		}
		if a.Kind == run.Collected && a.Hold < trial.LeastCollectedHold {
			t.Errorf("%s: no collection fits into a hold of %v", a.Name, a.Hold)
		}
	}
	if round > 2*time.Hour {
		t.Errorf("a round takes %v, want two hours at most", round)
	}
	t.Logf("a round of %d trials takes about %v", len(arms), round)
}

func TestNamed(t *testing.T) {
	r, _ := loadRemedies(t)
	if got, err := Named(r, []string{"small-pages", "deferred"}); err != nil || !slices.Equal(got, []string{"deferred", "small-pages"}) {
		t.Errorf("Named = %v, %v", got, err)
	}
	if got, err := Named(r, nil); err != nil || !slices.Equal(got, r.Names()) {
		t.Errorf("Named = %v, %v; want all", got, err)
	}
	if _, err := Named(r, []string{"defered"}); err == nil || !strings.Contains(err.Error(), "no remedy defered: want some of postgres, cached") {
		t.Errorf("Named = %v", err)
	}
}
