package report

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// timeline is one trial's memory over its time.
type timeline struct {
	Index   int // of its data in the page
	Name    string
	Series  string
	Outcome string
	Mark    mark
	Open    bool // shown at once, not behind its title
	Facts   string
	Reasons []string

	Drawn  bool
	Phases []band
	Levels []level
	Y, X   []tick
	// U is the curve, WorkingSet the area behind it; "" where it is not known.
	U, WorkingSet string
	Lines         []line
	Events        []event
	Summary       string // the chart in words

	Data timelineData
}

// timelineData is what the page's script reads, and what may be saved.
type timelineData struct {
	Trial string `json:"trial"`
	File  string `json:"file"`
	// Of is how many samples the file has; those here are the extremes of each
	// span when it has too many for a page.
	Of      int     `json:"samples_in_file"`
	Seconds float64 `json:"seconds"`
	// Top is the bytes at the chart's upper edge.
	Top        float64     `json:"chart_top_bytes"`
	Phases     []phaseData `json:"phases"`
	At         []float64   `json:"t"`
	U          []*uint64   `json:"unreclaimable_bytes"`
	WorkingSet []*uint64   `json:"working_set_bytes"`
}

type phaseData struct {
	At   float64 `json:"t"`
	Name string  `json:"name"`
}

// band is a phase; its hold is shaded, its warm-up is not.
type band struct {
	X, Width, Middle percentage
	Label            string
	Narrow           bool // too narrow for its label on a phone
	Held             bool
	Hold, HoldWidth  percentage
}

// level is the median of a hold.
type level struct {
	X1, X2, Middle percentage
	Y              px
	Label          string
}

// line is the limit or the budget.
type line struct {
	Kind  string // its class: limit or budget
	Y     px
	Label string
	Below bool // the label
}

// event is a moment of which something is to be seen: a kill, an exit.
type event struct {
	X     percentage
	Label string
	Bad   bool
	Left  bool // the label
}

// timelines are those of all trials, the troubled and the first ones open.
func timelines(v *verdict.Verdict, runs []*run.Run) []timeline {
	var all []timeline
	for i, t := range v.Trials {
		tl := timeline{
			Index: i, Name: fmt.Sprintf("Trial %d", t.Number), Series: seriesOf(t),
			Outcome: words(t.Outcome), Mark: unknown, Open: i < 3,
			Facts: facts(t), Reasons: cleanAll(t.Reasons),
		}
		switch t.Outcome {
		case run.Complete:
			tl.Mark = good
		case run.Killed, run.Died, run.DiedStarting:
			tl.Mark, tl.Open = bad, true
		}
		tl.Data = timelineData{Trial: clean(t.ID), File: clean(t.File)}
		if r := runOf(t, runs); r != nil {
			tl.draw(t, r, thin(r, spansFor(len(v.Trials))))
		}
		all = append(all, tl)
	}
	return all
}

// seriesOf says what the trial is one of.
func seriesOf(t verdict.Trial) string {
	said := []string{claim.Arm{Variant: t.Variant, Off: t.HabitsOff}.String(), t.Data + " data"}
	if t.Kind != run.Natural {
		said = append(said, t.Kind)
	}
	if t.Round > 0 {
		said = append(said, fmt.Sprintf("round %d", t.Round))
	}
	return clean(strings.Join(said, ", "))
}

// runOf returns the run that the trial was judged from; nil for none.
func runOf(t verdict.Trial, runs []*run.Run) *run.Run {
	for _, r := range runs {
		sameFile := r.Path == "" || filepath.Base(r.Path) == t.File
		if sameFile && fmt.Sprintf("%s-%d", r.Header.ID, r.Header.Trial) == t.ID {
			return r
		}
	}
	return nil
}

// facts are the trial's own figures in a line.
func facts(t verdict.Trial) string {
	said := []string{fmt.Sprintf("seed %d", t.Seed)}
	for _, idle := range []struct {
		name string
		u    memory.Figure
	}{
		{"listening", t.Idle.Listening}, {"one request", t.Idle.FirstRequest}, {"all touched", t.Idle.Touched},
	} {
		if u, ok := idle.u.Get(); ok {
			said = append(said, fmt.Sprintf("%s %.1f MiB", idle.name, float64(u)/memory.MiB))
		}
	}
	if t.OOMKills != nil {
		said = append(said, count(int(*t.OOMKills), "OOM kill", "OOM kills"))
	}
	if t.ExitStatus != "" {
		said = append(said, t.ExitStatus)
	}
	return clean(strings.Join(said, " · "))
}

// draw fills in the chart; a run without a sample has none.
func (tl *timeline) draw(t verdict.Trial, r *run.Run, rec record) {
	if len(rec.samples) == 0 {
		return
	}
	h := r.Header
	end, peak := rec.samples[len(rec.samples)-1].T, 0.0
	for _, s := range rec.samples {
		u, _ := s.Unreclaimable.Get()
		w, _ := s.WorkingSet.Get()
		peak = max(peak, float64(u), float64(w))
	}
	for _, e := range r.Events {
		end = max(end, e.T)
	}
	s := scaleFor(peak, h.LimitBytes, h.BudgetBytes)
	tl.Drawn, tl.Y, tl.X = true, s.ticks(), seconds(end)
	tl.U = curve(rec, end, s, func(m run.Sample) memory.Figure { return m.Unreclaimable }, false)
	tl.WorkingSet = curve(rec, end, s, func(m run.Sample) memory.Figure { return m.WorkingSet }, true)
	tl.Lines = lines(s, h.LimitBytes, h.BudgetBytes)
	tl.Phases, tl.Data.Phases = bands(t, r, end)
	tl.Levels = levelsOf(t, s, end)
	tl.Events = eventsOf(r, end)
	tl.Summary = fmt.Sprintf("%s: memory over %.0f seconds, largest U and working set %s", tl.Name, end, mib(int64(peak)))
	tl.Data.fill(rec, end, s)
}

func (d *timelineData) fill(rec record, end float64, s scale) {
	d.Of, d.Seconds, d.Top = rec.of, end, s.top
	for _, m := range rec.samples {
		d.At = append(d.At, m.T)
		d.U = append(d.U, pointer(m.Unreclaimable))
		d.WorkingSet = append(d.WorkingSet, pointer(m.WorkingSet))
	}
}

// pointer is nil, and null in JSON, for an unknown figure.
func pointer(f memory.Figure) *uint64 {
	if v, ok := f.Get(); ok {
		return &v
	}
	return nil
}
