package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/verdict"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// deliveryRows say whether the service was kept, and by a generator in health.
func deliveryRows(v *verdict.Verdict) []row {
	var rows []row
	for _, l := range v.Levels {
		if l.DeliveryRatio == nil {
			continue
		}
		r := row{
			check:    "delivery, " + verdict.Crowd(l.Users) + several(v, l.Variant, l.Data),
			measured: fmt.Sprintf("%.1f %%", 100**l.DeliveryRatio),
			mark:     good, verdict: "99 % or more",
		}
		if l.FanoutP99 != nil {
			r.measured += fmt.Sprintf(", p99 %.0f ms", 1000**l.FanoutP99)
		}
		if *l.DeliveryRatio < 0.99 {
			r.mark, r.verdict = unknown, "under 99 %"
		}
		rows = append(rows, r)
	}
	return append(append(rows, troubleRows(v)...), generatorRows(v)...)
}

// troubleRows say what went wrong, where something did.
func troubleRows(v *verdict.Verdict) []row {
	var troubles, lost map[string]int
	for _, l := range v.Levels {
		troubles, lost = run.Sum(troubles, l.Troubles), run.Sum(lost, l.LostStrokes)
	}
	var rows []row
	if len(troubles) > 0 {
		rows = append(rows, row{check: "troubles", measured: verdict.Counts(troubles)})
	}
	if len(lost) > 0 {
		rows = append(rows, row{check: "strokes lost", measured: verdict.Counts(lost)})
	}
	return rows
}

// generatorRows say whether the users came when they should.
func generatorRows(v *verdict.Verdict) []row {
	var lag float64
	known := false
	for _, l := range v.Levels {
		if l.SendLagP99 != nil {
			lag, known = max(lag, *l.SendLagP99), true
		}
	}
	if !known {
		return nil
	}
	r := row{check: "generator", measured: fmt.Sprintf("lag p99 %.0f ms", 1000*lag), mark: good, verdict: "on time and reading"}
	for _, t := range v.Trials {
		if t.Unhealthy {
			r.mark, r.verdict = unknown, "not healthy: the numbers cannot be trusted"
		}
	}
	return []row{r}
}

// listRow counts the requests in which memory's sawtooth is counted.
func listRow(v *verdict.Verdict) []row {
	var parts []string
	sum := 0
	for _, l := range v.Levels {
		if l.ListRequests != nil && l.Users > 0 {
			sum += *l.ListRequests
			parts = append(parts, fmt.Sprintf("%d at %s", *l.ListRequests, verdict.Crowd(l.Users)))
		}
	}
	switch {
	case len(parts) == 0:
		return nil
	case len(parts) > 3:
		parts = []string{fmt.Sprintf("%d in all holds", sum)}
	}
	r := row{check: "list requests", measured: strings.Join(parts, ", ")}
	if slices.ContainsFunc(v.Trials, func(t verdict.Trial) bool { return t.Outcome != run.Complete }) {
		return []row{r}
	}
	r.mark, r.verdict = good, "levels settled"
	if slices.ContainsFunc(v.Levels, func(l verdict.Level) bool { return !l.Steady }) {
		r.mark, r.verdict = unknown, "levels not settled: hold longer"
	}
	return []row{r}
}
