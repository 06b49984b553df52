package dashboards

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/pixeltales/pixelload/internal/collector"
)

// TestLint holds the dashboards to the rules of Grafana's dashboard-linter, and
// to what provisioning from files needs. Where a rule cannot be meant, the
// comment says why.
func TestLint(t *testing.T) {
	known := knownMetrics(t)
	for uid, b := range boards(t) {
		for _, problem := range lint(b, known) {
			t.Errorf("%s: %s", uid, problem)
		}
	}
}

// TestLintFinds breaks each rule once.
func TestLintFinds(t *testing.T) {
	known := knownMetrics(t)
	for _, row := range []struct {
		want string
		ruin func(b *boardJSON)
	}{
		{"schema version", func(b *boardJSON) { b.SchemaVersion = 36 }},
		{"editable", func(b *boardJSON) { b.Editable = true }},
		{"id of one Grafana", func(b *boardJSON) { b.ID = new(int) }},
		{"no variable datasource", func(b *boardJSON) { b.Templating.List = b.Templating.List[1:] }},
		{"variable job", func(b *boardJSON) { b.Templating.List[1].Multi = false }},
		{"variable instance", func(b *boardJSON) { b.Templating.List[2].AllValue = "" }},
		{"no title", func(b *boardJSON) { b.Panels[0].Title = "" }},
		{"no description", func(b *boardJSON) { b.Panels[0].Description = "" }},
		{"gives", func(b *boardJSON) { b.Panels[0].FieldConfig.Defaults.Unit = "" }},
		{"data source", func(b *boardJSON) { b.Panels[0].Datasource.UID = "abc" }},
		{"data source", func(b *boardJSON) { b.Panels[0].Targets[0].Datasource.UID = "abc" }},
		{"data source", func(b *boardJSON) { b.Annotations.List[1].Datasource.UID = "abc" }},
		{"parse error", func(b *boardJSON) { b.Panels[0].Targets[0].Expr = "up{" }},
		{"$__rate_interval", func(b *boardJSON) {
			b.Panels[0].Targets[0].Expr = `changes(pixelload_oom_kills_total{job=~"$job",instance=~"$instance"}[5m])`
		}},
		{"a counter", func(b *boardJSON) {
			b.Panels[0].Targets[0].Expr = `sum(pixelload_oom_kills_total{job=~"$job",instance=~"$instance"})`
		}},
		{"matcher of instance", func(b *boardJSON) { b.Panels[0].Targets[0].Expr = `pixelload_source_up{job=~"$job"}` }},
		{"matcher of job", func(b *boardJSON) {
			b.Panels[0].Targets[0].Expr = `pixelload_source_up{job="$job",instance=~"$instance"}`
		}},
		{"matcher of testid", func(b *boardJSON) { b.Panels[0].Targets[0].Expr = `k6_pixeltales_users` }},
		{"nobody sends", func(b *boardJSON) {
			b.Panels[0].Targets[0].Expr = `pixelload_source_down{job=~"$job",instance=~"$instance"}`
		}},
		{"for zero", func(b *boardJSON) { b.Panels[0].Targets[0].Expr += " or vector(0)" }},
	} {
		b := boards(t)["pixelload-containers"]
		row.ruin(&b)
		if found := lint(b, known); !slices.ContainsFunc(found, func(p string) bool { return strings.Contains(p, row.want) }) {
			t.Errorf("a dashboard with %q wrong has only %q", row.want, found)
		}
	}
}

func lint(b boardJSON, known map[string]bool) []string {
	var found []string
	problem := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	if b.SchemaVersion != 42 {
		problem("schema version %d", b.SchemaVersion)
	}
	if b.Editable {
		problem("editable")
	}
	if b.ID != nil {
		problem("the id of one Grafana")
	}
	if b.Description == "" {
		problem("no description")
	}
	found = append(found, lintVariables(b.Templating.List)...)
	for _, a := range b.Annotations.List {
		if a.Expr == "" {
			continue // Grafana's own
		}
		if a.Datasource.UID != "${datasource}" {
			problem("annotation %s: data source %q", a.Name, a.Datasource.UID)
		}
		if !a.UseValueForTime {
			problem("annotation %s: not at the time that its value says", a.Name)
		}
		for _, p := range lintQuery(a.Expr, known, false) {
			problem("annotation %s: %s", a.Name, p)
		}
	}
	for _, p := range b.Panels {
		for _, text := range lintPanel(p, known) {
			problem("panel %q: %s", p.Title, text)
		}
	}
	return found
}

func lintVariables(list []variableJSON) []string {
	var found []string
	byName := map[string]variableJSON{}
	for _, v := range list {
		byName[v.Name] = v
	}
	if v, ok := byName["datasource"]; !ok || v.Type != "datasource" || v.Query != "prometheus" {
		found = append(found, "no variable datasource of Prometheus")
	}
	for _, name := range []string{"job", "instance"} {
		v := byName[name]
		if v.Type != "query" || !v.Multi || !v.IncludeAll || v.AllValue != ".+" || v.Datasource.UID != "${datasource}" {
			found = append(found, "variable "+name+" does not choose some or all of "+name)
		}
	}
	return found
}

