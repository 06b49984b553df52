package collector

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/renameio/v2"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// keep judges the runs and leaves in dir what check leaves there.
func keep(t *testing.T, dir string, started time.Time, runs ...*run.Run) *verdict.Verdict {
	t.Helper()
	doc, err := claim.Load()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for i, r := range runs {
		r.Path = filepath.Join(dir, fmt.Sprintf("trial-%02d.ndjson", i+1))
		r.Header.Started, r.Header.ID = started, filepath.Base(dir)
		r.Header.Trial, r.Header.Trials = i+1, len(runs)
		w, err := run.Create(r.Path, r.Header)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	v := verdict.Judge(runs, doc)
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "verdict.json"), data, 0o644); err != nil {
		t.Fatal(err)
	}
	return v
}

// trials are healthy trials of a variant on data, each with its levels.
func trials(variant, data string, levels ...runtest.Levels) []*run.Run {
	var all []*run.Run
	for i, l := range levels {
		r := runtest.Healthy(i+1, len(levels), l)
		r.Header.Variant, r.Header.Data.Name = variant, data
		all = append(all, r)
	}
	return all
}

// same are n trials that differ as honest ones do.
func same(n int, level runtest.Levels) []runtest.Levels {
	var all []runtest.Levels
	for i := range n {
		l := runtest.Levels{}
		for users, mib := range level {
			l[users] = mib + float64(i%3)/2
		}
		all = append(all, l)
	}
	return all
}

var day = time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC)

// storeOutcomes stores runs of each outcome.
func storeOutcomes(t *testing.T, dir string) {
	t.Helper()
	fits := runtest.Levels{0: 120, 3: 170, 10: 300}
	keep(t, filepath.Join(dir, "pass"), day, trials("before", "light", same(3, fits)...)...)
	keep(t, filepath.Join(dir, "fail"), day, trials("before", "heavy", runtest.Levels{0: 120, 3: 300, 10: 480})...)
	cut := trials("before", "typical", fits)
	cut[0].End = nil
	keep(t, filepath.Join(dir, "cannot-tell"), day, cut...)
	keep(t, filepath.Join(dir, "confirmed"), day, trials("after", "light", same(6, runtest.Levels{0: 120, 3: 280, 10: 400})...)...)
}

// TestOutcomes: what a verdict says is what its series say.
func TestOutcomes(t *testing.T) {
	dir := t.TempDir()
	storeOutcomes(t, dir)
	got := gather(t, collectorOf(t, Options{Runs: dir, Claims: documentClaims(t)}))
	for place, want := range map[string]float64{
		`data="light",variant="before"`: 1, `data="heavy",variant="before"`: 0, `data="typical",variant="before"`: -1,
	} {
		wantValue(t, got, "pixelload_verdict_status", `check="all",`+place, want)
		wantValue(t, got, "pixelload_verdict_status", `check="budget peak_unreclaimable_bytes",`+place, want)
		wantValue(t, got, "pixelload_run_limit_bytes", place, 512<<20)
		wantValue(t, got, "pixelload_run_budget_bytes", place, 435<<20)
		wantValue(t, got, "pixelload_last_run_timestamp_seconds", place, float64(day.Unix()))
	}
	wantValue(t, got, "pixelload_run_info",
		`data="light",ref="4f2c1d9",run="pass",target="PixelTales reference",tool="test",variant="before"`, 1)
	wantValue(t, got, "pixelload_claim_status", `claim="L1",data="light"`, 0)
	wantValue(t, got, "pixelload_claim_status", `claim="L2",data="light"`, 1)
	wantValue(t, got, "pixelload_claim_status", `claim="L1",data="heavy"`, -1)
	wantValue(t, got, "pixelload_claim_status", `claim="S1",data="light"`, -2)
	wantAbsent(t, got, "pixelload_claim_last_confirmed_bytes", `claim="L1",data="light"`)
	wantValue(t, got, "pixelload_claim_bytes", `bound="high",claim="L4",users="3",variant="before"`, 580<<20)
	wantValue(t, got, "pixelload_claim_bytes", `bound="low",claim="L4",users="3",variant="before"`, 580<<20)
	wantAbsent(t, got, "pixelload_claim_bytes", `bound="low",claim="L11",users="3",variant="after"`)
}

