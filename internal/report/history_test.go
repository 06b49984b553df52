package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/history"
	"github.com/pixeltales/pixelload/internal/history/historytest"
	"github.com/pixeltales/pixelload/internal/report"
	"github.com/pixeltales/pixelload/internal/schematest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// past are nights with a jump, one of them cut short, one without a figure.
func past(t *testing.T) ([]history.Run, []history.Series) {
	t.Helper()
	plan := historytest.Plan{Nights: 6, Trials: 6, Jump: 3, JumpMiB: 20, SD: 2, Seed: 3}
	var runs []history.Run
	for n := range plan.Nights {
		trials := plan.Night(n)
		r, err := history.Of(judged(t, trials), trials, "runs/x")
		if err != nil {
			t.Fatal(err)
		}
		runs = append(runs, r)
	}
	runs[1].ExitCode, runs[1].Outcome = verdict.ExitInterrupted, verdict.Inconclusive
	for i := range runs[4].Points {
		runs[4].Points[i].Value, runs[4].Points[i].Low, runs[4].Points[i].High = nil, nil, nil
	}
	all, err := history.In(runs)
	if err != nil {
		t.Fatal(err)
	}
	return runs, all
}

// only keeps the series of one figure.
func only(all []history.Series, metric string) (found []history.Series) {
	for _, s := range all {
		if s.Metric == metric {
			found = append(found, s)
		}
	}
	return found
}

func TestHistory(t *testing.T) {
	runs, all := past(t)
	for name, write := range map[string]func(*bytes.Buffer) error{
		"history-list.txt": func(b *bytes.Buffer) error { return report.HistoryRuns(b, runs, all, "", report.Options{Width: 160}) },
		"history-level.txt": func(b *bytes.Buffer) error {
			return report.HistoryChart(b, only(all, "level:3"), report.Options{})
		},
		"history-claim.txt": func(b *bytes.Buffer) error {
			return report.HistoryChart(b, only(all, "claim:L7"), report.Options{})
		},
	} {
		var out bytes.Buffer
		if err := write(&out); err != nil {
			t.Fatal(err)
		}
		golden(t, name, out.String())
	}
}

// TestHistoryIsCleaned: names of runs and commits come from outside.
func TestHistoryIsCleaned(t *testing.T) {
	runs, _ := past(t)
	runs[0].ID, runs[0].Target.Ref, runs[0].Points[0].Metric = "a\x1b[31mb", "c\x1b]0;d", "claim:\x1bL"
	all, err := history.In(runs)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := report.HistoryRuns(&out, runs, all, "", report.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := report.HistoryChart(&out, all, report.Options{}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Error("an escape sequence reaches the terminal")
	}
}

var historySchema = schematest.Document{
	Schema: "history", Name: "history.json", Type: &report.HistoryJSON{}, Version: report.HistorySchema,
	Enums: map[string][]any{
		"Run.outcome":        outcomes,
		"HistorySeries.unit": {history.Bytes, history.Ratio, history.Seconds, history.Users, ""},
	},
}

func TestHistorySchema(t *testing.T) {
	historySchema.Held(t, *update)
	runs, all := past(t)
	var out bytes.Buffer
	if err := report.WriteHistoryJSON(&out, runs, all); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		text  string
		valid bool
	}{
		"as it is":        {out.String(), true},
		"another version": {strings.Replace(out.String(), `"schema_version": 1`, `"schema_version": 2`, 1), false},
		"unknown field":   {strings.Replace(out.String(), `"nights"`, `"knights"`, 1), false},
		"unknown unit": {strings.Replace(out.String(), `"unit": "bytes",
      "fingerprint"`, `"unit": "MB",
      "fingerprint"`, 1), false},
	} {
		if !row.valid && row.text == out.String() {
			t.Errorf("%s: nothing was replaced", name)
		}
		if err := historySchema.Valid(t, row.text); (err == nil) != row.valid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
