package dashboards

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// proof is one real run: a check of the reference app with k6's remote write,
// the collector scraped beside it, and what came of both.
type proof struct {
	prom
	run     *run.Run
	verdict verdict.Verdict
	began   time.Time     // of the trial
	held    time.Time     // in the last hold with users, for what is shown live
	ended   time.Time     // the verdict has been scraped
	shown   []string      // the uids of the dashboards that it is about
	about   string        // says in a dump what was drawn
	span    time.Duration // how long ago a moment may be that a panel prints
}

// mine are the dashboards that the proof is about.
func (p *proof) mine(t *testing.T) map[string]boardJSON {
	t.Helper()
	all := boards(t)
	maps.DeleteFunc(all, func(uid string, _ boardJSON) bool { return !slices.Contains(p.shown, uid) })
	if len(all) != len(p.shown) {
		t.Fatalf("of %q only %d are there", p.shown, len(all))
	}
	return all
}

// TestProof evaluates all that the dashboards draw and the alerts ask, on one
// real run.
func TestProof(t *testing.T) {
	if testing.Short() {
		t.Skip("a whole run: make test-e2e does it")
	}
	p := prove(t)
	t.Run("every query of every panel", p.panels)
	t.Run("what is drawn is what the verdict says", p.figures)
	t.Run("memory by phase is the run file's", p.memory)
	t.Run("every alert and record", p.alerts)
	t.Run("annotations", p.annotations)
	t.Run("what dashboard 19665 asks for", p.known)
	t.Run("queries that prove nothing are found", p.mutants)
	if *dumpTo != "" {
		p.dump(t, *dumpTo)
	}
}

// prove does the run.
func prove(t *testing.T) *proof {
	dir := t.TempDir()
	collectorAt := freeAddress(t)
	p := &proof{prom: startProm(t, collectorAt), shown: []string{"pixelload-review", "pixelload-containers"}, span: time.Hour}
	runs := filepath.Join(dir, "runs")
	check := exec.Command(bin(t, "pixelload"), "check", "--quick", "--warmup", "5s", "--hold", "15s", "--users", "0,3,5",
		"--out", filepath.Join(runs, "1"), "--prometheus", "http://"+p.address+"/api/v1/write")
	check.Env = append(os.Environ(), "K6_BIN="+bin(t, "k6"), "PIXELLOAD_STATE="+filepath.Join(dir, "state"))
	start(t, check)
	var cgroup, pid string
	await(t, "the target's server", func() bool {
		cgroup = cgroupOf(check.Process.Pid)
		pid = server(cgroup)
		return pid != ""
	})
	// Beside the cgroup, the process that it holds: it has a start.
	start(t, exec.Command(bin(t, "pixelload"), "collect", "--cgroup", "app="+cgroup, "--pid", "process="+pid,
		"--runs", runs, "--history", filepath.Join(dir, "state", "history.db"), "--web.listen-address", collectorAt))
	verdictFile := filepath.Join(runs, "1", "verdict.json")
	deadline := time.Now().Add(3 * time.Minute)
	for ; p.verdict.Outcome == ""; time.Sleep(200 * time.Millisecond) {
		if data, err := os.ReadFile(verdictFile); err == nil {
			_ = json.Unmarshal(data, &p.verdict) // half written: once more
		}
		if time.Now().After(deadline) {
			t.Fatal("the check did not come to a verdict")
		}
	}
	await(t, "the scraped verdict", func() bool {
		p.ended = time.Now()
		found, err := p.ask("pixelload_run_info", p.ended)
		return err == nil && len(found) == 1
	})
	time.Sleep(2 * time.Second) // so that the rules have seen it too
	p.ended = time.Now()

	var err error
	if p.run, err = run.Read(filepath.Join(runs, "1", "trial-01.ndjson")); err != nil {
		t.Fatal(err)
	}
	// A machine that is busy with other things makes a run doubtful; what it
	// measured is shown all the same.
	t.Logf("the run itself: %s %q", p.verdict.Outcome, p.verdict.Reasons)
	if p.verdict.Outcome == verdict.Fail || p.run.End == nil || p.run.End.Outcome != run.Complete {
		t.Fatal("a run that failed proves nothing here")
	}
	p.began = p.run.Header.Started
	h := p.run.Header
	p.about = fmt.Sprintf("after one `check --quick --users 0,3,5` of the\nreference app: %s, variant %s, %s data, verdict %s. Written by `go test ./dashboards -run TestProof -dump`.",
		h.Started.UTC().Format(time.DateTime), h.Variant, h.Data.Name, p.verdict.Outcome)
	for _, m := range p.run.Marks {
		if m.Phase == "drained" && m.Name == run.MarkPhase {
			p.held = p.at(m.T - 2)
		}
	}
	return p
}

