package extension

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"go.k6.io/k6/v2/metrics"
)

var update = flag.Bool("update", false, "write the tables in scenarios/README.md anew")

// meanings say what each metric of the extension is; kind and unit are k6's.
var meanings = map[string]string{
	"pixeltales_phase_active":            "1 once a second while the phase lasts, 0 at its end; tag `users`",
	"pixeltales_users":                   "users there",
	"pixeltales_phase":                   "users of the phase that begins; tag `mark`: `phase` or `load_end`",
	"pixeltales_list_requests":           "public lists asked for, and not held back",
	"pixeltales_skipped_requests":        "calls left out because the target has no such endpoint, with `skipLacking`; tag `name`",
	"pixeltales_response_bytes":          "bytes of answers; tags `name`, `status`",
	"pixeltales_known_failures":          "failures the application is known for, in no other count of failures; tag `name`",
	"pixeltales_troubles":                "what was wrong with answers, handshakes and frames; tags `name`, `class`: `malformed`, `protocol`, `oversize`, `unauthorized`, `rejected`, `throttled`, `held_back`, `server_error`, `redirected`, `timeout`, `tls`, `connection`, `silent`",
	"pixeltales_visits":                  "visits that came to their end, in the phase that they began in",
	"pixeltales_visits_failed":           "visits that broke off: the user's token or password was refused, or the generator failed",
	"pixeltales_sockets_open":            "sockets open",
	"pixeltales_ws_connect_failed":       "handshakes that failed; tags `name`, `status` (HTTP status, `timeout`, `tls` or `connection`)",
	"pixeltales_sockets_lost":            "sockets closed by the server, or broken; tag `name`",
	"pixeltales_draws_sent":              "strokes sent",
	"pixeltales_deliveries_expected":     "deliveries decided: received and lost",
	"pixeltales_deliveries_received":     "of them received",
	"pixeltales_deliveries_lost":         "of them lost; tag `reason`: `late`, `left`, `closed` or `deaf`",
	"pixeltales_deliveries_duplicated":   "received again",
	"pixeltales_deliveries_out_of_order": "received after a later one of the same sender",
	"pixeltales_deaf_members":            "members who for 5 s got nothing of what others got",
	"pixeltales_delivery":                "1 for each delivery received, 0 for each lost; thinned above 100 a second and VU, whose rate stays exact",
	"pixeltales_fanout_latency":          "from sending a stroke to each other member's receipt; thinned above 100 a second and VU",
	"pixeltales_send_lag":                "how much later than scheduled a stroke or list was sent",
	"pixeltales_stalled_receivers":       "sockets whose reader left bytes in the kernel's buffer for 2 s, undeclared; once a socket and phase; Linux only",
	"pixeltales_generator_cpu":           "share of the CPUs it may use that this k6 uses, 0 to 1",
	"pixeltales_memory":                  "unreclaimable memory of the target, 10 times a second (once for `pid:`)",
	"pixeltales_memory_current":          "the same, for dashboards",
	"pixeltales_memory_samples":          "readings",
	"pixeltales_memory_errors":           "readings that failed or are missing",
}

// The README's table of metrics is the code's.
func TestMetricTable(t *testing.T) {
	t.Parallel()
	registry := metrics.NewRegistry()
	newMetrics(registry)
	var rows []string
	for _, m := range registry.All() {
		meaning := meanings[m.Name]
		if meaning == "" {
			t.Errorf("%s has no meaning in this test's table", m.Name)
		}
		rows = append(rows, fmt.Sprintf("| `%s` | %s | %s |\n", m.Name, kindOfMetric(m), meaning))
	}
	sort.Strings(rows)
	if len(rows) != len(meanings) {
		t.Errorf("%d metrics, %d meanings: one is not there any more", len(rows), len(meanings))
	}
	checkTable(t, "metrics", "| metric | kind | meaning |\n|---|---|---|\n"+strings.Join(rows, ""))
}

func kindOfMetric(m *metrics.Metric) string {
	kinds := map[metrics.MetricType]string{metrics.Counter: "Counter", metrics.Gauge: "Gauge", metrics.Rate: "Rate", metrics.Trend: "Trend"}
	units := map[metrics.ValueType]string{metrics.Time: ", ms", metrics.Data: ", bytes"}
	return kinds[m.Type] + units[m.Contains]
}

// checkTable compares the part of the README between its marks.
func checkTable(t *testing.T, name, want string) {
	t.Helper()
	file := filepath.Join("..", "scenarios", "README.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(text), "<!-- "+name+" -->\n")
	got, after, ends := strings.Cut(rest, "<!-- /"+name+" -->")
	switch {
	case !begins || !ends:
		t.Fatalf("%s has no marks for %s", file, name)
	case got == want:
	case !*update:
		t.Errorf("%s: the table of %s is not the code's; run go test ./extension -run TestMetricTable -update", file, name)
	default:
		text := before + "<!-- " + name + " -->\n" + want + "<!-- /" + name + " -->" + after
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil { //nolint:gosec // a document
			t.Fatal(err)
		}
	}
}
