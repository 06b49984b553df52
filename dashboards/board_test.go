package dashboards

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// boardJSON is what of a dashboard's JSON these tests look at.
type boardJSON struct {
	ID            *int   `json:"id"`
	UID           string `json:"uid"`
	Title         string
	Description   string
	Editable      bool
	SchemaVersion int `json:"schemaVersion"`
	Panels        []panelJSON
	Templating    struct{ List []variableJSON }
	Annotations   struct{ List []annotationJSON }
}

type panelJSON struct {
	Type, Title, Description string
	Datasource               datasourceJSON
	Targets                  []targetJSON
	FieldConfig              struct {
		Defaults  struct{ Unit string }
		Overrides []struct {
			Matcher    struct{ ID, Options any }
			Properties []struct {
				ID    string
				Value any
			}
		}
	}
}

type targetJSON struct {
	Datasource   datasourceJSON
	Expr         string
	LegendFormat string
	RefID        string `json:"refId"`
	Instant      bool
}

type variableJSON struct {
	Type, Name string
	Query      any
	Multi      bool
	IncludeAll bool
	AllValue   string
	Datasource datasourceJSON
}

type annotationJSON struct {
	Name, Expr      string
	Datasource      datasourceJSON
	UseValueForTime bool
}

type datasourceJSON struct{ Type, UID string }

// boards are the committed dashboards, by their uid.
func boards(t *testing.T) map[string]boardJSON {
	t.Helper()
	all := map[string]boardJSON{}
	for _, name := range []string{"review", "containers", "nightly"} {
		text, err := os.ReadFile("grafana/dashboards/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var b boardJSON
		if err := json.Unmarshal(text, &b); err != nil {
			t.Fatal(err)
		}
		all[b.UID] = b
	}
	return all
}

// unit is what the values of a target are drawn in.
func (p panelJSON) unit(target targetJSON) string {
	for _, o := range p.FieldConfig.Overrides {
		if o.Matcher.ID != "byName" || o.Matcher.Options != target.LegendFormat {
			continue
		}
		for _, property := range o.Properties {
			if property.ID == "unit" {
				return property.Value.(string)
			}
		}
	}
	return p.FieldConfig.Defaults.Unit
}

// plain is the expression with Grafana's variables replaced.
func plain(expr string, values map[string]string) string {
	names := slices.Sorted(maps.Keys(values))
	slices.Reverse(names) // __interval_ms before __interval
	pairs := []string{}
	for _, name := range names {
		pairs = append(pairs, "$"+name, values[name])
	}
	return strings.NewReplacer(pairs...).Replace(expr)
}

// example replaces the variables where only the form of a query matters.
func example(expr string) string {
	return plain(expr, map[string]string{
		"__rate_interval": "20s", "__interval": "5s", "__interval_ms": "5000", "__range": "600s",
		"job": ".+", "instance": ".+", "target": ".+", "run": "r", "variant": "v", "data": "d", "figure": ".*",
	})
}
