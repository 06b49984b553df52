package dashboards

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/pixeltales/pixelload/internal/verdict"
)

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
