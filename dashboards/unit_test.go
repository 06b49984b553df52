package dashboards

import (
	"fmt"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
)

// drawnIn are Grafana's units of what a query gives.
var drawnIn = map[string]string{
	"bytes": "bytes", "ratio": "percentunit", "seconds": "s", "count/s": "reqps",
	"count": "none", "one": "none", "moment ms": "dateTimeAsIsoNoDateIfToday",
}

// ofMetric is the unit of a series, by the conventions its name follows. What
// k6 sends of ours has no unit in its name: k6 turns milliseconds into seconds.
func ofMetric(name string) string {
	switch {
	case strings.HasPrefix(name, "k6_pixeltales_fanout_latency_"), strings.HasPrefix(name, "k6_pixeltales_send_lag_"):
		return "seconds"
	case name == "k6_pixeltales_generator_cpu":
		return "ratio"
	case name == "k6_pixeltales_phase_active", name == "pixelload_verdict_status", name == "pixelload_claim_status",
		name == "pixelload_source_up", name == "up", name == "pixelload_history_up", name == "pixelload_history_outcome", strings.HasSuffix(name, "_info"):
		return "one"
	case name == "k6_pixeltales_users", name == "k6_pixeltales_sockets_open", name == "k6_pixeltales_phase",
		name == "pixelload_history_users", name == "pixelload_history_trials",
		strings.HasSuffix(name, "_total"):
		return "count"
	case strings.HasSuffix(name, "_timestamp_seconds"), strings.HasSuffix(name, "_start_time_seconds"):
		return "moment"
	case strings.HasSuffix(name, "_bytes"):
		return "bytes"
	case strings.HasSuffix(name, "_seconds"):
		return "seconds"
	case strings.HasSuffix(name, "_ratio"), strings.HasSuffix(name, ":ratio"):
		return "ratio"
	}
	return "unknown: " + name
}

// unitOf works out the unit of an expression.
func unitOf(expr parser.Expr) string {
	switch e := expr.(type) {
	case *parser.NumberLiteral:
		return "one"
	case *parser.VectorSelector:
		return ofMetric(e.Name)
	case *parser.MatrixSelector:
		return unitOf(e.VectorSelector)
	case *parser.SubqueryExpr:
		return unitOf(e.Expr)
	case *parser.ParenExpr:
		return unitOf(e.Expr)
	case *parser.StepInvariantExpr:
		return unitOf(e.Expr)
	case *parser.AggregateExpr:
		if e.Op == parser.COUNT {
			return "count"
		}
		return unitOf(e.Expr)
	case *parser.Call:
		return unitOfCall(e)
	case *parser.BinaryExpr:
		return unitOfPair(e, unitOf(e.LHS), unitOf(e.RHS))
	}
	return fmt.Sprintf("unknown: %T", expr)
}

func unitOfCall(e *parser.Call) string {
	switch e.Func.Name {
	case "rate":
		return unitOf(e.Args[0]) + "/s"
	case "changes":
		return "count"
	case "time", "timestamp":
		return "moment"
	case "absent":
		return "one"
	case "abs", "increase", "last_over_time":
		return unitOf(e.Args[0])
	}
	return "unknown: " + e.Func.Name
}

func unitOfPair(e *parser.BinaryExpr, a, b string) string {
	thousand, _ := e.RHS.(*parser.NumberLiteral)
	switch {
	case e.Op.IsSetOperator(), e.Op.IsComparisonOperator():
		return a
	case e.Op == parser.MUL && a == "moment" && thousand != nil && thousand.Val == 1000:
		return "moment ms"
	case e.Op == parser.MUL && b == "one", e.Op == parser.DIV && b == "one":
		return a
	case e.Op == parser.DIV && a == b:
		return "ratio"
	case e.Op == parser.SUB && a == "one" && b == "ratio":
		return "ratio"
	case e.Op == parser.SUB && a == "moment" && b == "moment":
		return "seconds"
	case (e.Op == parser.SUB || e.Op == parser.ADD) && a == b:
		return a
	}
	return fmt.Sprintf("unknown: %s %s %s", a, e.Op, b)
}

// rightUnit returns an error unless the query gives what the panel draws in.
func rightUnit(query, drawn string) error {
	expr, err := parser.ParseExpr(query)
	if err != nil {
		return err
	}
	if unit := unitOf(expr); drawnIn[unit] != drawn {
		return fmt.Errorf("gives %s, drawn in %q: %s", unit, drawn, query)
	}
	return nil
}

func TestUnits(t *testing.T) {
	for _, row := range []struct{ query, unit string }{
		{"pixelload_memory_usage_bytes", "bytes"},
		{"1 - pixelload_memory_usage_bytes / pixelload_memory_limit_bytes", "ratio"},
		{"time() - pixelload_target_start_time_seconds", "seconds"},
		{"pixelload_last_run_timestamp_seconds * 1000", "moment ms"},
		{"sum by (name) (rate(k6_http_reqs_total[1m]))", "count/s"},
		{"changes(pixelload_oom_kills_total[1m])", "count"},
		{"pixelload_memory_usage_bytes * on () k6_pixeltales_phase_active", "bytes"},
		{"k6_pixeltales_send_lag_p99 and on () up", "seconds"},
		{"pixelload_memory_usage_bytes - k6_pixeltales_users", "unknown: bytes - count"},
		{"rate(pixelload_memory_usage_bytes[1m])", "bytes/s"}, // no panel draws it
		{"k6_nobodys", "unknown: k6_nobodys"},
	} {
		expr, err := parser.ParseExpr(row.query)
		if err != nil {
			t.Fatal(err)
		}
		if got := unitOf(expr); got != row.unit {
			t.Errorf("unitOf(%s) = %s, want %s", row.query, got, row.unit)
		}
	}
}
