package collector

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

var update = flag.Bool("update", false, "write the table of series in docs/collector.md anew")

// TestDocumented: the table in docs/collector.md is the code's.
func TestDocumented(t *testing.T) {
	const path, begin, end = "../../docs/collector.md", "<!-- series -->\n", "<!-- /series -->"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(data), begin)
	got, after, ends := strings.Cut(rest, end)
	if !begins || !ends {
		t.Fatalf("%s has no marks for the table", path)
	}
	want := table()
	if *update {
		if err := os.WriteFile(path, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if got != want {
		t.Errorf("%s is not the code's: run go test ./internal/collector -run TestDocumented -update", path)
	}
}

func table() string {
	var b strings.Builder
	b.WriteString("| series | kind | unit | labels | value |\n|---|---|---|---|---|\n")
	for _, m := range slices.Concat(metrics, pastMetrics) {
		kind := "gauge"
		if m.kind == prometheus.CounterValue {
			kind = "counter"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", m.name, kind, m.unit(), "`"+strings.Join(m.labels, "`, `")+"`", m.help)
	}
	return b.String()
}

// unit is the unit of the values, which the name ends with.
func (m *metric) unit() string {
	name := strings.TrimSuffix(m.name, "_total")
	for _, u := range []string{"bytes", "seconds", "ratio"} {
		if strings.HasSuffix(name, "_"+u) {
			return u
		}
	}
	if name != m.name {
		return "count"
	}
	return ""
}
