package dashboards

import (
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/units"
)

// containers shows what the collector watches now, whether a run is on or not.
func containers() *builder {
	b := board("pixelload-containers", "pixelload: Containers now", "pixelload_build_info",
		"Memory of every container and process that the collector watches.").
		Time("now-1h", "now").Refresh("10s").
		WithVariable(choose("target", "Target", `label_values(pixelload_source_up{job=~"$job", instance=~"$instance"}, target)`).
			Multi(true).IncludeAll(true).AllValue(".+")).
		Annotation(mark("Target starts", "orange", "{{target}} starts",
			ofTarget("pixelload_target_start_time_seconds")+" * 1000")).
		Annotation(mark("OOM kills", "red", "OOM kill in {{target}}",
			fmt.Sprintf("timestamp(changes(%s[1m]) > 0) * 1000", ofTarget("pixelload_oom_kills_total")))).
		Link(panelLink("Run review", "/d/pixelload-review"))

	b.WithPanel(panel{"Sources", "Whether each source could be read. A dead one takes only its own series away.",
		units.Number, 8, 6, []query{
			{"{{target}}, {{source}}", ofTarget("pixelload_source_up")},
		}}.figures().Mappings(words(map[string][2]string{"1": {"up", "green"}, "0": {"down", "red"}})))
	b.WithPanel(panel{"Headroom now", "What unreclaimable memory leaves of the limit. Red below 15 %.",
		units.PercentUnit, 8, 6, []query{
			{"{{target}}", left},
		}}.figures().Thresholds(headroomColors()))
	b.WithPanel(panel{"Time since the start", "How long the present life of each target lasts.",
		units.Seconds, 8, 6, []query{
			{"{{target}}", "time() - " + ofTarget("pixelload_target_start_time_seconds")},
		}}.figures())

	b.WithPanel(panel{"Unreclaimable memory and limit", "Memory that the kernel cannot take back, which is what fits or does not, and the limit.",
		units.BytesIEC, 12, 9, []query{
			{"{{target}}", ofTarget("pixelload_memory_unreclaimable_bytes")},
			{"limit of {{target}}", ofTarget("pixelload_memory_limit_bytes")},
		}}.lines())
	b.WithPanel(panel{"Usage, working set and peak", "All that is charged, the same less inactive file pages, and the kernel's highest count. All three hold page cache.",
		units.BytesIEC, 12, 9, []query{
			{"usage of {{target}}", ofTarget("pixelload_memory_usage_bytes")},
			{"working set of {{target}}", ofTarget("pixelload_memory_working_set_bytes")},
			{"peak of {{target}}", ofTarget("pixelload_memory_peak_bytes")},
		}}.lines())
	b.WithPanel(panel{"What it is made of", "Kinds of memory, as far as the source knows them. File holds shared memory too.",
		units.BytesIEC, 12, 9, []query{
			{"anonymous, {{target}}", ofTarget("pixelload_memory_anon_bytes")},
			{"file, {{target}}", ofTarget("pixelload_memory_file_bytes")},
			{"kernel, {{target}}", ofTarget("pixelload_memory_kernel_bytes")},
			{"sockets, {{target}}", ofTarget("pixelload_memory_sock_bytes")},
			{"shared, {{target}}", ofTarget("pixelload_memory_shmem_bytes")},
			{"swapped out, {{target}}", ofTarget("pixelload_memory_swap_bytes")},
		}}.lines())
	b.WithPanel(panel{"Headroom", "What unreclaimable memory leaves of the limit.",
		units.PercentUnit, 12, 9, []query{
			{"{{target}}", left},
		}}.lines().Max(1))
	b.WithPanel(panel{"OOM and restart marks", "Moments at which the kernel killed a process of the target, and at which the target began anew.",
		units.Number, 12, 7, []query{
			{"OOM kill, {{target}}", fmt.Sprintf("changes(%s[$__rate_interval])", ofTarget("pixelload_oom_kills_total"))},
			{"restart, {{target}}", fmt.Sprintf("changes(%s[$__rate_interval])", ofTarget("pixelload_restarts_total"))},
		}}.lines().DrawStyle(common.GraphDrawStyleBars).FillOpacity(80))
	b.WithPanel(panel{"Memory pressure", "Share of the last ten seconds in which some or all processes stood still for want of memory. Only where the kernel tells: cgroup v2.",
		units.PercentUnit, 6, 7, []query{
			{"{{kind}}, {{target}}", ofTarget("pixelload_memory_pressure_ratio")},
		}}.lines())
	b.WithPanel(panel{"Time to read", "How long each scrape waited for the source.",
		units.Seconds, 6, 7, []query{
			{"{{target}}", ofTarget("pixelload_source_scrape_duration_seconds")},
		}}.lines())
	return b
}
