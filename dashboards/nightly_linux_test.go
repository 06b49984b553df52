package dashboards

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/history"
	"github.com/pixeltales/pixelload/internal/history/historytest"
	kept "github.com/pixeltales/pixelload/internal/history/store"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// planted is the history that the proof draws: nights long past, so that what is
// drawn can only be where the runs began, and a jump.
var planted = historytest.Plan{Nights: 26, Trials: 2, Jump: 18, JumpMiB: 20, SD: 2, Seed: 11}

// nightlyProof is a real history, made by pixelload of stored runs, a real
// collector that serves it, and a real Prometheus.
type nightlyProof struct {
	*proof
	runs []history.Run
}

// TestNightlyProof evaluates all that the third dashboard draws.
func TestNightlyProof(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a Prometheus: make test-e2e does it")
	}
	p := proveNightly(t)
	t.Run("every query of every panel", p.panels)
	t.Run("each figure is drawn at its run", p.figures)
	t.Run("the jump is shown at its commit", p.jump)
	t.Run("the series are bounded", p.bounded)
	t.Run("queries that prove nothing are found", p.mutants)
	if *dumpTo != "" {
		p.dump(t, *dumpTo)
	}
}

func proveNightly(t *testing.T) nightlyProof {
	dir := t.TempDir()
	folders, err := planted.Keep(filepath.Join(dir, "runs"))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "history.db")
	if out, err := exec.Command(bin(t, "pixelload"), append([]string{"history", "add", "--file", file}, folders...)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	at := freeAddress(t)
	p := nightlyProof{proof: &proof{prom: startProm(t, at), shown: []string{"pixelload-nightly"}, run: &run.Run{}}}
	p.run.Header.Variant, p.run.Header.Data.Name = ".*", ".*"
	p.about = fmt.Sprintf("about %d stored nights\nof synthetic runs with a jump of %g MiB planted at night %d, commit %s.\nWritten by `go test ./dashboards -run TestNightlyProof -dump`.",
		planted.Nights, planted.JumpMiB, planted.Jump, historytest.Ref(planted.Jump))
	start(t, exec.Command(bin(t, "pixelload"), "collect", "--runs", t.TempDir(), "--history", file, "--web.listen-address", at))
	await(t, "the scraped history", func() bool {
		found, err := p.ask("count(pixelload_history_run_timestamp_seconds)", time.Now())
		return err == nil && len(found) == 1
	})
	p.began, p.ended = historytest.First.AddDate(0, 0, -3), time.Now()
	p.span = p.ended.Sub(p.began)

	s, err := kept.Read(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if p.runs, err = s.Runs(t.Context(), kept.Filter{}); err != nil || len(p.runs) != planted.Nights {
		t.Fatalf("%d runs, %v", len(p.runs), err)
	}
	return p
}

// query is that of the named panel and legend, as Grafana sends it.
func (p nightlyProof) query(t *testing.T, title, legend string) []series {
	t.Helper()
	for _, panel := range boards(t)["pixelload-nightly"].Panels {
		for _, target := range panel.Targets {
			if panel.Title == title && target.LegendFormat == legend {
				found, err := p.draw("pixelload-nightly", p.fill("pixelload-nightly", target.Expr), target.Instant)
				if err != nil {
					t.Fatal(err)
				}
				return found
			}
		}
	}
	t.Fatalf("no panel %q with %q", title, legend)
	return nil
}

// drawnAt is the value that a line has at a run: the only one from its begin to a
// step later.
func (p nightlyProof) drawnAt(s series, r history.Run) (value float64, ok bool) {
	for i, at := range s.times {
		if late := at - float64(r.Started.Unix()); late >= 0 && late < p.step().Seconds() {
			return s.values[i], true
		}
	}
	return 0, false
}

// figures compares what is drawn with the history's file, point by point.
func (p nightlyProof) figures(t *testing.T) {
	for _, panel := range []struct{ title, legend, begins string }{
		{"Levels", "{{metric}}, {{variant}}, {{data}}, {{series}}", "level:"},
		{"Largest U and budget", "{{variant}}, {{data}}, {{series}}", "budget:"},
		{"Claims in bytes", "{{metric}}, {{data}}, {{series}}", "claim:"},
	} {
		drawn := p.query(t, panel.title, panel.legend)
		compared := 0
		for _, s := range drawn {
			if len(s.times) != len(p.runs) {
				t.Errorf("%s: %s has %d points of %d runs", panel.title, s.labels["metric"], len(s.times), len(p.runs))
			}
			for _, r := range p.runs {
				i := slices.IndexFunc(r.Points, func(o history.Point) bool { return o.Metric == s.labels["metric"] })
				if i < 0 || r.Points[i].Value == nil {
					t.Errorf("%s draws %s, which the run of %s has not", panel.title, s.labels["metric"], r.Started)
					continue
				}
				got, ok := p.drawnAt(s, r)
				compared++
				if want := *r.Points[i].Value; !ok || got != want {
					t.Errorf("%s: %s of %s is drawn as %v (%v), the history has %v", panel.title, s.labels["metric"], r.Started, got, ok, want)
				}
			}
		}
		if compared < len(p.runs) {
			t.Errorf("%s: %d points compared", panel.title, compared)
		}
	}
	status := map[string]float64{verdict.Pass: 1, verdict.Fail: 0, verdict.Inconclusive: -1}
	for _, s := range p.query(t, "Verdict timeline", "{{variant}}, {{data}}") {
		for _, r := range p.runs {
			if got, ok := p.drawnAt(s, r); !ok || got != status[r.Outcome] {
				t.Errorf("the verdict of %s is drawn as %v (%v), it was %s", r.Started, got, ok, r.Outcome)
			}
		}
	}
	if runs := p.query(t, "Runs by commit", "verdict"); len(runs) != len(p.runs) {
		t.Errorf("%d runs are listed, want %d", len(runs), len(p.runs))
	}
}

// jump looks for the planted change in the table, in the count and as a mark.
func (p nightlyProof) jump(t *testing.T) {
	found := map[string]bool{}
	for _, s := range p.query(t, "Changes by commit", "by") {
		found[s.labels["metric"]] = true
		by := s.values[0] / (1 << 20)
		if s.labels["ref"] != historytest.Ref(planted.Jump) || by < planted.JumpMiB-5 || by > planted.JumpMiB+5 {
			t.Errorf("%s changed by %.1f MiB at %s, planted were %g at %s", s.labels["metric"], by, s.labels["ref"], planted.JumpMiB, historytest.Ref(planted.Jump))
		}
	}
	for _, metric := range []string{"level:3", "level:10", "claim:L4", "budget:peak_unreclaimable_bytes"} {
		if !found[metric] {
			t.Errorf("no change of %s among %v", metric, found)
		}
	}
	if found["level:0"] {
		t.Error("idle changed, and no jump was planted there")
	}
	if count := p.query(t, "Changes", "changes"); len(count) != 1 || int(count[0].values[0]) != len(found) {
		t.Errorf("%v changes are counted, %d listed", count, len(found))
	}
	for _, a := range boards(t)["pixelload-nightly"].Annotations.List {
		if a.Name != "Changes" {
			continue
		}
		marks, err := p.askOver(p.fill("pixelload-nightly", a.Expr), p.ended.Add(-10*time.Second), p.ended)
		if err != nil || len(marks) != len(found) {
			t.Fatalf("%d marks, want %d: %v", len(marks), len(found), err)
		}
		for _, m := range marks {
			if want := float64(historytest.Began(planted.Jump).UnixMilli()); m.values[0] != want || m.labels["ref"] != historytest.Ref(planted.Jump) {
				t.Errorf("%v is marked at %v, want %v", m.labels, m.values[0], want)
			}
		}
	}
}

// bounded: a history of so many runs is no more series than its figures.
func (p nightlyProof) bounded(t *testing.T) {
	count, err := p.ask(`count({job="pixelload-history",__name__=~"pixelload_.+"})`, p.ended)
	if err != nil || len(count) != 1 {
		t.Fatal(count, err)
	}
	figures := 0
	for _, r := range p.runs {
		figures += len(r.Points)
	}
	// A figure has a value, two ends, a number of trials and a verdict at most.
	if got := int(count[0].values[0]); got < figures || got > 6*figures {
		t.Errorf("%d series of %d figures", got, figures)
	} else {
		t.Logf("%d series of %d figures in %d runs", got, figures, len(p.runs))
	}
}

// mutants are queries that would draw what was not there.
func (p nightlyProof) mutants(t *testing.T) {
	const figure = "pixelload_history_bytes"
	for _, row := range []struct{ query, unit, want string }{
		{figure + `{metric="level:99"}`, "bytes", "no data"},
		{figure, "s", "gives bytes"},
		{figure + " or vector(1)", "bytes", "constant"},
		{figure + " / 1e6", "bytes", "no value"},
	} {
		if err := p.shows("pixelload-nightly", row.query, row.unit, true); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s in %q: %v, want %q", row.query, row.unit, err, row.want)
		}
	}
	// Without its moment a figure would be drawn everywhere, and not at its run.
	everywhere, err := p.askOver(p.fill("pixelload-nightly", always(figure, `,metric="level:3",stat="value"`)), p.began, p.ended)
	if err != nil || len(everywhere) == 0 {
		t.Fatal(everywhere, err)
	}
	if n := len(everywhere[0].times); n < 10*len(p.runs) {
		t.Errorf("a figure without its moment is drawn at %d points: this test shows nothing", n)
	}
}
