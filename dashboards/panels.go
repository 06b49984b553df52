package dashboards

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/variants"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/statetimeline"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
	"github.com/grafana/grafana-foundation-sdk/go/units"
	"github.com/grafana/grafana-foundation-sdk/go/xychart"
)

// panel is what all kinds of panels have. A row of the grid is 24 wide.
type panel struct {
	title, text string
	unit        string
	wide, high  uint32
	queries     []query
}

// query is one PromQL expression and how its series are called. A query of a
// table has one value a row, and its name is the column's.
type query struct{ name, expr string }

func source() common.DataSourceRef {
	return common.DataSourceRef{Type: cog.ToPtr("prometheus"), Uid: cog.ToPtr("${datasource}")}
}

func refID(i int) string { return string(rune('A' + i)) }

func (p panel) ranges() []cog.Builder[variants.Dataquery] {
	var all []cog.Builder[variants.Dataquery]
	for i, q := range p.queries {
		all = append(all, prometheus.NewDataqueryBuilder().
			RefId(refID(i)).Expr(q.expr).LegendFormat(q.name).Datasource(source()).Range())
	}
	return all
}

func (p panel) instants(format prometheus.PromQueryFormat) []cog.Builder[variants.Dataquery] {
	var all []cog.Builder[variants.Dataquery]
	for i, q := range p.queries {
		all = append(all, prometheus.NewDataqueryBuilder().
			RefId(refID(i)).Expr(q.expr).LegendFormat(q.name).Datasource(source()).Instant().Format(format))
	}
	return all
}

// lines draws each query over time.
func (p panel) lines() *timeseries.PanelBuilder {
	return timeseries.NewPanelBuilder().
		Title(p.title).Description(p.text).Datasource(source()).
		Unit(p.unit).Span(p.wide).Height(p.high).Targets(p.ranges()).
		Min(0).LineWidth(1).FillOpacity(5).ShowPoints(common.VisibilityModeNever).
		Legend(common.NewVizLegendOptionsBuilder().ShowLegend(true).
			DisplayMode(common.LegendDisplayModeTable).Placement(common.LegendPlacementBottom).
			Calcs([]string{"lastNotNull", "max"})).
		Tooltip(common.NewVizTooltipOptionsBuilder().Mode(common.TooltipDisplayModeMulti))
}

// points draws each query over time, a point a run.
func (p panel) points() *timeseries.PanelBuilder {
	return p.lines().ShowPoints(common.VisibilityModeAlways).PointSize(6).
		SpanNulls(common.BoolOrFloat64{Bool: cog.ToPtr(true)})
}

// timeline shows the state of each query, which lasts until the next value.
func (p panel) timeline() *statetimeline.PanelBuilder {
	return statetimeline.NewPanelBuilder().
		Title(p.title).Description(p.text).Datasource(source()).
		Unit(p.unit).Span(p.wide).Height(p.high).Targets(p.ranges()).
		AlwaysSpanNulls().ShowValue(common.VisibilityModeNever)
}

// figures prints the last value of each query large.
func (p panel) figures() *stat.PanelBuilder {
	return stat.NewPanelBuilder().
		Title(p.title).Description(p.text).Datasource(source()).
		Unit(p.unit).Span(p.wide).Height(p.high).
		Targets(p.instants(prometheus.PromQueryFormatTimeSeries)).
		GraphMode(common.BigValueGraphModeNone).
		ReduceOptions(common.NewReduceDataOptionsBuilder().Calcs([]string{"lastNotNull"}))
}

// rows is a table: one query a column, joined where their labels are equal.
func (p panel) rows() *table.PanelBuilder {
	return table.NewPanelBuilder().
		Title(p.title).Description(p.text).Datasource(source()).
		Unit(p.unit).Span(p.wide).Height(p.high).
		Targets(p.instants(prometheus.PromQueryFormatTable)).
		WithTransformation(dashboard.DataTransformerConfig{Id: "merge", Options: map[string]any{}}).
		WithTransformation(p.columns())
}

