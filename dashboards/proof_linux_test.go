package dashboards

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

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

// mayBeEmpty are the queries that have nothing to draw in a good short run,
// each by a word of it, with the reason.
var mayBeEmpty = map[string]string{
	"k6_pixeltales_stalled_receivers_total": "no receiver stalled",
	"k6_pixeltales_sockets_lost_total":      "no socket was lost",
	"k6_pixeltales_visits_failed_total":     "no visit failed",
	`stat="ci_low"`:                         "one trial has no interval",
	`stat="ci_high"`:                        "one trial has no interval",
	"pixelload_memory_pressure_ratio":       "cgroup v1 tells no pressure",
	"pixelload_memory_swap_bytes":           "the kernel counts no swap",
	"pixelload_memory_sock_bytes":           "the source has no such figure",
}

func whyEmpty(query string) string {
	for word, why := range mayBeEmpty {
		if strings.Contains(query, word) {
			return why
		}
	}
	return ""
}

func (p *proof) panels(t *testing.T) {
	for uid, b := range p.mine(t) {
		for _, panel := range b.Panels {
			for _, target := range panel.Targets {
				err := p.shows(uid, p.fill(uid, target.Expr), panel.unit(target), target.Instant)
				if errors.Is(err, errEmpty) && whyEmpty(target.Expr) != "" {
					t.Logf("%s, %s: nothing, since %s", panel.Title, target.LegendFormat, whyEmpty(target.Expr))
					continue
				}
				if err != nil {
					t.Errorf("%s, %s: %v", panel.Title, target.LegendFormat, err)
				}
			}
		}
	}
}

var errEmpty = errors.New("no data")

// shows returns an error unless the query gives values that are of the unit,
// and gives none where its metrics are gone: else it draws a constant.
func (p *proof) shows(uid, query, unit string, instant bool) error {
	if err := rightUnit(query, unit); err != nil {
		return err
	}
	found, err := p.draw(uid, query, instant)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fmt.Errorf("%w: %s", errEmpty, query)
	}
	for _, s := range found {
		for _, v := range s.values {
			if !sane(v, unit, p.ended, p.span) {
				return fmt.Errorf("%v is no value in %q: %s", v, unit, query)
			}
		}
	}
	gone, err := withoutMetrics(query)
	if err != nil {
		return err
	}
	left, err := p.draw(uid, gone, instant)
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("draws a constant, %v: %s", left, query)
	}
	return err
}

// withoutMetrics is the query on metrics that nobody sends.
func withoutMetrics(query string) (string, error) {
	expr, err := parser.ParseExpr(query)
	if err != nil {
		return "", err
	}
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if s, ok := node.(*parser.VectorSelector); ok {
			s.Name += "_gone"
			s.LabelMatchers = slices.DeleteFunc(s.LabelMatchers, func(m *labels.Matcher) bool { return m.Name == labels.MetricName })
		}
		return nil
	})
	return expr.String(), nil
}

// sane reports whether a value of this run can be right in Grafana's unit.
func sane(v float64, unit string, now time.Time, span time.Duration) bool {
	switch unit {
	case "bytes":
		return v >= 0 && v < 1<<40 && v == math.Trunc(v)
	case "percentunit":
		return v >= 0 && v <= 1
	case "s":
		return v >= 0 && v < 600
	case "reqps":
		return v >= 0 && v < 1e4
	case "none":
		return v >= -2 && v < 1e6 && v == math.Trunc(v)
	case "dateTimeAsIsoNoDateIfToday":
		return math.Abs(v-float64(now.UnixMilli())) < float64(span.Milliseconds())
	}
	return false
}

// column evaluates the named query of a panel of the review: values by label.
func (p *proof) column(t *testing.T, panel, name, label, scale string) map[string]float64 {
	t.Helper()
	for _, one := range boards(t)["pixelload-review"].Panels {
		for _, target := range one.Targets {
			if one.Title != panel || target.LegendFormat != name {
				continue
			}
			found, err := p.draw("pixelload-review", "("+p.fill("pixelload-review", target.Expr)+")"+scale, target.Instant)
			if err != nil {
				t.Fatal(err)
			}
			values := map[string]float64{}
			for _, s := range found {
				values[s.labels[label]] = s.values[len(s.values)-1]
			}
			return values
		}
	}
	t.Fatalf("no panel %q with %q", panel, name)
	return nil
}

