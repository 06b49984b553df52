package dashboards

import "fmt"

// What the queries of both dashboards choose by. Series that k6 sends carry no
// job and no instance: the run's id is theirs.
const (
	collectorIs = `job=~"$job",instance=~"$instance"`
	targetIs    = collectorIs + `,target=~"$target"`
	variantIs   = collectorIs + `,variant="$variant",data="$data"`
	runIs       = `testid="$run"`
)

// phase is 1 while a phase of the run lasts, one series at a time.
const phase = `(k6_pixeltales_phase_active{` + runIs + `} == 1)`

// ofTarget is a series of the collector about what it watches.
func ofTarget(name string) string { return fmt.Sprintf("%s{%s}", name, targetIs) }

// during keeps of expr what was there while the run lasted.
func during(expr string) string { return expr + " and on () " + phase }

// inPhase keeps of expr, which has the label phase, the phase of the moment.
// k6 sends a statistic only when it changes and Prometheus looks back for five
// minutes: without this the phases before would seem to go on.
func inPhase(expr string) string { return expr + " and on (phase) " + phase }

// ofRun keeps the stored verdict's series while the chosen run is the newest.
func ofRun(name, more string) string {
	return fmt.Sprintf(`(%s{%s%s} and on (job, instance, variant, data) pixelload_run_info{%s,run="$run"})`,
		name, variantIs, more, collectorIs)
}

// left is the share of the limit that U leaves.
var left = fmt.Sprintf("1 - %s / %s", ofTarget("pixelload_memory_unreclaimable_bytes"), ofTarget("pixelload_memory_limit_bytes"))

// lastDuring is the last value that expr had while the run lasted, for panels
// that print one figure when the run is over already.
func lastDuring(expr string) string {
	return fmt.Sprintf("last_over_time((%s)[$__range:$__interval])", during(expr))
}
