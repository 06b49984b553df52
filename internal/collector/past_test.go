package collector

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/history"
	"github.com/pixeltales/pixelload/internal/history/historytest"
	kept "github.com/pixeltales/pixelload/internal/history/store"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// recorded are the plan's nights, in a history of their own.
func recorded(t *testing.T, plan historytest.Plan, change func(*history.Run)) (file string, runs []history.Run) {
	t.Helper()
	doc, err := claim.Load()
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "history.db")
	s, err := kept.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	for n := range plan.Nights {
		trials := plan.Night(n)
		r, err := history.Of(verdict.Judge(trials, doc), trials, "")
		if err != nil {
			t.Fatal(err)
		}
		if change != nil {
			change(&r)
		}
		if _, err := s.Add(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		runs = append(runs, r)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return file, runs
}

// scraped is what a scrape of the history gets.
func scraped(t *testing.T, h http.Handler) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(get(t, h, HistoryPath, "").Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return families
}

func handlerOf(t *testing.T, o Options) http.Handler {
	t.Helper()
	h, err := Handler(collectorOf(t, o), "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// find returns the values of the series that have all of these labels.
func find(families map[string]*dto.MetricFamily, name string, labels ...string) (values []float64) {
	for _, m := range families[name].GetMetric() {
		has := map[string]bool{}
		for _, l := range m.GetLabel() {
			has[l.GetName()+"="+l.GetValue()] = true
		}
		if !slices.ContainsFunc(labels, func(l string) bool { return !has[l] }) {
			values = append(values, m.GetGauge().GetValue())
		}
	}
	return values
}

// TestHistoryIsServed: each figure of each run is a series, and the jump is a
// change at its night.
func TestHistoryIsServed(t *testing.T) {
	const jump = 15
	file, runs := recorded(t, historytest.Plan{Nights: 21, Trials: 2, Jump: jump, JumpMiB: 20, SD: 1, Seed: 2}, nil)
	h := handlerOf(t, Options{History: file})
	got := scraped(t, h)
	if up := find(got, "pixelload_history_up"); !slices.Equal(up, []float64{1}) {
		t.Errorf("up = %v", up)
	}
	figures := 0
	for n, r := range runs {
		labels := []string{"run=" + historytest.ID(n), "ref=" + historytest.Ref(n), "began=" + historytest.Began(n).Format("2006-01-02 15:04:05")}
		if at := find(got, "pixelload_history_run_timestamp_seconds", labels...); !slices.Equal(at, []float64{float64(historytest.Began(n).Unix())}) {
			t.Errorf("night %d began %v", n, at)
		}
		if all := find(got, "pixelload_history_outcome", append(labels, "metric=verdict")...); !slices.Equal(all, []float64{statuses[r.Outcome]}) {
			t.Errorf("night %d is %v, the verdict %s", n, all, r.Outcome)
		}
		for _, p := range r.Points {
			of := append(slices.Clone(labels), "metric="+p.Metric)
			if p.Value == nil {
				continue
			}
			figures++
			name := map[string]string{history.Bytes: "bytes", history.Ratio: "ratio", history.Seconds: "seconds", history.Users: "users"}[p.Unit]
			for stat, want := range map[string]*float64{"value": p.Value, "ci_low": p.Low, "ci_high": p.High} {
				values := find(got, "pixelload_history_"+name, append(of, "stat="+stat)...)
				if want == nil && len(values) > 0 || want != nil && !slices.Equal(values, []float64{*want}) {
					t.Errorf("night %d, %s %s = %v, want %v", n, p.Metric, stat, values, want)
				}
			}
			if trials := find(got, "pixelload_history_trials", of...); !slices.Equal(trials, []float64{float64(p.N)}) {
				t.Errorf("night %d, %s is of %v trials, want %d", n, p.Metric, trials, p.N)
			}
		}
	}
	if figures < 21*15 {
		t.Errorf("%d figures: this test shows little", figures)
	}
	for _, metric := range []string{"level:3", "level:10", "budget:peak_unreclaimable_bytes", "claim:L4"} {
		if at := find(got, "pixelload_history_change_timestamp_seconds", "metric="+metric); !slices.Equal(at, []float64{float64(historytest.Began(jump).Unix())}) {
			t.Errorf("%s changed at %v", metric, at)
		}
		if by := find(got, "pixelload_history_change_bytes", "metric="+metric, "ref="+historytest.Ref(jump)); len(by) != 1 || by[0] < 15<<20 || by[0] > 25<<20 {
			t.Errorf("%s changed by %v", metric, by)
		}
	}
	if at := find(got, "pixelload_history_change_timestamp_seconds", "metric=level:0"); len(at) > 0 {
		t.Errorf("idle changed at %v", at)
	}
	if says := find(got, "pixelload_history_says_bytes", "metric=claim:L4", "bound=high"); !slices.Equal(says, []float64{580 << 20}) {
		t.Errorf("L4 says %v", says)
	}
	if find(gather(t, collectorOf(t, Options{History: file})), "pixelload_history_up") != nil {
		t.Error("the history is part of every scrape")
	}
	problems, err := testutil.CollectAndLint(collectorOf(t, Options{History: file}).past)
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

// TestHistoryIsReadAgain when a run was added, and when it comes to be there.
func TestHistoryIsReadAgain(t *testing.T) {
	file, runs := recorded(t, historytest.Plan{Nights: 1, Trials: 1}, nil)
	path := filepath.Join(t.TempDir(), "later.db")
	h := handlerOf(t, Options{History: path})
	if up := find(scraped(t, h), "pixelload_history_up"); !slices.Equal(up, []float64{0}) {
		t.Errorf("up = %v without a file", up)
	}
	if err := os.Rename(file, path); err != nil {
		t.Fatal(err)
	}
	if n := len(find(scraped(t, h), "pixelload_history_run_timestamp_seconds")); n != 1 {
		t.Errorf("%d runs, want 1", n)
	}
	s, err := kept.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	runs[0].ID = "another"
	_, err = s.Add(t.Context(), runs[0])
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	if n := len(find(scraped(t, h), "pixelload_history_run_timestamp_seconds")); n != 2 {
		t.Errorf("%d runs, want 2", n)
	}
	if err := os.WriteFile(path, []byte(strings.Repeat("kettle", 1000)), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := scraped(t, h); !slices.Equal(find(got, "pixelload_history_up"), []float64{0}) || len(got) != 1 {
		t.Errorf("a damaged file gives %v", got)
	}
}

// TestHistoryIsBounded: whatever a file holds, and its oldest runs go first.
func TestHistoryIsBounded(t *testing.T) {
	var log bytes.Buffer
	many := func(r *history.Run) {
		for i := range 100 {
			p := r.Points[0]
			p.Metric = fmt.Sprintf("level:%d", 100+i)
			r.Points = append(r.Points, p)
		}
	}
	file, _ := recorded(t, historytest.Plan{Nights: 120, Trials: 1}, many)
	c := New(Options{History: file, Log: textLog(&log)})
	defer c.Close()
	h, err := Handler(c, "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	got, series := scraped(t, h), 0
	for _, f := range got {
		series += len(f.GetMetric())
	}
	if series > maxPastSeries+1 || !strings.Contains(log.String(), fmt.Sprint("limit=", maxPastSeries)) {
		t.Errorf("%d series, log %s", series, &log)
	}
	if n := len(find(got, "pixelload_history_run_timestamp_seconds")); n > maxPastRuns || n < 10 {
		t.Errorf("%d runs", n)
	}
	if newest := find(got, "pixelload_history_bytes", "run="+historytest.ID(119), "metric=level:199"); len(newest) != 1 {
		t.Errorf("of the newest run level:199 is %v", newest)
	}
}

// TestInterruptedRunsAreNotDrawn: the run and its verdict are, its figures not.
func TestInterruptedRunsAreNotDrawn(t *testing.T) {
	file, _ := recorded(t, historytest.Plan{Nights: 1, Trials: 1}, func(r *history.Run) { r.ExitCode = verdict.ExitInterrupted })
	got := scraped(t, handlerOf(t, Options{History: file}))
	if len(find(got, "pixelload_history_bytes")) > 0 || len(find(got, "pixelload_history_outcome", "metric=verdict")) != 1 {
		t.Errorf("%v", got)
	}
}
