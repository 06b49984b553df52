package dashboards

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

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
