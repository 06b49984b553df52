package dashboards

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/pixeltales/pixelload/internal/run"
)

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
