package stats

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/statistics.md anew")

const statisticsPage = "../../docs/statistics.md"

// Noise in MiB, as it was measured on a small application: the deviation of
// a level between fresh starts with 3 and with 10 users, and what garbage that
// waits for its collection lays on top, anywhere in its tooth.
const (
	quiet = 0.7
	loud  = 2.7
	tooth = 25.0
)

const (
	seeds     = 1000   // of what the issue asks a thousand of
	manySeeds = 20_000 // of coverages, which are to be known to a quarter per cent
)

// world draws the figures of trials.
type world struct {
	*rand.Rand
	sd, tooth float64
}

func (w world) trial(level float64) float64 {
	return level + w.sd*w.NormFloat64() + w.tooth*w.Float64()
}

func (w world) trials(n int, level float64) []float64 {
	xs := make([]float64, n)
	for i := range xs {
		xs[i] = w.trial(level)
	}
	return xs
}

// share is in how many of n worlds, each of its own seed, what holds.
func share(n int, sd, tooth float64, what func(world) bool) float64 {
	seen := 0
	for seed := range n {
		if what(world{rand.New(rand.NewPCG(uint64(seed), 6)), sd, tooth}) { //nolint:gosec // repeatable
			seen++
		}
	}
	return float64(seen) / float64(n)
}

// saving is what variant a has over b by rounds of pairs.
func (w world) saving(t *testing.T, rounds int, a, b float64) Estimate {
	t.Helper()
	return must[Estimate](t)(Paired(w.trials(rounds, a), w.trials(rounds, b)))
}

func interval95(t *testing.T, e Estimate) Interval {
	t.Helper()
	return must[Interval](t)(e.Interval(0.95))
}

func (i Interval) holds(x float64) bool { return i.Low <= x && x <= i.High }

// simulation is a line of the page: what was asked, how often it came out, and
// between which shares it must.
type simulation struct {
	text       string
	n          int
	share      float64
	least, top float64 // top 0: the share is reported as it is
}