// columns hides the time and names each value after its query.
func (p panel) columns() dashboard.DataTransformerConfig {
	names := map[string]any{}
	for i, q := range p.queries {
		names["Value #"+refID(i)] = q.name
	}
	if len(p.queries) == 1 {
		names["Value"] = p.queries[0].name
	}
	return dashboard.DataTransformerConfig{Id: "organize", Options: map[string]any{
		"excludeByName": map[string]any{"Time": true}, "renameByName": names,
	}}
}

// against draws each query's values over its label x, a number.
func (p panel) against(x string) *xychart.PanelBuilder {
	var series []cog.Builder[xychart.XYSeriesConfig]
	for i, q := range p.queries {
		value := "Value #" + refID(i)
		series = append(series, xychart.NewXYSeriesConfigBuilder().
			Name(xychart.NewXychartXYSeriesConfigNameBuilder().Fixed(q.name)).
			Frame(xychart.NewXychartXYSeriesConfigFrameBuilder().Matcher(matcher("byIndex", i))).
			X(xychart.NewXychartXYSeriesConfigXBuilder().Matcher(matcher("byName", x))).
			Y(xychart.NewXychartXYSeriesConfigYBuilder().Matcher(matcher("byName", value))))
	}
	return xychart.NewPanelBuilder().
		Title(p.title).Description(p.text).Datasource(source()).
		Unit(p.unit).Span(p.wide).Height(p.high).
		Targets(p.instants(prometheus.PromQueryFormatTable)).
		WithTransformation(dashboard.DataTransformerConfig{Id: "convertFieldType", Options: map[string]any{
			"conversions": []any{map[string]any{"targetField": x, "destinationType": "number"}},
		}}).
		Mapping(xychart.SeriesMappingManual).Series(series).
		Show(xychart.XYShowModePointsAndLines).Min(0).
		OverrideByName(x, []dashboard.DynamicConfigValue{{Id: "unit", Value: units.Number}})
}

func matcher(id string, options any) *xychart.MatcherConfigBuilder {
	return xychart.NewMatcherConfigBuilder().Id(id).Options(options)
}

// words maps values to a word and a colour.
func words(pairs map[string][2]string) []dashboard.ValueMapping {
	options := map[string]dashboard.ValueMappingResult{}
	for value, word := range pairs {
		options[value] = dashboard.ValueMappingResult{Text: cog.ToPtr(word[0]), Color: cog.ToPtr(word[1])}
	}
	return []dashboard.ValueMapping{{ValueMap: &dashboard.ValueMap{Type: dashboard.MappingTypeValueToText, Options: options}}}
}

// verdictWords are those of pixelload_verdict_status.
func verdictWords() []dashboard.ValueMapping {
	return words(map[string][2]string{"1": {"pass", "green"}, "0": {"fail", "red"}, "-1": {"cannot tell", "orange"}})
}

// claimWords are those of pixelload_claim_status.
func claimWords() []dashboard.ValueMapping {
	return words(map[string][2]string{"1": {"confirmed", "green"}, "0": {"refuted", "red"},
		"-1": {"inconclusive", "orange"}, "-2": {"not measured", "text"}})
}

// headroomColors are red below the alert's 15 %.
func headroomColors() *dashboard.ThresholdsConfigBuilder {
	return dashboard.NewThresholdsConfigBuilder().Mode(dashboard.ThresholdsModeAbsolute).Steps([]dashboard.Threshold{
		{Color: "red"}, {Value: cog.ToPtr(0.15), Color: "orange"}, {Value: cog.ToPtr(0.3), Color: "green"},
	})
}

func links(all ...*dashboard.DashboardLinkBuilder) []cog.Builder[dashboard.DashboardLink] {
	var built []cog.Builder[dashboard.DashboardLink]
	for _, l := range all {
		built = append(built, l)
	}
	return built
}
