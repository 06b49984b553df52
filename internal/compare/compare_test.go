package compare_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/compare"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

const budget = 10 * memory.MiB

// noise is by how many MiB the rounds differ in both arms, jitter by how many
// the second arm differs beside.
var (
	noise  = []float64{0, 1.1, -0.8, 0.6, -1.3, 0.2}
	jitter = []float64{0.4, -0.6, 0.9, -0.2, 0.3, -0.8}
)

// visiting is an arm of rounds in which the visits leave so many MiB.
func visiting(rounds int, left, jittered float64) []*run.Run {
	var runs []*run.Run
	for i := range rounds {
		off := noise[i%6] + jittered*jitter[i%6]
		runs = append(runs, runtest.Visiting(i+1, rounds, 5, 80+off, 110+left+off, 84+left+off))
	}
	return runs
}

// natural are the trials of a check.
func natural(trials int, more float64) []*run.Run {
	var runs []*run.Run
	for i := range trials {
		off := 3*noise[i%6] + more
		runs = append(runs, runtest.Healthy(i+1, trials, runtest.Levels{0: 80 + more, 3: 120 + off, 10: 160 + off}))
	}
	return runs
}

func changed(runs []*run.Run, change func(*run.Run)) []*run.Run {
	for _, r := range runs {
		change(r)
	}
	return runs
}

func side(t *testing.T, name string, runs []*run.Run) compare.Side {
	t.Helper()
	s, err := compare.Read(name, runs)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSides(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		a, b []*run.Run
		want string
		says string // in a reason or caveat
	}{
		{"a leak of 2 MiB a visit", visiting(4, 0, 0), visiting(4, 30, 1), verdict.Fail, "drained: grew by 30.1 MiB [29.1, 31.2], and 10.0 MiB are allowed"},
		{"harmless", visiting(4, 0, 0), visiting(4, 0.5, 1), verdict.Pass, ""},
		{"less", visiting(4, 30, 0), visiting(4, 0, 1), verdict.Pass, ""},
		{"near the budget", visiting(4, 0, 0), visiting(4, 10, 1), verdict.Inconclusive, "cannot be told from the 10.0 MiB allowed: about 106 more rounds would tell"},
		{"one round", visiting(1, 0, 0), visiting(1, 0, 0), verdict.Inconclusive, "one trial of each has no interval"},
		{"a round is missing", visiting(4, 0, 0), visiting(4, 0, 1)[:3], verdict.Inconclusive, "round 4 has not one trial of each"},
		{"visits are missing", visiting(4, 0, 0), changed(visiting(4, 0, 1), func(r *run.Run) {
			runtest.EachUsers(r, "visits", func(u *run.Users) { u.Visits = min(u.Visits, 14) })
		}), verdict.Inconclusive, "b, round 1: 3 users: 14 of 15 visits came to their end"},
		{"late, which visits may be", visiting(4, 0, 0), changed(visiting(4, 0, 1), func(r *run.Run) {
			runtest.EachUsers(r, "visits", func(u *run.Users) { u.Lag = run.Histogram{{400_000, 100}} })
		}), verdict.Pass, ""},
		{"natural", natural(3, 0), natural(3, 0.5), verdict.Pass, "not in rounds"},
		{"natural, noisy", natural(3, 0), natural(3, 9), verdict.Inconclusive, "users=10: a growth of 9.0 MiB"},
		{"natural, far more", natural(3, 0), natural(3, 60), verdict.Fail, "users=10: grew by 60.0 MiB"},
		{"dies", natural(3, 0), changed(natural(3, 0), func(r *run.Run) { runtest.Killed(r, 75) }), verdict.Fail, "b died in 3 of 3 trials, a in none"},
	} {
		c := compare.Sides(side(t, "a", test.a), side(t, "b", test.b), budget)
		if c.Outcome != test.want {
			t.Errorf("%s: %s, want %s: %q", test.name, c.Outcome, test.want, c.Reasons)
		}
		if all := strings.Join(slices.Concat(c.Reasons, c.Caveats), "\n"); !strings.Contains(all, test.says) {
			t.Errorf("%s: %q, want %q", test.name, all, test.says)
		}
	}
}

// Visits are counted, and what each leaves stands beside what all leave.
func TestVisits(t *testing.T) {
	t.Parallel()
	c := compare.Sides(side(t, "a", visiting(4, 0, 0)), side(t, "b", visiting(4, 30, 0)), budget)
	if v := c.Visit; v == nil || v.Visits != 15 || v.Difference.Bytes != 2*memory.MiB || v.Difference.N != 4 {
		t.Errorf("%+v, want 2 MiB in each of 15 visits, of 4 pairs", c.Visit)
	}
	if c.Phases[1].Judged || !c.Phases[0].Judged || !c.Phases[2].Judged {
		t.Errorf("%+v, want all judged but what is held among visits", c.Phases)
	}
	if c := compare.Sides(side(t, "a", natural(3, 0)), side(t, "b", natural(3, 0)), budget); c.Visit != nil {
		t.Errorf("%+v of a run without visits", c.Visit)
	}
}

