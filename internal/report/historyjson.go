package report

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/pixeltales/pixelload/internal/history"
)

// HistorySchema is the version of the JSON below.
const HistorySchema = 1

// HistoryJSON is what `history list` and `history show` print as JSON.
type HistoryJSON struct {
	SchemaVersion int           `json:"schema_version"`
	Runs          []history.Run `json:"runs,omitempty"`
	// Series are those of the chosen metric, or of all that changed.
	Series []HistorySeries `json:"series"`
}

// HistorySeries is a series with its nights.
type HistorySeries struct {
	history.Series
	Nights []HistoryNight `json:"nights"`
}

// HistoryNight is a figure and the run that it is of.
type HistoryNight struct {
	Run     string    `json:"run"`
	Started time.Time `json:"started"`
	Ref     string    `json:"ref"` // the target's commit
	Value   *float64  `json:"value,omitempty"`
	Low     *float64  `json:"low,omitempty"`
	High    *float64  `json:"high,omitempty"`
	N       int       `json:"n"`
	Outcome string    `json:"outcome,omitempty"`
	// Compared is false where the run was cut short or its figure is not known.
	Compared bool `json:"compared"`
}

// WriteHistoryJSON writes the runs and series; either may be nil.
func WriteHistoryJSON(w io.Writer, runs []history.Run, all []history.Series) error {
	doc := HistoryJSON{SchemaVersion: HistorySchema, Runs: runs, Series: []HistorySeries{}}
	for _, s := range all {
		out := HistorySeries{Series: s, Nights: []HistoryNight{}}
		for _, n := range s.Nights {
			p := n.Point
			out.Nights = append(out.Nights, HistoryNight{
				n.Run.ID, n.Run.Started, n.Run.Target.Ref, p.Value, p.Low, p.High, p.N, p.Outcome, n.Told(),
			})
		}
		doc.Series = append(doc.Series, out)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return fmt.Errorf("writing the history: %w", err)
	}
	return nil
}
