package dashboards

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/pixeltales/pixelload/internal/needed"
)

// rules are those of prometheus/rules.yml, read as Prometheus does.
func rules(t *testing.T) []rulefmt.Rule {
	t.Helper()
	groups, errs := rulefmt.ParseFile("prometheus/rules.yml", false)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	var all []rulefmt.Rule
	for _, g := range groups.Groups {
		all = append(all, g.Rules...)
	}
	return all
}

func TestRulesAreWhole(t *testing.T) {
	known := knownMetrics(t)
	for _, r := range rules(t) {
		if r.Record != "" {
			known[r.Record] = true
		}
		for _, name := range []string{"summary", "description", "runbook"} {
			if r.Alert != "" && r.Annotations[name] == "" {
				t.Errorf("%s has no %s", r.Alert, name)
			}
		}
		if r.Alert != "" && r.Labels["severity"] == "" {
			t.Errorf("%s has no severity", r.Alert)
		}
		expr, err := parser.ParseExpr(r.Expr)
		if err != nil {
			t.Fatal(err)
		}
		parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
			if s, ok := node.(*parser.VectorSelector); ok && !known[s.Name] {
				t.Errorf("%s%s asks for %s, which nobody sends", r.Alert, r.Record, s.Name)
			}
			return nil
		})
	}
}

// promtool runs it on the files in dir.
func promtool(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil {
		needed.Skip(t, "promtool is missing: install the package prometheus")
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestRulesDoWhatTheySay(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"check", "config", "prometheus.yml"}, {"test", "rules", "rules_test.yml"}} {
		if out, err := promtool(t, "prometheus", args...); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

// TestRuleTestsCanFail makes all alerts never fire, then always: the test of
// each must notice both.
func TestRuleTestsCanFail(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("prometheus/rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	tests, err := os.ReadFile("prometheus/rules_test.yml")
	if err != nil {
		t.Fatal(err)
	}
	alerts := regexp.MustCompile(`(?m)^( +- alert: .*\n +expr: ).*$`)
	for _, expr := range []string{"vector(1) < 1", "vector(1)"} {
		dir := t.TempDir()
		ruined := alerts.ReplaceAll(text, []byte("${1}"+expr))
		for name, content := range map[string][]byte{"rules.yml": ruined, "rules_test.yml": tests} {
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		out, _ := promtool(t, dir, "test", "rules", "rules_test.yml")
		for _, r := range rules(t) {
			if r.Alert != "" && !strings.Contains(out, "alertname: "+r.Alert) {
				t.Errorf("%s may as well be %q: the tests do not notice", r.Alert, expr)
			}
		}
	}
}
