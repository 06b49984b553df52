// Package dashboards makes Grafana's dashboards and its copy of the alert
// rules. What it makes is committed under grafana/; a test holds the two equal
// and `go test ./dashboards -update` writes them anew.
//
// Its opinion: a panel draws what Prometheus has and nothing else. What was not
// measured leaves a gap: no query turns a missing series into zero.
package dashboards

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// Files returns the files of folder grafana by their paths within it. The
// alert rules are made from Prometheus' own file of them.
func Files(alerts []byte) (map[string][]byte, error) {
	files := map[string][]byte{}
	for path, board := range map[string]*builder{
		"dashboards/review.json":     review(),
		"dashboards/containers.json": containers(),
		"dashboards/nightly.json":    nightly(),
	} {
		built, err := board.Build()
		if err != nil {
			return nil, fmt.Errorf("building %s: %w", path, err)
		}
		var text bytes.Buffer
		enc := json.NewEncoder(&text)
		enc.SetEscapeHTML(false) // queries stay readable
		enc.SetIndent("", "  ")
		if err := enc.Encode(built); err != nil {
			return nil, fmt.Errorf("encoding %s: %w", path, err)
		}
		files[path] = text.Bytes()
	}
	rules, err := alerting(alerts)
	if err != nil {
		return nil, err
	}
	files["provisioning/alerting/pixelload.yaml"] = rules
	return files, nil
}

// builder is that of the classic form, which provisioning from files takes: a
// Grafana that has a newer one converts it.
type builder = dashboard.DashboardBuilder //nolint:staticcheck // see above

// board begins a dashboard that nobody edits in place, of the collectors that
// send the series. A uid never changes: Grafana would not follow it.
func board(uid, title, series, text string) *builder {
	return dashboard.NewDashboardBuilder(title). //nolint:staticcheck // the classic form
							Uid(uid).Description(text).Tags([]string{"pixelload"}).
							Readonly().Tooltip(dashboard.DashboardCursorSyncCrosshair).
							Timezone("browser").
							WithVariable(dashboard.NewDatasourceVariableBuilder("datasource").
								Label("Prometheus").Type("prometheus")).
							WithVariable(choose("job", "Job", `label_values(`+series+`, job)`).
								Multi(true).IncludeAll(true).AllValue(".+")).
							WithVariable(choose("instance", "Collector", `label_values(`+series+`{job=~"$job"}, instance)`).
								Multi(true).IncludeAll(true).AllValue(".+"))
}

// choose is a variable whose values Prometheus knows in the shown time.
func choose(name, label, query string) *dashboard.QueryVariableBuilder {
	return dashboard.NewQueryVariableBuilder(name).Label(label).
		Query(dashboard.StringOrMap{String: &query}).Datasource(source()).
		Refresh(dashboard.VariableRefreshOnTimeRangeChanged).
		Sort(dashboard.VariableSortNaturalDesc)
}

// mark draws a line where expr has a value, which is the moment in Unix
// milliseconds.
func mark(name, color, title, expr string) *dashboard.AnnotationQueryBuilder {
	return dashboard.NewAnnotationQueryBuilder().Name(name).Datasource(source()).
		Enable(true).IconColor(color).
		Expr(expr).TitleFormat(title).Step("15s").UseValueForTime(true)
}

func panelLink(title, url string) *dashboard.DashboardLinkBuilder {
	return dashboard.NewDashboardLinkBuilder(title).Type(dashboard.DashboardLinkTypeLink).Url(url).TargetBlank(true)
}