// TestSimulations lets the functions judge worlds whose truth is known. With the
// same seeds it gives the same page, docs/statistics.md.
func TestSimulations(t *testing.T) {
	if os.Getenv("PIXELLOAD_LONG") == "" {
		t.Skip("40,000 worlds take a while: make test-long asks for them (PIXELLOAD_LONG=1)")
	}
	began := time.Now()
	sections := []struct {
		title, about string
		rows         []simulation
	}{
		{"Two equal variants", "Both arms are the same; whoever sees a difference is wrong. Six rounds of pairs.", equalVariants(t)},
		{"A difference of 10 MiB", "The first arm takes 10 MiB more. Found: the 95 % interval lies above 0.", tenMore(t)},
		{"Intervals", "How often an interval of 95 % holds the truth.", coverages(t)},
		{"Garbage of up to 25 MiB", "Each trial's level has up to 25 MiB of garbage on top, as natural trials have. Collected trials have none.", sawtooth(t)},
		{"A soak of 40 blocks", "The budget is a rise by 2.5 over the whole soak, the noise has a deviation of 1, and with a memory each block keeps that share of the one before. " +
			"There are four looks, and a soak ends with the first that tells. Where the true drift is the budget itself, whoever tells is wrong; " +
			"a step, or a rise that saturates, is six times the budget and no drift, but a step in the second half may come again, and does not pass.", soaks(t)},
	}
	var page strings.Builder
	page.WriteString(preface)
	for _, s := range sections {
		fmt.Fprintf(&page, "\n## %s\n\n%s\n\n| simulated | worlds | share | must be |\n| --- | ---: | ---: | --- |\n", s.title, s.about)
		for _, r := range s.rows {
			must := "as it is"
			if r.top > 0 {
				must = fmt.Sprintf("%g to %g %%", 100*r.least, 100*r.top)
				if r.share < r.least || r.share > r.top {
					t.Errorf("%s: %.1f %%, want %s", r.text, 100*r.share, must)
				}
			}
			fmt.Fprintf(&page, "| %s | %d | %.1f %% | %s |\n", r.text, r.n, 100*r.share, must)
		}
	}
	t.Logf("%.1f s\n%s", time.Since(began).Seconds(), page.String())
	if *update {
		if err := os.WriteFile(statisticsPage, []byte(page.String()), 0o644); err != nil { //nolint:gosec // a page to read
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(statisticsPage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), page.String()); diff != "" {
		t.Errorf("%s is of other figures; go test ./internal/stats -run Simulations -update (-want +got):\n%s", statisticsPage, diff)
	}
}

const preface = `# Statistics, simulated

What the verdict's intervals and tests are worth is not taken on trust: a test lets them judge worlds whose truth it
knows, with the functions of internal/stats that judge real runs, and writes this page. The noise is what fresh starts of one set-up were
measured to differ by: 0.7 MiB with 3 users, 2.7 MiB with 10. Every world has a seed of its own, the same each time.
`

func equalVariants(t *testing.T) []simulation {
	var rows []simulation
	for _, sd := range []float64{quiet, loud} {
		rows = append(rows,
			simulation{fmt.Sprintf("noise %g MiB: \"no difference\" refuted, tolerance 5 MiB", sd), seeds,
				share(seeds, sd, 0, func(w world) bool {
					return OutsideP(w.saving(t, 6, 100, 100), Interval{-5, 5}) < 0.05
				}), 0, 0.05},
			simulation{fmt.Sprintf("noise %g MiB: some difference seen, without tolerance", sd), manySeeds,
				share(manySeeds, sd, 0, func(w world) bool { return w.saving(t, 6, 100, 100).P(0) < 0.05 }), 0.045, 0.055})
	}
	anyOf := func(adjust func([]float64) []float64) float64 {
		return share(seeds, loud, 0, func(w world) bool {
			var ps []float64
			for range 20 {
				ps = append(ps, w.saving(t, 6, 100, 100).P(0))
			}
			for _, p := range adjust(ps) {
				if p < 0.05 {
					return true
				}
			}
			return false
		})
	}
	peeking := share(seeds, loud, 0, func(w world) bool {
		xs, ys := w.trials(6, 100), w.trials(6, 100)
		for len(xs) <= 20 {
			if must[Estimate](t)(Paired(xs, ys)).P(0) < 0.05 {
				return true
			}
			xs, ys = append(xs, w.trial(100)), append(ys, w.trial(100))
		}
		return false
	})
	return append(rows,
		simulation{"20 comparisons, some difference seen in one of them", seeds, anyOf(func(ps []float64) []float64 { return ps }), 0, 0},
		simulation{"the same after Holm's correction", seeds, anyOf(Holm), 0, 0.06},
		simulation{"rounds added, 6 to 20, until a difference is seen (which is why their number is fixed beforehand)", seeds, peeking, 0, 0})
}

func tenMore(t *testing.T) []simulation {
	var rows []simulation
	for _, sd := range []float64{quiet, loud} {
		for _, rounds := range []int{3, 6} {
			r := simulation{fmt.Sprintf("noise %g MiB, %d rounds: found", sd, rounds), seeds,
				share(seeds, sd, 0, func(w world) bool { return interval95(t, w.saving(t, rounds, 110, 100)).Low > 0 }), 0, 0}
			if rounds == 6 {
				r.least, r.top = 0.90, 1
			}
			rows = append(rows, r)
		}
		rows = append(rows, simulation{fmt.Sprintf("noise %g MiB, 6 rounds: \"saves 10 MiB\" confirmed, tolerance 5 MiB", sd), seeds,
			share(seeds, sd, 0, func(w world) bool { return InsideP(w.saving(t, 6, 110, 100), Interval{5, 15}) <= 0.05 }), 0, 0})
	}
	return rows
}

func coverages(t *testing.T) []simulation {
	var rows []simulation
	add := func(text string, what func(world) bool) {
		rows = append(rows, simulation{text, manySeeds, share(manySeeds, loud, 0, what), 0.94, 0.97})
	}
	for _, n := range []int{3, 6, 10} {
		add(fmt.Sprintf("mean of %d trials", n), func(w world) bool {
			return interval95(t, must[Estimate](t)(must[Summary](t)(Summarise(w.trials(n, 100))).Estimate())).holds(100)
		})
	}
	add("difference of 6 pairs", func(w world) bool { return interval95(t, w.saving(t, 6, 110, 100)).holds(10) })
	add("difference of 6 and 6 trials without pairs (Welch)", func(w world) bool {
		x, y := must[Summary](t)(Summarise(w.trials(6, 110))), must[Summary](t)(Summarise(w.trials(6, 100)))
		return interval95(t, must[Estimate](t)(Welch(x, y))).holds(10)
	})
	add("difference of 6 pairs by ranks (Hodges-Lehmann)", func(w world) bool {
		d := must[[]float64](t)(Differences(w.trials(6, 110), w.trials(6, 100)))
		return must[Shift](t)(PairedShift(d, 0.95)).Interval.holds(10)
	})
	add("median of 6 trials by order", func(w world) bool {
		return must[Shift](t)(MedianInterval(w.trials(6, 100), 0.95)).Interval.holds(100)
	})
	add("bound of the 7th trial, one-sided", func(w world) bool {
		return w.trial(100) <= must[float64](t)(must[Summary](t)(Summarise(w.trials(6, 100))).UpperBound(0.95))
	})
	return rows
}

func sawtooth(t *testing.T) []simulation {
	found := func(w world) bool { return interval95(t, w.saving(t, 6, 110, 100)).Low > 0 }
	covered := func(w world) bool { return interval95(t, w.saving(t, 6, 110, 100)).holds(10) }
	return []simulation{
		{"natural, 6 rounds: the interval holds the true 10 MiB", manySeeds, share(manySeeds, loud, tooth, covered), 0.94, 0.97},
		{"natural, 6 rounds: 10 MiB found", seeds, share(seeds, loud, tooth, found), 0, 0},
		{"natural, 20 rounds: 10 MiB found", seeds, share(seeds, loud, tooth, func(w world) bool {
			return interval95(t, w.saving(t, 20, 110, 100)).Low > 0
		}), 0, 0},
		{"natural, 6 rounds: 100 MiB found", seeds, share(seeds, loud, tooth, func(w world) bool {
			return interval95(t, w.saving(t, 6, 200, 100)).Low > 0
		}), 0, 0},
		{"collected, 6 rounds: the interval holds the true 10 MiB", manySeeds, share(manySeeds, loud, 0, covered), 0.94, 0.97},
		{"collected, 6 rounds: 10 MiB found", seeds, share(seeds, loud, 0, found), 0.90, 1},
	}
}
