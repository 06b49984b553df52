package dashboards

import (
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/units"
)

// review shows one run from its first phase to its verdict.
func review() *builder {
	report := panelLink("Report of this run", "${reports}/${run}/report.html")
	b := board("pixelload-review", "pixelload: Run review", "pixelload_build_info",
		"One run of pixelload check: memory by phase beside the document's points, service, and the verdict.").
		Time("now-30m", "now").
		WithVariable(choose("run", "Run", `label_values(k6_pixeltales_phase_active, testid)`)).
		WithVariable(choose("variant", "Variant", `label_values(k6_pixeltales_phase_active{testid="$run"}, variant)`)).
		WithVariable(choose("data", "Data", `label_values(k6_pixeltales_phase_active{testid="$run"}, data)`)).
		WithVariable(choose("target", "Target", `label_values(pixelload_memory_unreclaimable_bytes{job=~"$job", instance=~"$instance"}, target)`).
			Multi(true).IncludeAll(true).AllValue(".+")).
		WithVariable(dashboard.NewTextBoxVariableBuilder("reports").Label("Reports at").
			Description("Where the folder runs/ is served, for the links to the reports.").
			DefaultValue(dashboard.StringOrMap{String: &reportsAt})).
		Annotation(mark("Phases", "blue", "{{phase}}",
			`timestamp(k6_pixeltales_phase{`+runIs+`, mark="phase"}) * 1000`)).
		Annotation(mark("Target starts", "orange", "{{target}} starts",
			ofTarget("pixelload_target_start_time_seconds")+" * 1000")).
		Annotation(mark("OOM kills", "red", "OOM kill in {{target}}",
			fmt.Sprintf("timestamp(changes(%s[1m]) > 0) * 1000", ofTarget("pixelload_oom_kills_total")))).
		Link(report).
		Link(panelLink("Containers now", "/d/pixelload-containers"))

	// The answer.
	b.WithPanel(panel{"Verdict", "What the run says of all its budgets together. Empty until the run is judged, and when a newer run of the same variant and data has taken its place.",
		units.Number, 4, 4, []query{
			{"verdict", ofRun("pixelload_verdict_status", `,check="all"`)},
		}}.figures().Mappings(verdictWords()).DataLinks(links(report)))
	b.WithPanel(panel{"Limit and budget", "The memory limit that the run was under, and how much of it the team allows.",
		units.BytesIEC, 6, 4, []query{
			{"limit", ofRun("pixelload_run_limit_bytes", "")},
			{"budget", ofRun("pixelload_run_budget_bytes", "")},
		}}.figures())
	b.WithPanel(panel{"Headroom at the highest level", "What the largest sample of any hold left of the limit. The budget is judged by the largest of the whole run, warm-ups too.",
		units.PercentUnit, 5, 4, []query{
			{"headroom", fmt.Sprintf("1 - max by (variant, data) %s / max by (variant, data) %s",
				ofRun("pixelload_level_bytes", `,stat="max"`), ofRun("pixelload_run_limit_bytes", ""))},
		}}.figures().Thresholds(headroomColors()))
	b.WithPanel(panel{"OOM kills", "Processes of the target that the kernel killed for want of memory, since the target started.",
		units.Number, 4, 4, []query{
			{"{{target}}", fmt.Sprintf("max by (target) (%s)", lastDuring(ofTarget("pixelload_oom_kills_total")))},
		}}.figures())
	b.WithPanel(panel{"Run began", "When the run began.",
		units.DatetimeISONotToday, 5, 4, []query{
			{"began", ofRun("pixelload_last_run_timestamp_seconds", "") + " * 1000"},
		}}.figures())

	// Memory.
	b.WithPanel(panel{"Memory by phase", "Unreclaimable memory of the target while each phase lasts, the document's points for that number of users, and the limit that is enforced.",
		units.BytesIEC, 16, 11, []query{
			{"{{target}}, {{phase}}", ofTarget("pixelload_memory_unreclaimable_bytes") + " * on () group_left (phase) " + phase},
			{"limit", during(ofTarget("pixelload_memory_limit_bytes"))},
			{"document {{claim}}, at least", claimsNow("low")},
			{"document {{claim}}, at most", claimsNow("high")},
		}}.lines().DataLinks(links(report)).
		OverrideByName("limit", []dashboard.DynamicConfigValue{{Id: "color", Value: map[string]string{"mode": "fixed", "fixedColor": "red"}}}).
		OverrideByRegexp("document.*", []dashboard.DynamicConfigValue{{Id: "custom.lineStyle", Value: map[string]any{"fill": "dash", "dash": []int{8, 8}}}}))
	b.WithPanel(panel{"Users against memory", "Unreclaimable memory at each number of users: the run's median, and what the document says.",
		units.BytesIEC, 8, 11, []query{
			{"measured, median", fmt.Sprintf("max by (users) %s", ofRun("pixelload_level_bytes", `,stat="median"`))},
			{"measured, largest", fmt.Sprintf("max by (users) %s", ofRun("pixelload_level_bytes", `,stat="max"`))},
			{"document", fmt.Sprintf(`max by (users) (pixelload_claim_bytes{%s,variant="$variant",claim=~"L.+",bound="high"})`, collectorIs)},
		}}.against("users"))
	b.WithPanel(panel{"Headroom", "What unreclaimable memory leaves of the limit. Below 15 % for ten minutes is an alert.",
		units.PercentUnit, 12, 8, []query{
			{"{{target}}", during(left)},
		}}.lines().Max(1).Thresholds(headroomColors()))
	b.WithPanel(panel{"OOM and restart marks", "Moments at which the kernel killed a process of the target, and at which the target began anew.",
		units.Number, 12, 8, []query{
			{"OOM kill, {{target}}", during(fmt.Sprintf("changes(%s[$__rate_interval])", ofTarget("pixelload_oom_kills_total")))},
			{"restart, {{target}}", during(fmt.Sprintf("changes(%s[$__rate_interval])", ofTarget("pixelload_restarts_total")))},
		}}.lines().DrawStyle(common.GraphDrawStyleBars).FillOpacity(80))

	// Service.
	b.WithPanel(panel{"Fan-out latency", "From sending a stroke to each other member's receipt, since the phase began.",
		units.Seconds, 12, 8, []query{
			{"p50, {{phase}}", fanout("p50")},
			{"p95, {{phase}}", fanout("p95")},
			{"p99, {{phase}}", fanout("p99")},
		}}.lines())
	b.WithPanel(panel{"Delivery", "Share of the strokes that reached the members who should get them, since the phase began.",
		units.PercentUnit, 12, 8, []query{
			{"{{phase}}", inPhase(fmt.Sprintf("sum by (phase) (%s) / sum by (phase) (%s)",
				ofUsers("k6_pixeltales_deliveries_received_total"), ofUsers("k6_pixeltales_deliveries_expected_total")))},
		}}.lines().Max(1))
	b.WithPanel(panel{"Request rates", "Requests of all users, by endpoint.",
		units.RequestsPerSecond, 12, 8, []query{
			{"{{name}}", fmt.Sprintf("sum by (name) (rate(%s[$__rate_interval]))", ofUsers("k6_http_reqs_total"))},
		}}.lines())
	b.WithPanel(panel{"Errors", "Share of the requests whose status was not an expected one, since the phase began.",
		units.PercentUnit, 12, 8, []query{
			{"{{phase}}", inPhase(fmt.Sprintf(`1 - sum by (phase) (k6_http_reqs_total{%s,expected_response="true"}) / sum by (phase) (%s)`,
				runIs, ofUsers("k6_http_reqs_total")))},
		}}.lines().Max(1))

	// The generator itself.
	b.WithPanel(panel{"Generator: processor", "Share of its processors that k6 uses. Near 100 % its own delays are measured, not the target's.",
		units.PercentUnit, 6, 7, []query{
			{"k6", inPhase("max by (phase) (" + ofUsers("k6_pixeltales_generator_cpu") + ")")},
		}}.lines().Max(1))
	b.WithPanel(panel{"Generator: lag", "How much later than planned users sent, 99th percentile since the phase began.",
		units.Seconds, 6, 7, []query{
			{"{{phase}}", inPhase("max by (phase) (" + ofUsers("k6_pixeltales_send_lag_p99") + ")")},
		}}.lines())
	b.WithPanel(panel{"Generator: users and sockets", "Users who are there, and their open sockets.",
		units.Number, 6, 7, []query{
			{"users", inPhase("max by (phase) (" + ofUsers("k6_pixeltales_users") + ")")},
			{"sockets", inPhase("max by (phase) (" + ofUsers("k6_pixeltales_sockets_open") + ")")},
		}}.lines())
	b.WithPanel(panel{"Generator: trouble", "What makes a run doubtful, counted since the phase began. k6 sends these only once they happened: empty is good.",
		units.Number, 6, 7, []query{
			{"receivers stalled, {{phase}}", inPhase("sum by (phase) (" + ofUsers("k6_pixeltales_stalled_receivers_total") + ")")},
			{"sockets lost, {{phase}}", inPhase("sum by (phase) (" + ofUsers("k6_pixeltales_sockets_lost_total") + ")")},
			{"visits failed, {{phase}}", inPhase("sum by (phase) (" + ofUsers("k6_pixeltales_visits_failed_total") + ")")},
		}}.lines().DrawStyle(common.GraphDrawStylePoints))

	// The tables.
	b.WithPanel(panel{"Verdict by check", "Each budget of the run, and all of them together.",
		units.Number, 8, 8, []query{
			{"verdict", fmt.Sprintf("max by (check) %s", ofRun("pixelload_verdict_status", ""))},
		}}.rows().Mappings(verdictWords()).DataLinks(links(report)))
	b.WithPanel(panel{"Levels", "Unreclaimable memory at each number of users. The interval needs three trials or more.",
		units.BytesIEC, 16, 8, []query{
			{"median", level("median")}, {"interval from", level("ci_low")}, {"interval to", level("ci_high")},
			{"p95", level("p95")}, {"largest", level("max")},
		}}.rows())
	b.WithPanel(panel{"Claims of the document", "What the document says of this variant, and what the newest run that speaks of it says.",
		units.BytesIEC, 24, 10, []query{
			{"verdict", fmt.Sprintf("max by (claim) (%s)", ofVariantsClaims("pixelload_claim_status", ""))},
			{"document, at least", claimed("low")},
			{"document, at most", claimed("high")},
			{"measured", fmt.Sprintf("max by (claim) (%s)", ofVariantsClaims("pixelload_claim_measured_bytes", `,stat="mean"`))},
		}}.rows().OverrideByName("verdict", []dashboard.DynamicConfigValue{
		{Id: "unit", Value: units.Number}, {Id: "mappings", Value: claimWords()},
	}))
	return b
}