func documentClaims(t *testing.T) []claim.Claim {
	t.Helper()
	doc, err := claim.Load()
	if err != nil {
		t.Fatal(err)
	}
	return doc.Claims
}

// TestEqualsTheVerdict: every figure is the one in verdict.json.
func TestEqualsTheVerdict(t *testing.T) {
	dir := t.TempDir()
	v := keep(t, filepath.Join(dir, "run"), day, trials("after", "light", same(6, runtest.Levels{0: 120, 3: 280, 10: 400})...)...)
	got := gather(t, collectorOf(t, Options{Runs: dir}))
	if len(v.Levels) != 3 || len(v.Claims) == 0 {
		t.Fatalf("the verdict has %d levels and %d claims: this test shows nothing", len(v.Levels), len(v.Claims))
	}
	for _, l := range v.Levels {
		place := fmt.Sprintf(`users="%d",variant="after"`, l.Users)
		for stat, want := range map[string]int64{
			"median": l.Unreclaimable.Median, "ci_low": l.Unreclaimable.CI95[0], "ci_high": l.Unreclaimable.CI95[1],
			"p95": l.Unreclaimable.P95, "max": l.Unreclaimable.Max,
		} {
			wantValue(t, got, "pixelload_level_bytes", fmt.Sprintf(`data="light",stat=%q,%s`, stat, place), float64(want))
		}
		for name, want := range map[string]*float64{
			"delivery_ratio": l.DeliveryRatio, "fanout_p99_seconds": l.FanoutP99, "error_ratio": l.ErrorRatio,
		} {
			if want == nil {
				wantAbsent(t, got, "pixelload_level_"+name, `data="light",`+place)
			} else {
				wantValue(t, got, "pixelload_level_"+name, `data="light",`+place, *want)
			}
		}
	}
	for _, c := range v.Claims {
		m := c.ByData["light"].Measured
		if m == nil || m.Bytes == nil {
			continue
		}
		for stat, want := range map[string]int64{"mean": *m.Bytes, "ci_low": m.CI95[0], "ci_high": m.CI95[1]} {
			wantValue(t, got, "pixelload_claim_measured_bytes", fmt.Sprintf(`claim=%q,data="light",stat=%q`, c.ID, stat), float64(want))
		}
	}
}

// TestTheNewestCounts, and of a claim what was last confirmed stays.
func TestTheNewestCounts(t *testing.T) {
	dir := t.TempDir()
	c := collectorOf(t, Options{Runs: dir})
	const place = `data="light",variant="after"`
	wantAbsent(t, gather(t, c), "pixelload_last_run_timestamp_seconds", place)

	old := keep(t, filepath.Join(dir, "z-old"), day, trials("after", "light", same(6, runtest.Levels{0: 120, 3: 280, 10: 400})...)...)
	got := gather(t, c)
	wantValue(t, got, "pixelload_claim_status", `claim="L2",data="light"`, 1)

	keep(t, filepath.Join(dir, "a-new"), day.Add(time.Hour), trials("after", "light", same(6, runtest.Levels{0: 180, 3: 280, 10: 400})...)...)
	got = gather(t, c)
	wantValue(t, got, "pixelload_last_run_timestamp_seconds", place, float64(day.Add(time.Hour).Unix()))
	wantValue(t, got, "pixelload_claim_status", `claim="L2",data="light"`, 0)
	for _, said := range old.Claims {
		if said.ID == "L2" {
			wantValue(t, got, "pixelload_claim_last_confirmed_bytes", `claim="L2",data="light"`, float64(*said.ByData["light"].Measured.Bytes))
		}
	}
	wantAbsent(t, got, "pixelload_run_info",
		`data="light",ref="4f2c1d9",run="z-old",target="PixelTales reference",tool="test",variant="after"`)
}

