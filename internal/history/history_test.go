package history_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/history"
	"github.com/pixeltales/pixelload/internal/history/historytest"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// judged is what history takes of the runs.
func judged(t *testing.T, runs []*run.Run) history.Run {
	t.Helper()
	doc, err := claim.Load()
	if err != nil {
		t.Fatal(err)
	}
	r, err := history.Of(verdict.Judge(runs, doc), runs, "runs/x")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// nights are the runs of a plan.
func nights(t *testing.T, p historytest.Plan) []history.Run {
	t.Helper()
	var all []history.Run
	for n := range p.Nights {
		all = append(all, judged(t, p.Night(n)))
	}
	return all
}

// seriesOf is the only series of the metric.
func seriesOf(t *testing.T, runs []history.Run, metric string) history.Series {
	t.Helper()
	all, err := history.In(runs)
	if err != nil {
		t.Fatal(err)
	}
	all = slices.DeleteFunc(all, func(s history.Series) bool { return s.Metric != metric })
	if len(all) != 1 {
		t.Fatalf("%d series of %s", len(all), metric)
	}
	return all[0]
}

// TestFiguresAreTheVerdicts: each figure of the verdict is a point, with its
// interval and its number of trials.
func TestFiguresAreTheVerdicts(t *testing.T) {
	runs := historytest.Plan{Trials: 6, SD: 2, Seed: 1}.Night(0)
	doc, err := claim.Load()
	if err != nil {
		t.Fatal(err)
	}
	v := verdict.Judge(runs, doc)
	r := judged(t, runs)
	at := func(metric string) history.Point {
		t.Helper()
		i := slices.IndexFunc(r.Points, func(p history.Point) bool { return p.Metric == metric })
		if i < 0 {
			t.Fatalf("no %s in %v", metric, r.Points)
		}
		return r.Points[i]
	}
	for _, l := range v.Levels {
		p := at(fmt.Sprintf("level:%d", l.Users))
		if *p.Value != float64(l.Unreclaimable.Median) || *p.Low != float64(l.Unreclaimable.CI95[0]) || *p.High != float64(l.Unreclaimable.CI95[1]) ||
			p.N != 6 || len(p.Each) != 6 || p.Variant != "before" || p.Data != "light" {
			t.Errorf("level of %d users: %+v, the verdict says %+v", l.Users, p, l.Unreclaimable)
		}
		if sum := sum(p.Each) / 6; sum < *p.Value-1 || sum > *p.Value+1 {
			t.Errorf("the trials' mean is %v, their level %v", sum, *p.Value)
		}
	}
	peak := at("budget:peak_unreclaimable_bytes")
	if b := v.Budgets[0]; *peak.Value != float64(*b.Measured) || *peak.AtMost != float64(b.Limit) || peak.Outcome != b.Outcome || slices.Max(peak.Each) != *peak.Value {
		t.Errorf("peak %+v, the verdict says %+v", peak, b)
	}
	for _, c := range v.Claims {
		p, word := at("claim:"+c.ID), c.ByData["light"]
		if p.Outcome != word.Outcome {
			t.Errorf("%s is %s, the verdict says %s", c.ID, p.Outcome, word.Outcome)
		}
		switch {
		case word.Measured == nil:
			if p.Value != nil {
				t.Errorf("%s has %v, and was not measured", c.ID, *p.Value)
			}
		case word.Measured.Bytes != nil && (*p.Value != float64(*word.Measured.Bytes) || p.Unit != history.Bytes || p.N != word.Measured.N):
			t.Errorf("%s is %+v, the verdict says %+v", c.ID, p, word.Measured)
		}
	}
	if p := at("claim:L1"); *p.AtMost != 250*memory.MiB || *p.AtLeast != 250*memory.MiB {
		t.Errorf("L1 says %+v", p)
	}
	if p := at("claim:L7"); p.Unit != history.Ratio || *p.Value != 0 || *p.High > 0.5 {
		t.Errorf("no trial was killed: %+v", p)
	}
	if !r.Started.Equal(historytest.First) || r.Trials != 6 || r.What.Tool != "test" || r.Fingerprint == "" {
		t.Errorf("run %+v", r)
	}
}

func sum(values []float64) (sum float64) {
	for _, v := range values {
		sum += v
	}
	return sum
}

// TestMissingIsNotZero: a trial without a sample has no figure.
func TestMissingIsNotZero(t *testing.T) {
	r := runtest.Healthy(1, 1, runtest.Levels{0: 85, 3: 160, 10: 210})
	r.Samples = nil
	for _, p := range judged(t, []*run.Run{r}).Points {
		if p.Unit == history.Bytes && p.Value != nil {
			t.Errorf("%s has %v without one sample", p.Metric, *p.Value)
		}
	}
	if _, err := history.Of(verdict.Judge(nil, nil), nil, ""); err == nil {
		t.Error("a folder without a trial is a run")
	}
}

// TestJumpIsFound: at its night, by its size, in every figure that it is in.
func TestJumpIsFound(t *testing.T) {
	for _, row := range []struct {
		name string
		plan historytest.Plan
	}{
		{"two nights of six trials", historytest.Plan{Nights: 2, Trials: 6, Jump: 1, JumpMiB: 20, SD: 2.7}},
		{"eight nights of three trials", historytest.Plan{Nights: 8, Trials: 3, Jump: 5, JumpMiB: 20, SD: 2.7}},
		{"a month of three trials", historytest.Plan{Nights: 30, Trials: 3, Jump: 17, JumpMiB: 20, SD: 2.7}},
		{"a month of one trial", historytest.Plan{Nights: 30, Trials: 1, Jump: 17, JumpMiB: 20, SD: 2.7}},
		{"the newest night of a month", historytest.Plan{Nights: 24, Trials: 3, Jump: 23, JumpMiB: 20, SD: 2.7}},
	} {
		row.plan.Seed = 7
		runs := nights(t, row.plan)
		for _, metric := range []string{"level:3", "level:10", "budget:peak_unreclaimable_bytes"} {
			s := seriesOf(t, runs, metric)
			if len(s.Changes) != 1 || s.Changes[0].At != row.plan.Jump {
				t.Errorf("%s, %s: changes %+v, want one at night %d (%s)", row.name, metric, s.Changes, row.plan.Jump, s.Look)
				continue
			}
			if by := s.Changes[0].By() / memory.MiB; by < 14 || by > 26 {
				t.Errorf("%s, %s: by %.1f MiB, planted were 20", row.name, metric, by)
			}
		}
		if s := seriesOf(t, runs, "level:0"); len(s.Changes) > 0 {
			t.Errorf("%s: idle changed: %+v", row.name, s.Changes)
		}
	}
}

var update = flag.Bool("update", false, "write the simulated shares in docs/history.md anew")

// TestNothingIsFoundWhereNothingIs: in at least 95 % of histories without a jump
// no change is told, and of one that matters where and only where it is. The
// figures are drawn as the nights of a plan are, without judging each. The shares
// stand in docs/history.md.
func TestNothingIsFoundWhereNothingIs(t *testing.T) {
	const worlds = 400
	table := "| nights | trials a night | a trial's deviation | told without a jump | jump | found at its night |\n|---:|---:|---:|---:|---:|---:|\n"
	for _, row := range []struct {
		nights, trials int
		sd, jump       float64 // MiB
	}{
		{2, 6, 2.7, 10}, {10, 3, 2.7, 10}, {19, 6, 2.7, 10}, {30, 1, 2.7, 10}, {60, 3, 2.7, 10},
		{19, 3, 15, 60}, {30, 1, 15, 60}, {60, 3, 15, 60}, // as natural trials of heavy data differ
	} {
		wrong, found := 0, 0
		for seed := range uint64(worlds) {
			if len(drawn(t, row.nights, row.trials, row.sd, 0, seed).Changes) > 0 {
				wrong++
			}
			if c := drawn(t, row.nights, row.trials, row.sd, row.jump, seed).Changes; len(c) == 1 && c[0].At == row.nights/2 {
				found++
			}
		}
		if wrong > worlds/20 {
			t.Errorf("%+v: %d of %d histories without a jump have a change", row, wrong, worlds)
		}
		if found < worlds*8/10 {
			t.Errorf("%+v: of %d histories with a jump %d have a change at its night", row, worlds, found)
		}
		table += fmt.Sprintf("| %d | %d | %g MiB | %.1f %% | %g MiB | %.1f %% |\n",
			row.nights, row.trials, row.sd, 100*float64(wrong)/worlds, row.jump, 100*float64(found)/worlds)
	}
	documented(t, table)
}

// documented holds the table in docs/history.md to the simulated one.
func documented(t *testing.T, table string) {
	t.Helper()
	const path, begin, end = "../../docs/history.md", "<!-- simulated -->\n", "<!-- /simulated -->"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(data), begin)
	got, after, ends := strings.Cut(rest, end)
	if !begins || !ends {
		t.Fatalf("%s has no marks for the table", path)
	}
	if *update {
		if err := os.WriteFile(path, []byte(before+begin+table+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(table, got); diff != "" {
		t.Errorf("%s is not what is simulated (-want +got; go test ./internal/history -update):\n%s", path, diff)
	}
}

// drawn is a series of normal figures, the last half of them by MiB more.
func drawn(t *testing.T, nights, trials int, sd, more float64, seed uint64) history.Series {
	t.Helper()
	chance := rand.New(rand.NewPCG(seed, 1))
	var runs []history.Run
	for n := range nights {
		p := history.Point{Line: history.Line{Metric: "level:3"}, Unit: history.Bytes, N: trials}
		for range trials {
			u := (160 + sd*chance.NormFloat64()) * memory.MiB
			if n >= nights/2 {
				u += more * memory.MiB
			}
			p.Each = append(p.Each, u)
		}
		mean := sum(p.Each) / float64(trials)
		p.Value = &mean
		runs = append(runs, history.Run{ID: historytest.ID(n), Started: historytest.Began(n), Points: []history.Point{p}})
	}
	return seriesOf(t, runs, "level:3")
}

// TestAnotherFingerprintIsAnotherSeries: what is not the application's commit.
func TestAnotherFingerprintIsAnotherSeries(t *testing.T) {
	night := func(n int, change func(h *run.Header)) history.Run {
		runs := historytest.Plan{Trials: 1}.Night(n)
		change(&runs[0].Header)
		return judged(t, runs)
	}
	same := func(*run.Header) {}
	for name, row := range map[string]struct {
		change func(h *run.Header)
		want   int
	}{
		"nothing":         {same, 1},
		"another commit":  {func(h *run.Header) { h.Target.Ref = "0ther" }, 1},
		"another patch":   {func(h *run.Header) { h.Tool = "0.1.9+abc" }, 1},
		"another seed":    {func(h *run.Header) { h.Seed, h.Data.PublicBytes = 2, h.Data.PublicBytes+100 }, 1},
		"another release": {func(h *run.Header) { h.Tool = "0.2.0" }, 2},
		"another machine": {func(h *run.Header) { h.Machine.CPUModel = "other" }, 2},
		"another kernel":  {func(h *run.Header) { h.Machine.Kernel = "6.19" }, 2},
		"a checkout":      {func(h *run.Header) { h.Target.Kind = "checkout" }, 2},
		"another limit":   {func(h *run.Header) { h.LimitBytes *= 2 }, 2},
		"longer holds":    {func(h *run.Header) { h.Phases[1].HoldSeconds *= 2 }, 2},
		"a shorter warm-up": {func(h *run.Header) {
			for i := range h.Phases {
				h.Phases[i].WarmupSeconds /= 2
			}
		}, 2},
		"visits":     {func(h *run.Header) { h.Phases[1].Visits = 5 }, 2},
		"more words": {func(h *run.Header) { h.Data.Words *= 10 }, 2},
		"not quick":  {func(h *run.Header) { h.Quick = false }, 2},
	} {
		first := func(h *run.Header) { h.Tool = "0.1.0-dev" }
		runs := []history.Run{night(0, first), night(1, func(h *run.Header) { first(h); row.change(h) }), night(2, first)}
		all, err := history.In(runs)
		if err != nil {
			t.Fatal(err)
		}
		all = slices.DeleteFunc(all, func(s history.Series) bool { return s.Metric != "level:3" })
		if len(all) != row.want {
			t.Errorf("%s: %d series, want %d", name, len(all), row.want)
			continue
		}
		longest := slices.MaxFunc(all, func(a, b history.Series) int { return len(a.Nights) - len(b.Nights) })
		if want := 4 - row.want; len(longest.Nights) != want {
			t.Errorf("%s: the first series has %d nights, want %d: it goes on when all is as before", name, len(longest.Nights), want)
		}
	}
}

// TestOnlyWhatCountsIsCompared: an interrupted run and a missing figure are gaps.
func TestOnlyWhatCountsIsCompared(t *testing.T) {
	runs := nights(t, historytest.Plan{Nights: 24, Trials: 1, Jump: 12, JumpMiB: 20, SD: 1, Seed: 3})
	runs[5].ExitCode = verdict.ExitInterrupted
	for i := range runs[20].Points {
		runs[20].Points[i].Value = nil
	}
	s := seriesOf(t, runs, "level:3")
	if len(s.Nights) != 24 || len(s.Changes) != 1 || s.Changes[0].At != 12 || !strings.Contains(s.Look, "22 nights") {
		t.Errorf("%d nights, changes %+v, %s", len(s.Nights), s.Changes, s.Look)
	}
	few := seriesOf(t, runs[:8], "level:3")
	if len(few.Changes) != 0 || !strings.Contains(few.Look, "7 of the 20") {
		t.Errorf("seven nights of one trial: %+v, %s", few.Changes, few.Look)
	}
}

// TestOrderDoesNotMatter: the file may have been filled in any order.
func TestOrderDoesNotMatter(t *testing.T) {
	runs := nights(t, historytest.Plan{Nights: 22, Trials: 1, Jump: 9, JumpMiB: 20, SD: 1})
	want := seriesOf(t, runs, "level:10").Changes
	slices.Reverse(runs)
	if diff := cmp.Diff(want, seriesOf(t, runs, "level:10").Changes); diff != "" || len(want) != 1 {
		t.Errorf("%v; (-want +got):\n%s", want, diff)
	}
}

// TestStoredRuns: what lies in a folder gives the points that it had before it
// was written.
func TestStoredRuns(t *testing.T) {
	plan := historytest.Plan{Nights: 1, Trials: 2, SD: 2}
	dirs, err := plan.Keep(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	runs, err := run.ReadDir(dirs[0])
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(judged(t, plan.Night(0)), judged(t, runs)); diff != "" {
		t.Errorf("(-before +stored):\n%s", diff)
	}
	if files, err := os.ReadDir(dirs[0]); err != nil || len(files) != 2 || !historytest.Began(1).Equal(historytest.First.Add(24*time.Hour)) {
		t.Errorf("%d files, %v", len(files), err)
	}
}
