package compare_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/compare"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/verdict"
)

var update = flag.Bool("update", false, "write golden files, the schema and the table in docs/comparing.md anew")

const page = "../../docs/comparing.md"

// TestPower lets Sides judge worlds whose truth is known, with the rounds and
// visits of the command's defaults, and holds what it finds against the page.
func TestPower(t *testing.T) {
	t.Parallel()
	const worlds, rounds = 2000, 4
	var table strings.Builder
	table.WriteString("| leaks a visit | visits | allowed | a trial's deviation | found (99) | not (0) | cannot tell (3) |\n| ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for _, world := range []struct {
		leak            float64 // MiB
		visits, allowed int     // MiB
		deviation       float64 // MiB
		least           string  // outcome
		share           float64 // that it has at least
	}{
		{0, 15, 10, 1.2, verdict.Pass, 0.999},
		{0, 15, 10, 4, verdict.Pass, 0.7},
		{0.5, 15, 10, 1.2, verdict.Pass, 0.5},
		{1, 15, 10, 1.2, verdict.Fail, 0.5},
		{2, 15, 10, 1.2, verdict.Fail, 0.999},
		{2, 15, 10, 4, verdict.Fail, 0.9},
		{0, 30, 4, 1.2, verdict.Pass, 0.8},
		{0.5, 30, 4, 1.2, verdict.Fail, 0.9},
	} {
		random, seen := rand.New(rand.NewPCG(7, 7)), map[string]int{}
		for range worlds {
			x, y := make([]float64, rounds), make([]float64, rounds)
			for i := range rounds {
				x[i] = 100 + world.deviation*random.NormFloat64()
				y[i] = 100 + world.leak*float64(world.visits) + world.deviation*random.NormFloat64()
			}
			seen[compare.Sides(made("a", true, x), made("b", true, y), int64(world.allowed)*memory.MiB).Outcome]++
		}
		share := func(outcome string) float64 { return float64(seen[outcome]) / worlds }
		if share(world.least) < world.share {
			t.Errorf("a leak of %g MiB, deviation %g: %s in %.1f %%, want %.1f %%", world.leak, world.deviation, world.least, 100*share(world.least), 100*world.share)
		}
		fmt.Fprintf(&table, "| %g MiB | %d | %d MiB | %g MiB | %.1f %% | %.1f %% | %.1f %% |\n", world.leak, world.visits, world.allowed, world.deviation,
			100*share(verdict.Fail), 100*share(verdict.Pass), 100*share(verdict.Inconclusive))
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(text), "<!-- power -->\n")
	old, after, found := strings.Cut(rest, "<!-- /power -->")
	switch {
	case !found:
		t.Fatalf("%s has no table between <!-- power --> and <!-- /power -->", page)
	case old == table.String():
	case *update:
		if err := os.WriteFile(page, []byte(before+"<!-- power -->\n"+table.String()+"<!-- /power -->"+after), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s says\n%s\nwant (-update)\n%s", page, old, table.String())
	}
}