// differences lists where the panels say other than verdict.json. scale is
// appended to every query: empty, or what must be noticed.
func (p *proof) differences(t *testing.T, scale string) []string {
	t.Helper()
	var found []string
	want := func(panel, name, label, key string, want float64) {
		got, ok := p.column(t, panel, name, label, scale)[key]
		if !ok || math.Abs(got-want) > 1e-9 {
			found = append(found, fmt.Sprintf("%s, %s of %q is %v (%v), verdict.json says %v", panel, name, key, got, ok, want))
		}
	}
	v, highest := p.verdict, int64(0)
	for _, l := range v.Levels {
		highest = max(highest, l.Unreclaimable.Max)
		users := strconv.Itoa(l.Users)
		want("Levels", "median", "users", users, float64(l.Unreclaimable.Median))
		want("Levels", "p95", "users", users, float64(l.Unreclaimable.P95))
		want("Levels", "largest", "users", users, float64(l.Unreclaimable.Max))
		want("Users against memory", "measured, median", "users", users, float64(l.Unreclaimable.Median))
		want("Users against memory", "measured, largest", "users", users, float64(l.Unreclaimable.Max))
	}
	status := map[string]float64{verdict.Pass: 1, verdict.Fail: 0, verdict.Inconclusive: -1}
	variant := v.Trials[0].Variant
	want("Verdict", "verdict", "variant", variant, status[v.Outcome])
	want("Verdict by check", "verdict", "check", "all", status[v.Outcome])
	for _, b := range v.Budgets {
		want("Verdict by check", "verdict", "check", "budget "+b.Name, status[b.Outcome])
		want("Limit and budget", "budget", "variant", variant, float64(b.Limit))
	}
	want("Limit and budget", "limit", "variant", variant, float64(v.Trials[0].LimitBytes))
	want("Headroom at the highest level", "headroom", "variant", variant, 1-float64(highest)/float64(v.Trials[0].LimitBytes))
	want("OOM kills", "{{target}}", "target", "app", float64(*v.Trials[0].OOMKills))
	claims := map[string]float64{verdict.Confirmed: 1, verdict.Refuted: 0, verdict.Inconclusive: -1, verdict.NotMeasured: -2}
	for _, c := range v.Claims {
		if c.Claimed.HighBytes == 0 {
			continue
		}
		word := c.ByData[p.run.Header.Data.Name]
		want("Claims of the document", "verdict", "claim", c.ID, claims[word.Outcome])
		want("Claims of the document", "document, at least", "claim", c.ID, float64(c.Claimed.LowBytes))
		want("Claims of the document", "document, at most", "claim", c.ID, float64(c.Claimed.HighBytes))
		if m := word.Measured; m != nil && m.Bytes != nil {
			want("Claims of the document", "measured", "claim", c.ID, float64(*m.Bytes))
		}
	}
	return found
}

func (p *proof) figures(t *testing.T) {
	for _, d := range p.differences(t, "") {
		t.Error(d)
	}
	if found := p.differences(t, " * 1.001"); len(found) < 12 {
		t.Errorf("figures that are 0.1 %% off are found in %q only", found)
	}
	// The whole phase, warm-up too, beside the verdict's hold. Strokes that a busy
	// machine delivers after their phase has ended are not drawn in it.
	for phase, delivered := range p.column(t, "Delivery", "{{phase}}", "phase", "") {
		for _, l := range p.verdict.Levels {
			if phase == fmt.Sprintf("users=%d", l.Users) && l.DeliveryRatio != nil && math.Abs(delivered-*l.DeliveryRatio) > 0.02 {
				t.Errorf("delivery in %s is %v, verdict.json says %v", phase, delivered, *l.DeliveryRatio)
			}
		}
	}
}

// memory holds every scraped sample of U against the run file's own of the
// same moment: two programs read one cgroup.
func (p *proof) memory(t *testing.T) {
	panel := boards(t)["pixelload-review"].Panels
	at := slices.IndexFunc(panel, func(one panelJSON) bool { return one.Title == "Memory by phase" })
	drawn, err := p.draw("pixelload-review", p.fill("pixelload-review", panel[at].Targets[0].Expr), false)
	if err != nil {
		t.Fatal(err)
	}
	var phases []string
	for _, s := range drawn {
		phases = append(phases, s.labels["phase"])
	}
	slices.Sort(phases)
	if want := []string{"drained", "idle", "users=3", "users=5"}; !slices.Equal(phases, want) {
		t.Errorf("phases drawn = %q, want %q", phases, want)
	}
	raw, err := p.ask(fmt.Sprintf("pixelload_memory_unreclaimable_bytes{target=\"app\"}[%.0fs]", p.ended.Sub(p.began).Seconds()), p.ended)
	if err != nil || len(raw) != 1 {
		t.Fatalf("%d series of U: %v", len(raw), err)
	}
	// Between two samples U may go a little beyond both, and once in a while more.
	const slack, off = 1 << 20, 4 << 20
	var compared, found, outside int
	for i, at := range raw[0].times {
		low, high, ok := p.around(at)
		if !ok {
			continue
		}
		compared++
		v := raw[0].values[i]
		if v+off < low-slack || v+off > high+slack {
			found++
		}
		if v < low-slack || v > high+slack {
			outside++
			t.Logf("at %.1f s Prometheus has U = %.0f, the run file between %.0f and %.0f", at-float64(p.began.Unix()), v, low, high)
		}
	}
	if compared < 40 {
		t.Errorf("%d samples compared, want at least 40", compared)
	}
	if outside > compared/20 {
		t.Errorf("%d of %d samples lie outside those of the run file around them", outside, compared)
	}
	if found < compared/2 {
		t.Errorf("of %d samples that are 4 MiB off %d are found", compared, found)
	}
	t.Logf("%d of %d scraped samples of U lie within those of the run file around them", compared-outside, compared)
}

