package dashboards

import (
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/units"
)

// The history's queries. The collector serves all runs at each scrape, each figure
// with the run it is of, and a query places them at the time that their run began:
// what was imported yesterday is drawn where it was measured last year. The scrape
// that counts is the newest one of the shown time, up to one step beyond its end,
// since Grafana cuts the end down to whole steps; a collector may be down for a day.
const (
	pastIs   = collectorIs + `,variant=~"$variant",data=~"$data"`
	lookBack = `[1d] @ end() offset -$__interval`
	// runBegan keeps the runs that began within the step.
	runBegan = `(last_over_time(pixelload_history_run_timestamp_seconds{` + collectorIs + `}` + lookBack +
		`) > time() - $__interval_ms / 1000 <= time())`
	ofFigure = `series, metric, variant, data`
)

// nights draws a figure at each run. Of runs within one step it is the highest.
func nights(name, more string) string {
	return fmt.Sprintf(`max by (%s) (last_over_time(%s{%s%s}%s) and on (job, instance, run, began) %s)`,
		ofFigure, name, pastIs, more, lookBack, runBegan)
}

// always draws what is the same at all runs.
func always(name, more string) string {
	return fmt.Sprintf(`max by (%s) (last_over_time(%s{%s%s}%s))`, ofFigure, name, pastIs, more, lookBack)
}

// outcomes draws verdicts: 1, 0 or -1. Of runs within one step it is the lowest.
func outcomes(by, more string) string {
	return fmt.Sprintf(`min by (%s) (last_over_time(pixelload_history_outcome{%s%s}%s) and on (job, instance, run, began) %s)`,
		by, pastIs, more, lookBack, runBegan)
}

// listed is a column of a table: the last that is known.
func listed(by, name, more string) string {
	return fmt.Sprintf(`max by (%s) (last_over_time(%s{%s%s}[1d]))`, by, name, pastIs, more)
}