// TestSeveralSeriesInOneRun: a budget belongs to the place that its name names.
func TestSeveralSeriesInOneRun(t *testing.T) {
	dir := t.TempDir()
	all := trials("before", "light", runtest.Levels{0: 100, 3: 150, 10: 200})
	all = append(all, trials("before", "heavy", runtest.Levels{0: 100, 3: 300, 10: 480})...)
	big := trials("before", "light", runtest.Levels{0: 90, 3: 140, 10: 190})
	big[0].Header.LimitBytes, big[0].Header.BudgetBytes = 4096*memory.MiB, 3000*memory.MiB
	keep(t, filepath.Join(dir, "run"), day, append(all, big...)...)
	got := gather(t, collectorOf(t, Options{Runs: dir}))
	wantValue(t, got, "pixelload_verdict_status", `check="budget peak_unreclaimable_bytes",data="light",variant="before"`, 1)
	wantValue(t, got, "pixelload_verdict_status", `check="budget peak_unreclaimable_bytes",data="heavy",variant="before"`, 0)
	wantValue(t, got, "pixelload_verdict_status", `check="all",data="light",variant="before"`, 0)
	wantValue(t, got, "pixelload_run_limit_bytes", `data="light",variant="before"`, 4096<<20)
	wantValue(t, got, "pixelload_run_budget_bytes", `data="light",variant="before"`, 3000<<20)
	wantValue(t, got, "pixelload_level_bytes", `data="light",stat="median",users="0",variant="before"`, 90<<20)
	wantValue(t, got, "pixelload_run_limit_bytes", `data="heavy",variant="before"`, 512<<20)
}

// TestLevelsOfACampaign: of all that a campaign holds of a place, the series are
// those of whole users on a target with the processor to itself.
func TestLevelsOfACampaign(t *testing.T) {
	dir := t.TempDir()
	level := func(mib float64, change func(*run.Header)) *run.Run {
		r := trials("before", "light", runtest.Levels{0: mib, 3: mib, 10: mib})[0]
		change(&r.Header)
		return r
	}
	keep(t, filepath.Join(dir, "run"), day,
		level(100, func(h *run.Header) { h.CPUs, h.LimitBytes = 0.1, 4096*memory.MiB }),
		level(110, func(h *run.Header) { h.HabitsOff, h.LimitBytes = []string{"sockets"}, 4096*memory.MiB }),
		level(120, func(*run.Header) {}),
		level(130, func(h *run.Header) { h.CPUs = 0.5 }),
		level(140, func(h *run.Header) { h.Variant, h.CPUs = "after", 0.5 })) // there is no other of it
	got := gather(t, collectorOf(t, Options{Runs: dir}))
	for _, users := range []string{"0", "3", "10"} {
		wantValue(t, got, "pixelload_level_bytes", `data="light",stat="median",users="`+users+`",variant="before"`, 120<<20)
		wantValue(t, got, "pixelload_level_bytes", `data="light",stat="median",users="`+users+`",variant="after"`, 140<<20)
	}
}