// around is the least and the most U that the run file has about a moment. The
// moment is when the scrape began, and the reading came up to a second later.
func (p *proof) around(at float64) (low, high float64, ok bool) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, s := range p.run.Samples {
		u, known := s.Unreclaimable.Get()
		when := float64(p.began.UnixMilli())/1000 + s.T
		if known && when > at-0.3 && when < at+1 {
			low, high, ok = min(low, float64(u)), max(high, float64(u)), true
		}
	}
	return low, high, ok
}

// alerts evaluates each rule of Prometheus: none fires in this run, and each
// has something that it compares.
func (p *proof) alerts(t *testing.T) {
	for _, r := range rules(t) {
		expr, err := parser.ParseExpr(r.Expr)
		if err != nil {
			t.Fatal(err)
		}
		found, err := p.ask(r.Expr, p.held)
		if strings.Contains(r.Expr, "last_run") || strings.Contains(r.Expr, "verdict") {
			found, err = p.ask(r.Expr, p.ended)
		}
		if err != nil {
			t.Error(err)
		}
		drift := strings.Contains(r.Expr, "drift") || strings.Contains(r.Expr, "confirmed")
		switch {
		case r.Alert != "" && len(found) > 0:
			t.Errorf("%s fires in a good run: %v", r.Alert, found)
		case r.Record != "" && len(found) == 0 && !drift:
			t.Errorf("%s has no data", r.Record)
		}
		if drift {
			continue // one trial confirms no claim; the rules' own tests have it
		}
		asked := p.held
		if strings.Contains(r.Expr, "last_run") || strings.Contains(r.Expr, "verdict") {
			asked = p.ended
		}
		for _, side := range compared(expr) {
			if got, err := p.ask(side, asked); err != nil || len(got) == 0 {
				t.Errorf("%s compares nothing: %s gives %v, %v", r.Alert, side, got, err)
			}
		}
	}
}

// compared are the expressions that a rule compares with a number.
func compared(expr parser.Expr) []string {
	var sides []string
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if b, ok := node.(*parser.BinaryExpr); ok && b.Op.IsComparisonOperator() {
			sides = append(sides, b.LHS.String())
		}
		return nil
	})
	return sides
}

// annotations are drawn where the run file has its marks.
func (p *proof) annotations(t *testing.T) {
	for _, a := range boards(t)["pixelload-review"].Annotations.List {
		expr := p.fill("pixelload-review", a.Expr)
		if a.Name == "Target starts" {
			expr = strings.ReplaceAll(expr, `"app"`, `"process"`) // a cgroup has no start
		}
		found, err := p.askOver(expr, p.began, p.ended)
		if err != nil {
			t.Fatal(err)
		}
		switch a.Name {
		case "Phases":
			for _, m := range p.run.Marks {
				if m.Name != run.MarkPhase {
					continue
				}
				i := slices.IndexFunc(found, func(s series) bool { return s.labels["phase"] == m.Phase })
				if i < 0 {
					t.Errorf("phase %s is not marked", m.Phase)
					continue
				}
				if drift := found[i].values[0]/1000 - float64(p.at(m.T).UnixMilli())/1000; math.Abs(drift) > 1.5 {
					t.Errorf("phase %s is marked %.1f s off", m.Phase, drift)
				}
			}
		case "Target starts":
			if len(found) != 1 || math.Abs(found[0].values[0]/1000-float64(p.began.Unix())) > 15 {
				t.Errorf("the target's start is marked at %v, it was about %v", found, p.began)
			}
		case "OOM kills":
			if len(found) != 0 {
				t.Errorf("an OOM kill that was none: %v", found)
			}
		}
	}
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