// nightly shows all runs by date and commit.
func nightly() *builder {
	const figure = `,metric=~"$figure"`
	b := board("pixelload-nightly", "pixelload: Nightly history", "pixelload_history_up",
		"Every run that was recorded: each claim's and budget's figure by commit and date, the verdicts, and where a figure changed its level.").
		Time("now-90d", "now").
		WithVariable(choose("variant", "Variant", `label_values(pixelload_history_series_info{job=~"$job", instance=~"$instance"}, variant)`).
			Multi(true).IncludeAll(true).AllValue(".*")).
		WithVariable(choose("data", "Data", `label_values(pixelload_history_series_info{job=~"$job", instance=~"$instance"}, data)`).
			Multi(true).IncludeAll(true).AllValue(".*")).
		WithVariable(choose("figure", "Figure", `label_values(pixelload_history_series_info{job=~"$job", instance=~"$instance"}, metric)`).
			Multi(true).IncludeAll(true).AllValue(".*")).
		Annotation(mark("Changes", "purple", "{{metric}} changed at {{ref}}, {{variant}}, {{data}}",
			fmt.Sprintf("pixelload_history_change_timestamp_seconds{%s%s} * 1000", pastIs, figure))).
		Link(panelLink("Run review", "/d/pixelload-review"))

	b.WithPanel(panel{"History", "Whether the collector could read the history's file.",
		units.Number, 4, 4, []query{
			{"{{instance}}", fmt.Sprintf("last_over_time(pixelload_history_up{%s}[1d])", collectorIs)},
		}}.figures().Mappings(words(map[string][2]string{"1": {"read", "green"}, "0": {"cannot be read", "red"}})))
	b.WithPanel(panel{"Runs", "How many runs are shown: the newest hundred of the history.",
		units.Number, 4, 4, []query{
			{"runs", fmt.Sprintf("count(last_over_time(pixelload_history_run_timestamp_seconds{%s}[1d]))", collectorIs)},
		}}.figures())
	b.WithPanel(panel{"Newest run", "When the newest run began.",
		units.DatetimeISONotToday, 8, 4, []query{
			{"began", fmt.Sprintf("max(last_over_time(pixelload_history_run_timestamp_seconds{%s}[1d])) * 1000", collectorIs)},
		}}.figures())
	b.WithPanel(panel{"Changes", "How many figures changed their level at some run. Empty: none did, or there are too few runs to tell; `pixelload history show` says which.",
		units.Number, 8, 4, []query{
			{"changes", fmt.Sprintf("count(last_over_time(pixelload_history_change_timestamp_seconds{%s}[1d]))", pastIs)},
		}}.figures())
	b.WithPanel(panel{"Verdict timeline", "How each run ended, from its begin to the next run.",
		units.Number, 24, 6, []query{
			{"{{variant}}, {{data}}", outcomes("variant, data", `,metric="verdict"`)},
		}}.timeline().Mappings(verdictWords()))

	b.WithPanel(panel{"Largest U and budget", "The largest unreclaimable memory of each run, and what the team allows.",
		units.BytesIEC, 12, 10, []query{
			{"{{variant}}, {{data}}, {{series}}", nights("pixelload_history_bytes", `,metric=~"budget:.+",stat="value"`)},
			{"budget of {{variant}}, {{data}}, {{series}}", always("pixelload_history_says_bytes", `,metric=~"budget:.+",bound="high"`)},
		}}.points().OverrideByRegexp("budget of.*", dashed()))
	b.WithPanel(panel{"Levels", "Unreclaimable memory at each number of users, with the 95 % interval of runs of several trials.",
		units.BytesIEC, 12, 10, []query{
			{"{{metric}}, {{variant}}, {{data}}, {{series}}", nights("pixelload_history_bytes", `,metric=~"level:.+",stat="value"`)},
			{"{{metric}}, {{series}}, from", nights("pixelload_history_bytes", `,metric=~"level:.+",stat="ci_low"`)},
			{"{{metric}}, {{series}}, to", nights("pixelload_history_bytes", `,metric=~"level:.+",stat="ci_high"`)},
		}}.points().OverrideByRegexp(".*, (from|to)", dashed()))
	b.WithPanel(panel{"Claims in bytes", "What was measured of each claim, and what the document says.",
		units.BytesIEC, 24, 11, []query{
			{"{{metric}}, {{data}}, {{series}}", nights("pixelload_history_bytes", `,metric=~"claim:.+",stat="value"`+figure)},
			{"document {{metric}}, at least", always("pixelload_history_says_bytes", `,metric=~"claim:.+",bound="low"`+figure)},
			{"document {{metric}}, at most", always("pixelload_history_says_bytes", `,metric=~"claim:.+",bound="high"`+figure)},
		}}.points().OverrideByRegexp("document.*", dashed()))
	b.WithPanel(panel{"Verdicts of claims and budgets", "What each run says of each claim and budget, from its begin to the next run.",
		units.Number, 24, 11, []query{
			{"{{metric}}, {{data}}, {{series}}", outcomes("series, metric, data", `,metric=~"(claim|budget):.+"`+figure)},
		}}.timeline().Mappings(words(map[string][2]string{
		"1": {"confirmed, pass", "green"}, "0": {"refuted, fail", "red"}, "-1": {"cannot tell", "orange"},
	})))

	b.WithPanel(panel{"Shares", "Claims that are shares of trials, the share of strokes delivered, and that of failed requests.",
		units.PercentUnit, 12, 8, []query{
			{"{{metric}}, {{variant}}, {{data}}, {{series}}", nights("pixelload_history_ratio", `,stat="value"`+figure)},
		}}.points())
	b.WithPanel(panel{"Users that fit", "Claims that are numbers of users: the most that memory held.",
		units.Number, 6, 8, []query{
			{"{{metric}}, {{data}}, {{series}}", nights("pixelload_history_users", `,stat="value"`+figure)},
		}}.points())
	b.WithPanel(panel{"Fan-out latency", "99th percentile of the time from a stroke's sending to its arrival.",
		units.Seconds, 6, 8, []query{
			{"{{metric}}, {{variant}}, {{data}}", nights("pixelload_history_seconds", `,metric=~"fanout_p99:.+",stat="value"`)},
		}}.points())

	const ofPoint = `began, ref, metric, variant, data, series`
	b.WithPanel(panel{"Changes by commit", "Where a figure changed its level, and by how much: the first run at the new level and its commit.",
		units.BytesIEC, 12, 9, []query{
			{"by", listed(ofPoint, "pixelload_history_change_bytes", figure)},
		}}.rows())
	b.WithPanel(panel{"Runs by commit", "Each run, its commit and its verdict.",
		units.Number, 12, 9, []query{
			{"verdict", listed("began, ref, run, variant, data", "pixelload_history_outcome", `,metric="verdict"`)},
		}}.rows().Mappings(verdictWords()))
	b.WithPanel(panel{"Figures by commit", "Each figure in bytes of each run. The interval needs two trials.",
		units.BytesIEC, 24, 12, []query{
			{"value", listed(ofPoint, "pixelload_history_bytes", `,stat="value"`+figure)},
			{"interval from", listed(ofPoint, "pixelload_history_bytes", `,stat="ci_low"`+figure)},
			{"interval to", listed(ofPoint, "pixelload_history_bytes", `,stat="ci_high"`+figure)},
		}}.rows())
	b.WithPanel(panel{"Trials", "Of how many trials each figure is.",
		units.Number, 12, 9, []query{
			{"trials", listed(ofPoint, "pixelload_history_trials", figure)},
		}}.rows())
	b.WithPanel(panel{"Series", "What figures of one series have in common. Those of two series are never compared.",
		units.Number, 12, 9, []query{
			{"is", listed("series, metric, variant, data, under, kind, target, tool", "pixelload_history_series_info", figure)},
		}}.rows())
	return b
}

// dashed is the style of what is no measurement of its own.
func dashed() []dashboard.DynamicConfigValue {
	return []dashboard.DynamicConfigValue{
		{Id: "custom.lineStyle", Value: map[string]any{"fill": "dash", "dash": []int{8, 8}}},
		{Id: "custom.showPoints", Value: common.VisibilityModeNever},
	}
}