// What is not alike is refused by name, and nothing is subtracted.
func TestRefused(t *testing.T) {
	t.Parallel()
	for says, change := range map[string]func(*run.Run){
		"another data, ":                func(r *run.Run) { r.Header.Data.PublicBytes++ },
		"another memory limit, ":        func(r *run.Run) { r.Header.LimitBytes = 0 },
		"another CPU share, 0 and 0.5:": func(r *run.Run) { r.Header.CPUs = 0.5 },
		`another machine, {"kernel":"6.18"} and {"kernel":"5.10"}: measure both on one`: func(r *run.Run) { r.Header.Machine.Kernel = "5.10" },
		"another phases, ":                               func(r *run.Run) { r.Header.Phases[0].HoldSeconds++ },
		"another mix of users, ":                         func(r *run.Run) { r.Header.Mix = "reader=1" },
		"another kind of trials, natural and collected:": func(r *run.Run) { r.Header.Kind = run.Collected },
		"another source of memory, cgroup2 and proc:":    func(r *run.Run) { r.Header.MemorySource = "proc" },
		"another habits switched off, ":                  func(r *run.Run) { r.Header.HabitsOff = []string{"sockets"} },
		"another start, fresh and ran already:":          func(r *run.Run) { r.Header.Running = true },
	} {
		c := compare.Sides(side(t, "a", natural(3, 0)), side(t, "b", changed(natural(3, 60), change)), budget)
		if !c.Refused || c.ExitCode != verdict.ExitInconclusive || len(c.Phases) > 0 || len(c.Reasons) != 1 || !strings.HasPrefix(c.Reasons[0], says) {
			t.Errorf("%s: refused %v, exit %d, %d phases, reasons %q", says, c.Refused, c.ExitCode, len(c.Phases), c.Reasons)
		}
	}
	mixed := append(natural(2, 0), changed(natural(1, 0), func(r *run.Run) { r.Header.ID, r.Header.Mix = "other", "reader=1" })...)
	if _, err := compare.Read("a", mixed); err == nil || !strings.Contains(err.Error(), "more than one set-up") {
		t.Errorf("trials of two set-ups: %v", err)
	}
	if _, err := compare.Read("a", nil); err == nil {
		t.Error("no trial is a side")
	}
}

// A revision that lost an endpoint needs less memory and is no saving; what both
// lack is said. A target that died may have done so before anybody asked.
func TestLacking(t *testing.T) {
	t.Parallel()
	lacks := func(runs []*run.Run, names ...string) []*run.Run {
		return changed(runs, func(r *run.Run) {
			for _, name := range names {
				runtest.EachUsers(r, r.Header.Phases[1].Name, func(u *run.Users) { u.Skipped = map[string]int{name: 1} })
			}
		})
	}
	c := compare.Sides(side(t, "a", visiting(4, 0, 0)), side(t, "b", lacks(visiting(4, 0, 1), "stories_public")), budget)
	if says := "users did without stories_public in 0 of 4 trials of a and in 4 of 4 of b"; !c.Refused || c.ExitCode != verdict.ExitInconclusive || !strings.HasPrefix(c.Reasons[0], says) {
		t.Errorf("refused %v, exit %d, %q; want %q", c.Refused, c.ExitCode, c.Reasons, says)
	}
	some := slices.Concat(visiting(4, 0, 1)[:3], lacks(visiting(4, 0, 1)[3:], "vote"))
	if c := compare.Sides(side(t, "a", lacks(visiting(4, 0, 0), "vote")), side(t, "b", some), budget); !c.Refused {
		t.Errorf("one trial of b lacks what all of a do: %q", c.Reasons)
	}
	none := changed(visiting(4, 0, 1), func(r *run.Run) { r.Header.Checkout = &run.Checkout{NoSockets: true} })
	if c := compare.Sides(side(t, "a", visiting(4, 0, 0)), side(t, "b", none), budget); !c.Refused || !strings.Contains(c.Reasons[0], "without sockets") {
		t.Errorf("b has no sockets: %q", c.Reasons)
	}
	c = compare.Sides(side(t, "a", lacks(visiting(4, 0, 0), "stories_public")), side(t, "b", lacks(visiting(4, 0, 1), "stories_public")), budget)
	if says := "the users of both did without stories_public"; c.Refused || c.Outcome != verdict.Pass || !strings.Contains(strings.Join(c.Caveats, "\n"), says) {
		t.Errorf("both lack it: %s, %q, %q", c.Outcome, c.Reasons, c.Caveats)
	}
	dead := changed(natural(3, 0), func(r *run.Run) { runtest.Killed(r, 40) })
	if c := compare.Sides(side(t, "a", lacks(natural(3, 0), "vote")), side(t, "b", dead), budget); c.Outcome != verdict.Fail {
		t.Errorf("b died before anybody asked: %s, %q", c.Outcome, c.Reasons)
	}
}