func lintPanel(p panelJSON, known map[string]bool) []string {
	var found []string
	if p.Title == "" {
		found = append(found, "no title")
	}
	if p.Description == "" {
		found = append(found, "no description")
	}
	if p.Datasource.UID != "${datasource}" {
		found = append(found, "data source "+p.Datasource.UID)
	}
	if len(p.Targets) == 0 {
		found = append(found, "no query")
	}
	for _, target := range p.Targets {
		if target.Datasource.UID != "${datasource}" {
			found = append(found, "data source "+target.Datasource.UID)
		}
		problems := lintQuery(target.Expr, known, true)
		if err := rightUnit(example(target.Expr), p.unit(target)); len(problems) == 0 && err != nil {
			problems = append(problems, err.Error())
		}
		found = append(found, problems...)
	}
	return found
}

// moving are the functions that may take a counter. Ours rise so seldom that
// changes tells more than a rate; last_over_time repeats the count itself.
var moving = []string{"rate", "increase", "changes", "last_over_time"}

// lintQuery checks one query. In a panel, rates are over $__rate_interval; the
// step of an annotation is its own.
func lintQuery(query string, known map[string]bool, inPanel bool) []string {
	var found []string
	if inPanel && regexp.MustCompile(`(rate|increase|changes)\([^\[]*\[[^$]`).MatchString(query) {
		found = append(found, "a range other than $__rate_interval: "+query)
	}
	expr, err := parser.ParseExpr(example(query))
	if err != nil {
		return append(found, err.Error())
	}
	parser.Inspect(expr, func(node parser.Node, path []parser.Node) error {
		switch n := node.(type) {
		case *parser.Call:
			if n.Func.Name == "vector" || n.Func.Name == "absent" {
				found = append(found, "takes what is missing for zero: "+query)
			}
		case *parser.VectorSelector:
			found = append(found, lintSelector(n, path, known, query)...)
		}
		return nil
	})
	return found
}

func lintSelector(s *parser.VectorSelector, path []parser.Node, known map[string]bool, query string) []string {
	var found []string
	if !known[s.Name] {
		found = append(found, s.Name+", which nobody sends")
	}
	want := []labels.Matcher{{Type: labels.MatchRegexp, Name: "job", Value: ".+"}, {Type: labels.MatchRegexp, Name: "instance", Value: ".+"}}
	if strings.HasPrefix(s.Name, "k6_") { // remote write: no job, no instance
		want = []labels.Matcher{{Type: labels.MatchEqual, Name: "testid", Value: "r"}}
	}
	for _, w := range want {
		if !slices.ContainsFunc(s.LabelMatchers, func(m *labels.Matcher) bool {
			return m.Name == w.Name && m.Type == w.Type && m.Value == w.Value
		}) {
			found = append(found, "no matcher of "+w.Name+": "+query)
		}
	}
	// k6 counts from the beginning of each phase: its counters need no rate
	// where they are told by phase.
	byPhase := func(n parser.Node) bool {
		a, ok := n.(*parser.AggregateExpr)
		return ok && slices.Contains(a.Grouping, "phase") && strings.HasPrefix(s.Name, "k6_")
	}
	moves := func(n parser.Node) bool {
		c, ok := n.(*parser.Call)
		return ok && slices.Contains(moving, c.Func.Name)
	}
	if strings.HasSuffix(s.Name, "_total") && !slices.ContainsFunc(path, byPhase) && !slices.ContainsFunc(path, moves) {
		found = append(found, "a counter as it is: "+query)
	}
	return found
}

// knownMetrics are the names that the collector and k6 send.
func knownMetrics(t *testing.T) map[string]bool {
	t.Helper()
	known := map[string]bool{"up": true, "k6_http_reqs_total": true}
	c := collector.New(collector.Options{Log: promslog.NewNopLogger()})
	defer c.Close()
	descs := make(chan *prometheus.Desc)
	go func() { c.Describe(descs); collector.DescribeHistory(descs); close(descs) }()
	for d := range descs {
		known[regexp.MustCompile(`fqName: "([^"]+)"`).FindStringSubmatch(d.String())[1]] = true
	}
	table, err := os.ReadFile("../scenarios/README.md")
	if err != nil {
		t.Fatal(err)
	}
	suffixes := map[string][]string{"Gauge": {""}, "Counter": {"_total"}, "Rate": {"_rate"}, "Trend": {"_p50", "_p95", "_p99", "_max"}}
	for _, row := range regexp.MustCompile("(?m)^\\| `(pixeltales_\\w+)` \\| (\\w+)").FindAllStringSubmatch(string(table), -1) {
		for _, suffix := range suffixes[row[2]] {
			known["k6_"+row[1]+suffix] = true
		}
	}
	if !known["pixelload_source_up"] || !known["k6_pixeltales_fanout_latency_p99"] {
		t.Fatalf("the names were not found: %v", known)
	}
	return known
}
