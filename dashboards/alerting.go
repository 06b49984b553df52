package dashboards

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
)

// datasourceUID is that of provisioning/datasources/pixelload.yaml: an alert
// rule cannot choose its source by a variable.
const datasourceUID = "pixelload-prometheus"

// promRules is what of Prometheus' rule file Grafana's needs.
type promRules struct {
	Groups []struct {
		Name  string
		Rules []struct {
			Alert       string
			Expr        string
			For         string
			Labels      map[string]string
			Annotations map[string]string
		}
	}
}

// The types below are Grafana's provisioning file of alert rules.
type (
	alertFile struct {
		APIVersion int          `yaml:"apiVersion"`
		Groups     []alertGroup `yaml:"groups"`
	}
	alertGroup struct {
		OrgID    int         `yaml:"orgId"`
		Name     string      `yaml:"name"`
		Folder   string      `yaml:"folder"`
		Interval string      `yaml:"interval"`
		Rules    []alertRule `yaml:"rules"`
	}
	alertRule struct {
		UID          string            `yaml:"uid"`
		Title        string            `yaml:"title"`
		Condition    string            `yaml:"condition"`
		Data         []alertQuery      `yaml:"data"`
		NoDataState  string            `yaml:"noDataState"`
		ExecErrState string            `yaml:"execErrState"`
		For          string            `yaml:"for"`
		Labels       map[string]string `yaml:"labels"`
		Annotations  map[string]string `yaml:"annotations"`
	}
	alertQuery struct {
		RefID      string         `yaml:"refId"`
		Range      map[string]int `yaml:"relativeTimeRange"`
		Datasource string         `yaml:"datasourceUid"`
		Model      map[string]any `yaml:"model"`
	}
)

// alerting turns Prometheus' alerts into Grafana's. An expression of Prometheus
// has a value only while the alert holds, so for Grafana any value is one, and
// no data is well.
func alerting(rules []byte) ([]byte, error) {
	var from promRules
	if err := yaml.Unmarshal(rules, &from); err != nil {
		return nil, fmt.Errorf("reading the alert rules: %w", err)
	}
	file := alertFile{APIVersion: 1}
	for _, g := range from.Groups {
		group := alertGroup{OrgID: 1, Name: g.Name, Folder: "pixelload", Interval: "15s"}
		for _, r := range g.Rules {
			if r.Alert == "" {
				continue // Prometheus records it
			}
			group.Rules = append(group.Rules, alertRule{
				UID: strings.ToLower(r.Alert), Title: r.Alert, Condition: "B",
				NoDataState: "OK", ExecErrState: "Error", For: cmp.Or(r.For, "0s"), Labels: r.Labels,
				Annotations: inGrafana(r.Annotations),
				Data: []alertQuery{
					{RefID: "A", Range: map[string]int{"from": 600, "to": 0}, Datasource: datasourceUID, Model: map[string]any{
						"refId": "A", "expr": r.Expr, "instant": true,
					}},
					{RefID: "B", Range: map[string]int{"from": 0, "to": 0}, Datasource: "__expr__", Model: map[string]any{
						"refId": "B", "type": "math", "expression": "is_number($A)",
					}},
				},
			})
		}
		file.Groups = append(file.Groups, group)
	}
	var text bytes.Buffer
	text.WriteString("# Made from prometheus/rules.yml by `go test ./dashboards -update`.\n")
	if err := yaml.NewEncoder(&text, yaml.UseLiteralStyleIfMultiline(true)).Encode(file); err != nil {
		return nil, fmt.Errorf("encoding Grafana's alert rules: %w", err)
	}
	return text.Bytes(), nil
}

// inGrafana takes a template's value from the query: Grafana's own $value is a
// text about all of them.
func inGrafana(annotations map[string]string) map[string]string {
	out := map[string]string{}
	for name, text := range annotations {
		out[name] = strings.ReplaceAll(text, "$value", "$values.A.Value")
	}
	return out
}