// at is a moment of the trial.
func (p *proof) at(t float64) time.Time { return p.began.Add(time.Duration(t * float64(time.Second))) }

// fill replaces the variables as Grafana does for this run.
func (p *proof) fill(uid, expr string) string {
	target := ".+"
	if uid == "pixelload-review" {
		target = "app"
	}
	return plain(expr, map[string]string{
		"__rate_interval": "20s", "__interval": fmt.Sprintf("%.0fs", p.step().Seconds()), "__interval_ms": fmt.Sprint(p.step().Milliseconds()), "__range": fmt.Sprintf("%.0fs", p.ended.Sub(p.began).Seconds()),
		"job": ".+", "instance": ".+", "target": target,
		"run": p.run.Header.ID, "variant": p.run.Header.Variant, "data": p.run.Header.Data.Name, "figure": ".*",
	})
}

// step is how far apart the points of a line over time are.
func (p *proof) step() time.Duration { return stepOver(p.began, p.ended) }

// moment is when a board's last values are looked at: the containers while the run
// lasts, the others when it is judged.
func (p *proof) moment(uid string) time.Time {
	if uid == "pixelload-containers" {
		return p.held
	}
	return p.ended
}

// draw evaluates a query as its panel does.
func (p *proof) draw(uid, query string, instant bool) ([]series, error) {
	if instant {
		return p.ask(query, p.moment(uid))
	}
	return p.askOver(query, p.began, p.ended)
}

// known are series that the well-known dashboard of k6 chooses by testid.
func (p *proof) known(t *testing.T) {
	for _, name := range []string{"k6_vus", "k6_http_reqs_total", "k6_http_req_failed_rate", "k6_http_req_duration_p99",
		"k6_data_received_total", "k6_data_sent_total", "k6_iterations_total"} {
		found, err := p.askOver(fmt.Sprintf("%s{testid=%q}", name, p.run.Header.ID), p.began, p.ended)
		if err != nil || len(found) == 0 {
			t.Errorf("%s: %v, %v", name, found, err)
		}
	}
}

// mutants are queries that prove nothing: each must be found out.
func (p *proof) mutants(t *testing.T) {
	const u = `pixelload_memory_unreclaimable_bytes`
	for _, row := range []struct{ query, unit, want string }{
		{u + `{target="nobody"}`, "bytes", "no data"},
		{"pixelload_memory_of_nobody_bytes", "bytes", "no data"},
		{u + " or vector(1)", "bytes", "constant"},
		{"vector(1)", "none", "unknown"},
		{u + " or on () pixelload_build_info_bytes or vector(0)", "bytes", "constant"},
		{u, "s", "gives bytes"},
		{u + " / 1e6", "bytes", "no value"},
		{"1 - " + u + " / (pixelload_memory_limit_bytes / 100)", "percentunit", "no value"},
		{u + " and", "bytes", "parse error"},
	} {
		err := p.shows("pixelload-containers", row.query, row.unit, false)
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s in %q: %v, want %q", row.query, row.unit, err, row.want)
		}
	}
	// And every real query, were its metrics not there.
	for uid, b := range p.mine(t) {
		for _, panel := range b.Panels {
			for _, target := range panel.Targets {
				gone, err := withoutMetrics(p.fill(uid, target.Expr))
				if err != nil {
					t.Fatal(err)
				}
				if found, err := p.draw(uid, gone, target.Instant); err != nil || len(found) > 0 {
					t.Errorf("%s, %s: still draws %v, %v", panel.Title, target.LegendFormat, found, err)
				}
			}
		}
	}
}
