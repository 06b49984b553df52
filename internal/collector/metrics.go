package collector

import "github.com/prometheus/client_golang/prometheus"

const namespace = "pixelload"

// A metric is one name that the collector may send, and what its values mean.
type metric struct {
	name   string
	help   string
	kind   prometheus.ValueType
	labels []string
	desc   *prometheus.Desc
}

// metrics are all but the history's, and pastMetrics those, in the order of the
// documentation.
var metrics, pastMetrics []*metric

func define(list *[]*metric, kind prometheus.ValueType, name, help string, labels ...string) *metric {
	m := &metric{name: namespace + "_" + name, help: help, kind: kind, labels: labels}
	m.desc = prometheus.NewDesc(m.name, help, labels, nil)
	*list = append(*list, m)
	return m
}

func gauge(name, help string, labels ...string) *metric {
	return define(&metrics, prometheus.GaugeValue, name, help, labels...)
}

func counter(name, help string, labels ...string) *metric {
	return define(&metrics, prometheus.CounterValue, name, help, labels...)
}

// The memory of what is watched now. A figure that the source cannot know has
// no series.
var (
	unreclaimable = gauge("memory_unreclaimable_bytes", "Memory that the kernel cannot take back: U, what is compared with the limit.", "target", "source")
	workingSet    = gauge("memory_working_set_bytes", "Usage less inactive file pages, as docker stats and the kubelet print it.", "target", "source")
	usage         = gauge("memory_usage_bytes", "All memory that is charged; the sum of PSS for a process tree.", "target", "source")
	anon          = gauge("memory_anon_bytes", "Anonymous memory.", "target", "source")
	file          = gauge("memory_file_bytes", "Page cache, shared memory included.", "target", "source")
	kernel        = gauge("memory_kernel_bytes", "Memory of the kernel's own.", "target", "source")
	sock          = gauge("memory_sock_bytes", "Socket buffers; cgroup v1 keeps them outside usage.", "target", "source")
	shmem         = gauge("memory_shmem_bytes", "Shared memory.", "target", "source")
	swap          = gauge("memory_swap_bytes", "Swapped out memory.", "target", "source")
	peak          = gauge("memory_peak_bytes", "Highest usage by the kernel's own count: it holds page cache and is clipped at the limit.", "target", "source")
	limit         = gauge("memory_limit_bytes", "Smallest memory limit of the target and of what it is in.", "target", "source")
	pressure      = gauge("memory_pressure_ratio", "Share of the last ten seconds in which some or all processes stood still for want of memory.", "target", "source", "kind")

	oomKills  = counter("oom_kills_total", "Processes that the kernel killed for want of memory.", "target", "source")
	restarts  = counter("restarts_total", "New lives of the target that the collector has seen: restarts and replacements.", "target", "source")
	startTime = gauge("target_start_time_seconds", "When the target's present life began, in Unix time.", "target", "source")

	sourceUp       = gauge("source_up", "1 if the source was read for this scrape, 0 if not: then its figures are absent.", "target", "source")
	sourceDuration = gauge("source_scrape_duration_seconds", "How long this scrape waited for the source.", "target", "source")
)

// The newest stored run of each variant and data profile.
var (
	lastRun   = gauge("last_run_timestamp_seconds", "When the newest run began, in Unix time.", "variant", "data")
	runInfo   = gauge("run_info", "The newest run; always 1.", "run", "variant", "data", "target", "ref", "tool")
	verdicts  = gauge("verdict_status", "What the newest run says: 1 pass, 0 fail, -1 cannot tell. The check \"all\" is the whole run.", "variant", "data", "check")
	runLimit  = gauge("run_limit_bytes", "Memory limit that the newest run was under; the largest where it had several.", "variant", "data")
	runBudget = gauge("run_budget_bytes", "Memory that the newest run was allowed; the largest where it had several.", "variant", "data")

	levels       = gauge("level_bytes", "Unreclaimable memory while that many users were there: median with its 95 % interval, 95th percentile, largest sample.", "variant", "data", "users", "stat")
	levelDeliver = gauge("level_delivery_ratio", "Share of the strokes that arrived at that many users.", "variant", "data", "users")
	levelFanout  = gauge("level_fanout_p99_seconds", "99th percentile of the time from a stroke's sending to its arrival.", "variant", "data", "users")
	levelErrors  = gauge("level_error_ratio", "Share of the requests and sockets that failed.", "variant", "data", "users")
)

// The document's claims and what the stored runs say of them.
var (
	claimed        = gauge("claim_bytes", "What the document says. A claim of one figure has both bounds equal.", "claim", "variant", "users", "bound")
	claimMeasured  = gauge("claim_measured_bytes", "What the newest run that speaks of the claim measured: mean over its trials with a 95 % interval.", "claim", "data", "stat")
	claimStatus    = gauge("claim_status", "What the newest run that speaks of the claim says: 1 confirmed, 0 refuted, -1 inconclusive, -2 not measured.", "claim", "data")
	claimConfirmed = gauge("claim_last_confirmed_bytes", "What the newest run that confirmed the claim measured.", "claim", "data")
)

var buildInfo = gauge("build_info", "The collector itself; always 1.", "version", "goversion")

func ofPast(name, help string, labels ...string) *metric {
	return define(&pastMetrics, prometheus.GaugeValue, "history_"+name, help, labels...)
}

// point are the labels of a figure of the history: its series, what it is of, and
// of which run and commit.
func point(more ...string) []string {
	return append([]string{"series", "metric", "variant", "data", "run", "began", "ref"}, more...)
}

// The history of all runs, at its own path: a series for each figure of each run.
var (
	pastUp          = ofPast("up", "1 if the history was read for this scrape, 0 if not: then all else is absent.")
	pastRun         = ofPast("run_timestamp_seconds", "When a recorded run began, in Unix time.", "run", "began", "ref")
	pastSeriesInfo  = ofPast("series_info", "Figures that may be compared, and how they were measured; always 1.", "series", "metric", "variant", "data", "under", "kind", "target", "tool")
	pastBytes       = ofPast("bytes", "A figure of a run in bytes: its value and its 95 % interval.", point("stat")...)
	pastRatio       = ofPast("ratio", "A figure of a run that is a share.", point("stat")...)
	pastSeconds     = ofPast("seconds", "A figure of a run that is a duration, or a difference of two.", point("stat")...)
	pastUsers       = ofPast("users", "A figure of a run that is a number of users.", point("stat")...)
	pastTrials      = ofPast("trials", "How many trials the figure is of.", point()...)
	pastOutcome     = ofPast("outcome", "What a run says of a claim or a budget, and of all (metric \"verdict\"): 1 confirmed or pass, 0 refuted or fail, -1 cannot tell.", point()...)
	pastSays        = ofPast("says_bytes", "What the document says, or the budget, in the newest run of the series.", "series", "metric", "variant", "data", "bound")
	pastChange      = ofPast("change_timestamp_seconds", "When the first run at a series' new level began, in Unix time.", point()...)
	pastChangeBytes = ofPast("change_bytes", "By how much the level of a series changed there; below 0 where it fell.", point()...)
)