// TestDamagedRuns are skipped, said once, and hide nothing.
func TestDamagedRuns(t *testing.T) {
	dir := t.TempDir()
	keep(t, filepath.Join(dir, "good"), day, trials("before", "light", runtest.Levels{0: 100, 3: 150, 10: 200})...)
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name, "verdict.json"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	good, err := os.ReadFile(filepath.Join(dir, "good", "verdict.json"))
	if err != nil {
		t.Fatal(err)
	}
	write("cut", string(good[:len(good)/2]))
	write("empty", "")
	write("no-trials", `{"schema_version":1,"trials":[]}`)
	write("newer", `{"schema_version":99,"trials":[{"file":"trial-01.ndjson"}]}`)
	write("no-run-file", string(good))
	write("elsewhere", `{"schema_version":1,"trials":[{"file":"../good/trial-01.ndjson"}]}`)
	if err := os.WriteFile(filepath.Join(dir, "README"), []byte("no folder"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "running"), 0o755); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	c := New(Options{Runs: dir, Log: textLog(&log)})
	for range 3 {
		got := gather(t, c)
		if n := len(got["pixelload_run_info"].GetMetric()); n != 1 {
			t.Errorf("%d runs, want the good one", n)
		}
	}
	for _, name := range []string{"cut", "empty", "no-trials", "newer", "no-run-file", "elsewhere"} {
		if n := strings.Count(log.String(), filepath.Join(dir, name, "verdict.json")); n != 1 {
			t.Errorf("%s was said %d times in\n%s", name, n, log.String())
		}
	}
	write("cut", string(good)) // judged again, but still without its run file
	gather(t, c)
	if n := strings.Count(log.String(), filepath.Join(dir, "cut", "verdict.json")); n != 2 {
		t.Errorf("a file that changed was not read again:\n%s", log.String())
	}
}

// TestRewriting: a verdict that is replaced while it is scraped is the old or
// the new one, never none.
func TestRewriting(t *testing.T) {
	dir := t.TempDir()
	keep(t, filepath.Join(dir, "run"), day, trials("before", "light", runtest.Levels{0: 100, 3: 150, 10: 200})...)
	path := filepath.Join(dir, "run", "verdict.json")
	pass, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// Of the same length, and within the same tick of the clock.
	fail := []byte(strings.Replace(string(pass), `"outcome":"pass"`, `"outcome":"fail"`, 1))
	r := prometheus.NewPedanticRegistry()
	c := collectorOf(t, Options{Runs: dir})
	r.MustRegister(c)
	var wg sync.WaitGroup
	stop := make(chan struct{})
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			if err := renameio.WriteFile(path, [][]byte{pass, fail}[i%2], 0o644); err != nil {
				t.Error(err)
			}
		}
	})
	seen := map[float64]bool{}
	for deadline := time.Now().Add(5 * time.Second); len(seen) < 2 && time.Now().Before(deadline); {
		got, ok := value(gather(t, c), "pixelload_verdict_status", `check="all",data="light",variant="before"`)
		if !ok {
			t.Error("the verdict is gone")
		}
		seen[got] = true
	}
	close(stop)
	wg.Wait()
	if !seen[0] || !seen[1] || len(seen) != 2 {
		t.Errorf("saw %v, want both the old and the new verdict", seen)
	}
}

// TestHostileVerdict: fault 49 again, from a file.
func TestHostileVerdict(t *testing.T) {
	dir := t.TempDir()
	all := trials("before", "light", runtest.Levels{0: 100, 3: 150, 10: 200})
	v := keep(t, filepath.Join(dir, "run"), day, all...)
	for i := range 10_000 {
		evil := v.Trials[0]
		evil.Variant = fmt.Sprintf("v%d\n", i)
		v.Trials = append(v.Trials, evil)
	}
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "run", "verdict.json"), data, 0o644); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	c := New(Options{Runs: dir, Log: textLog(&log), Targets: []Target{usageOf(7).target("well")}})
	got := gather(t, c)
	series := 0
	for _, f := range got {
		series += len(f.GetMetric())
	}
	if series > maxSeries+10 || !strings.Contains(log.String(), fmt.Sprint("limit=", maxSeries)) {
		t.Errorf("%d series, and the log says %.500s", series, log.String())
	}
	wantValue(t, got, "pixelload_memory_usage_bytes", `source="fake",target="well"`, 7)
	wantValue(t, got, "pixelload_verdict_status", `check="all",data="light",variant="before"`, 1)
}
