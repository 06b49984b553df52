package dashboards

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var dumpTo = flag.String("dump", "", "folder to write what each panel drew in the proof's run to")

// mostRows is how many series of one query are written.
const mostRows = 6

// dump writes what each panel drew: its queries' series and their last values.
func (p *proof) dump(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for uid, b := range p.mine(t) {
		var page strings.Builder
		fmt.Fprintf(&page, "# %s\n\nWhat a real Prometheus answered to each panel's queries %s\nOf a line over time it is the last value of each series.\n", b.Title, p.about)
		for _, panel := range b.Panels {
			fmt.Fprintf(&page, "\n## %s\n\n| query | series | value |\n|---|---|---|\n", panel.Title)
			for _, target := range panel.Targets {
				found, err := p.draw(uid, p.fill(uid, target.Expr), target.Instant)
				if err != nil {
					t.Fatal(err)
				}
				writeRows(&page, target, panel.unit(target), found)
			}
		}
		name := filepath.Join(dir, strings.TrimPrefix(uid, "pixelload-")+".md")
		if err := os.WriteFile(name, []byte(page.String()), 0o644); err != nil { //nolint:gosec // a document
			t.Fatal(err)
		}
	}
}

func writeRows(page *strings.Builder, target targetJSON, unit string, found []series) {
	if len(found) == 0 {
		fmt.Fprintf(page, "| %s | | none: %s |\n", target.LegendFormat, whyEmpty(target.Expr))
	}
	for i, s := range found {
		if i == mostRows {
			fmt.Fprintf(page, "| %s | and %d more | |\n", target.LegendFormat, len(found)-i)
			return
		}
		fmt.Fprintf(page, "| %s | %s | %s |\n", target.LegendFormat, labelsOf(s), printed(s.values[len(s.values)-1], unit))
	}
}

// labelsOf leaves out what is the same everywhere.
func labelsOf(s series) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(s.labels)) {
		if !slices.Contains([]string{"__name__", "job", "instance", "source", "testid", "scenario"}, name) {
			pairs = append(pairs, name+"="+s.labels[name])
		}
	}
	return strings.Join(pairs, " ")
}

func printed(v float64, unit string) string {
	switch unit {
	case "bytes":
		return fmt.Sprintf("%.1f MiB", v/(1<<20))
	case "percentunit":
		return fmt.Sprintf("%.1f %%", v*100)
	case "s":
		return fmt.Sprintf("%.4g s", v)
	case "reqps":
		return fmt.Sprintf("%.2f requests/s", v)
	case "dateTimeAsIsoNoDateIfToday":
		return time.UnixMilli(int64(v)).UTC().Format(time.DateTime)
	}
	return fmt.Sprintf("%g", v)
}
