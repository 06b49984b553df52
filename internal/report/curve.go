package report

import (
	"fmt"
	"strings"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// curve is the path of a figure, broken where nothing was read: a gap is no
// straight line. A filled one is closed along the bottom.
func curve(rec record, end float64, s scale, of func(run.Sample) memory.Figure, filled bool) string {
	var b strings.Builder
	var before float64
	var begin string
	drawing := false
	closeArea := func() {
		if drawing && filled {
			fmt.Fprintf(&b, "V%dH%sZ", chartHeight, begin)
		}
	}
	for _, m := range rec.samples {
		v, ok := of(m).Get()
		if !ok {
			continue
		}
		x := number(curveWidth * m.T / end)
		if !drawing || m.T-before > rec.gap {
			closeArea()
			fmt.Fprintf(&b, "M%s %s", x, s.at(float64(v)))
			begin = x
		} else {
			fmt.Fprintf(&b, "L%s %s", x, s.at(float64(v)))
		}
		before, drawing = m.T, true
	}
	closeArea()
	return b.String()
}

// lines are the limit and the budget, where they are on the scale.
func lines(s scale, limit, budget int64) []line {
	var out []line
	if s.shows(limit) {
		out = append(out, line{"limit", s.at(float64(limit)), "limit " + mib(limit), false})
	}
	if s.shows(budget) && budget != limit {
		out = append(out, line{"budget", s.at(float64(budget)), "budget " + mib(budget), true})
	}
	return out
}

// bands are the phases as they were, each up to the next.
func bands(t verdict.Trial, r *run.Run, end float64) ([]band, []phaseData) {
	var out []band
	data := []phaseData{{0, "start"}}
	for i, m := range r.Marks {
		if m.Name == run.MarkLoadEnd {
			data = append(data, phaseData{m.T, "end"})
		}
		if m.Name != run.MarkPhase {
			continue
		}
		until := end
		if i+1 < len(r.Marks) {
			until = r.Marks[i+1].T
		}
		name := phaseName(m.Phase, m.Users)
		b := band{
			X: across(m.T, end), Width: across(until-m.T, end), Middle: across((m.T+until)/2, end), Label: name,
			Narrow: (until-m.T)/end < 0.16,
		}
		if (until-m.T)/end < 0.05 {
			b.Label = ""
		}
		for _, h := range t.Holds {
			if h.Phase == m.Phase && h.Begin >= m.T {
				b.Held, b.Hold, b.HoldWidth = true, across(h.Begin, end), across(h.End-h.Begin, end)
				break
			}
		}
		out, data = append(out, b), append(data, phaseData{m.T, name})
	}
	return out, data
}

// phaseName is what people call a phase: "3 users" for users=3.
func phaseName(name string, users int) string {
	if users > 0 {
		return verdict.Crowd(users)
	}
	return clean(name)
}

// levelsOf are the medians of the holds.
func levelsOf(t verdict.Trial, s scale, end float64) []level {
	var out []level
	for _, h := range t.Holds {
		if u, ok := h.Median.Get(); ok && h.Level {
			out = append(out, level{
				across(h.Begin, end), across(h.End, end), across((h.Begin+h.End)/2, end), s.at(float64(u)),
				fmt.Sprintf("%.0f", float64(u)/memory.MiB),
			})
		}
	}
	return out
}

// eventsOf are the moments that ended something.
func eventsOf(r *run.Run, end float64) []event {
	var out []event
	kills := 0
	for _, e := range r.Events {
		label, isBad := "", true
		switch {
		case e.Kind == run.EventOOMKill:
			label = "OOM kill"
			if kills++; kills > 1 {
				label = "" // the first line says it for those beside it
			}
		case e.Kind == run.EventExit && kills == 0:
			label = "ended by itself"
		case e.Kind == run.EventInterrupted:
			label, isBad = "interrupted", false
		default:
			continue
		}
		out = append(out, event{across(e.T, end), label, isBad, e.T > end/2})
	}
	return out
}

// seconds are the ticks of time, in seconds or, in a long run, in minutes.
func seconds(end float64) []tick {
	unit, name := 1.0, "s"
	if end > 600 {
		unit, name = 60, "min"
	}
	every := step(end/unit) * unit
	var out []tick
	for t := 0.0; t <= end-every/3; t += every {
		out = append(out, tick{place{X: across(t, end)}, number(t/unit) + " " + name})
	}
	return out
}