// What may differ, and is said.
func TestCaveats(t *testing.T) {
	t.Parallel()
	for says, change := range map[string]func(*run.Run){
		"two variants: before and after": func(r *run.Run) { r.Header.Variant = "after" },
		"measured by two builds of":      func(r *run.Run) { r.Header.Tool = "next" },
		"the seeds 1 and 2 differ":       func(r *run.Run) { r.Header.Seed = 2 },
		"each ran in a Python environm":  func(r *run.Run) { r.Header.Target.Environment = "other" },
		"both are 4f2c1d9":               func(*run.Run) {},
	} {
		c := compare.Sides(side(t, "a", natural(3, 0)), side(t, "b", changed(natural(3, 0), change)), budget)
		if c.Refused || !strings.HasPrefix(c.Caveats[0], says) {
			t.Errorf("refused %v, caveats %q, want %q", c.Refused, c.Caveats, says)
		}
	}
}

// Before a check begins it is known what the baseline will not tell; its data,
// limit and source of memory are not.
func TestForeseen(t *testing.T) {
	t.Parallel()
	b := compare.NewBaseline(side(t, "runs/a", natural(3, 0)), budget)
	next := natural(1, 0)[0].Header
	next.Data, next.LimitBytes, next.MemorySource = run.Data{}, 0, ""
	if why := b.Run.Foreseen(next); len(why) > 0 {
		t.Errorf("%q, want nothing", why)
	}
	next.Variant, next.Target.Name = "redis", "other"
	if why := b.Run.Foreseen(next); len(why) != 2 || !strings.HasPrefix(why[0], "another variant, before and redis") || !strings.HasPrefix(why[1], "another target, PixelTales reference (reference) and other (reference)") {
		t.Errorf("%q, want variant and target", why)
	}
	next = natural(1, 0)[0].Header
	next.Machine.CPUs, next.Kind = 64, run.Collected
	if why := b.Run.Foreseen(next); len(why) != 2 || !strings.HasPrefix(why[0], "another kind") || !strings.HasPrefix(why[1], `another machine, {"cpus":2} and {"cpus":64}`) {
		t.Errorf("%q, want kind and machine", why)
	}
}

// A comparison in which no phase decides is no pass, nor is a check against such
// a baseline.
func TestNothingIsJudged(t *testing.T) {
	t.Parallel()
	drained := func() []*run.Run {
		return changed(natural(3, 0), func(r *run.Run) {
			r.Header.Phases = []run.Phase{{Name: "10", Users: 10, Visits: 1}, r.Header.Phases[3]}
		})
	}
	visits := func() []*run.Run {
		return changed(visiting(4, 0, 0), func(r *run.Run) { r.Header.Phases = r.Header.Phases[1:2] })
	}
	for name, runs := range map[string]func() []*run.Run{
		"visits":             visits,
		"visits and drained": drained,
	} {
		a := side(t, "a", runs())
		c := compare.Sides(a, side(t, "b", runs()), budget)
		if c.Outcome != verdict.Inconclusive || !slices.ContainsFunc(c.Reasons, func(r string) bool { return strings.HasPrefix(r, "no phase decides") }) {
			t.Errorf("%s: %s, %q", name, c.Outcome, c.Reasons)
		}
		if g := compare.NewBaseline(a, budget).Against(side(t, "b", runs())).Growth(); len(g) != 1 || g[0].Outcome != verdict.Inconclusive {
			t.Errorf("%s: growth %+v, want that it cannot be told", name, g)
		}
		if len(a.Unfit()) == 0 {
			t.Errorf("%s: it can be a baseline", name)
		}
	}
}

// What compare says besides the phases, a check with a baseline says too; a run
// of another variant or target is not held against it.
func TestAgainst(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		change func(*run.Run)
		want   string
		says   string
	}{
		"another variant": {func(r *run.Run) { r.Header.Variant = "redis" }, verdict.Inconclusive, "the baseline: another variant, before and redis"},
		"another target":  {func(r *run.Run) { r.Header.Target.Name = "other" }, verdict.Inconclusive, "the baseline: another target, "},
		"dies":            {func(r *run.Run) { runtest.Killed(r, 75) }, verdict.Fail, "b died in 3 of 3 trials, baseline in none"},
		"another build":   {func(r *run.Run) { r.Header.Tool = "next" }, verdict.Pass, "measured by two builds of pixelload"},
	} {
		base := compare.NewBaseline(side(t, "a", natural(3, 0)), budget)
		growth := base.Against(side(t, "b", changed(natural(3, 0), row.change))).Growth()
		if len(growth) == 0 || growth[0].Outcome != row.want || !slices.ContainsFunc(growth[0].Reasons, func(r string) bool { return strings.HasPrefix(r, row.says) }) {
			t.Errorf("%s: %+v; want %s, %q", name, growth, row.want, row.says)
		}
	}
	a := side(t, "a", natural(3, 0))
	b := side(t, "b", natural(3, 0))
	b.Lost = []string{"trial 4 of 4 is missing"}
	if growth := compare.NewBaseline(a, budget).Against(b).Growth(); growth[0].Outcome != verdict.Inconclusive || growth[0].Reasons[0] != "the baseline: b: trial 4 of 4 is missing" {
		t.Errorf("a trial is lost: %+v", growth)
	}
}