// reportsAt is where the documentation serves the folder of runs.
var reportsAt = "http://127.0.0.1:9788"

// ofUsers is a series that k6 sent in the chosen run.
func ofUsers(name string) string { return fmt.Sprintf("%s{%s}", name, runIs) }

func fanout(stat string) string {
	return inPhase(fmt.Sprintf("max by (phase) (%s)", ofUsers("k6_pixeltales_fanout_latency_"+stat)))
}

func level(stat string) string {
	return fmt.Sprintf("max by (users) %s", ofRun("pixelload_level_bytes", fmt.Sprintf(",stat=%q", stat)))
}

// claimsNow are the document's levels for the users of the present phase.
func claimsNow(bound string) string {
	return fmt.Sprintf(`max by (claim, users) (pixelload_claim_bytes{%s,variant="$variant",claim=~"L.+",bound=%q}) and on (users) %s`,
		collectorIs, bound, phase)
}

func claimed(bound string) string {
	return fmt.Sprintf(`max by (claim) (pixelload_claim_bytes{%s,variant="$variant",bound=%q})`, collectorIs, bound)
}

// ofVariantsClaims keeps what runs say of the claims about the chosen variant.
func ofVariantsClaims(name, more string) string {
	return fmt.Sprintf(`%s{%s,data="$data"%s} and on (job, instance, claim) pixelload_claim_bytes{%s,variant="$variant"}`,
		name, collectorIs, more, collectorIs)
}
