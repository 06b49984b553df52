package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// measuredOf prints the evidence of a claim without its number of trials; ""
// where nothing was measured.
func measuredOf(m *verdict.Measured) string {
	if m == nil {
		return ""
	}
	return strings.Join(said(append([]string{mainFigure(m)}, beside(m)...)), "; ")
}

// beside are the figures that stand behind the one that counts, and are never
// part of it: the natural ones, and those under a share of the processor.
func beside(m *verdict.Measured) []string {
	var out []string
	if natural := naturalFigures(m); natural != "" {
		out = append(out, "natural "+natural)
	}
	if m.UnderCPUShare != nil {
		out = append(out, "under the CPU share "+mainFigure(m.UnderCPUShare))
	}
	return out
}

// naturalFigures are those of each number of users, in the order of the others.
func naturalFigures(m *verdict.Measured) string {
	var figures []string
	for _, one := range append(slices.Clone(m.Each), *m)[:max(1, len(m.Each))] {
		if one.Natural != nil {
			figures = append(figures, mainFigure(one.Natural))
		}
	}
	return strings.Join(figures, ", ")
}

func mainFigure(m *verdict.Measured) string {
	switch {
	case len(m.Each) > 0:
		var each []string
		for _, one := range m.Each {
			one.Each = nil
			each = append(each, verdict.Crowd(one.Users)+" "+mainFigure(&one))
		}
		return strings.Join(each, ", ")
	case m.Memory != nil:
		return "memory " + bounds(m.Memory, "fits") + ", service " + bounds(m.Service, "kept")
	case m.LivedCI95 != nil:
		return fmt.Sprintf("%d of %d lived [%.0f, %.0f %%]", m.N-*m.Kills, m.N, 100*m.LivedCI95[0], 100*m.LivedCI95[1])
	case m.Kills != nil:
		return fmt.Sprintf("%d of %d killed", *m.Kills, m.N)
	case m.Times != nil:
		return fmt.Sprintf("%d of %d trials", *m.Times, m.N)
	case m.Milliseconds != nil:
		return fmt.Sprintf("%.1f ms more a call", *m.Milliseconds)
	case m.Bytes != nil:
		return mib(*m.Bytes) + interval(m.CI95)
	}
	return ""
}

// bounds prints half of a capacity: "fits at 10, not at 11".
func bounds(b *verdict.Bounds, verb string) string {
	switch {
	case b == nil || b.Holds == nil && b.Fails == nil:
		return "not told"
	case b.Holds == nil:
		return fmt.Sprintf("not at %d", *b.Fails)
	case b.Fails == nil:
		return fmt.Sprintf("%s at %d", verb, *b.Holds)
	}
	return fmt.Sprintf("%s at %d, not at %d", verb, *b.Holds, *b.Fails)
}

// signed prints a difference.
func signed(bytes int64) string { return fmt.Sprintf("%+.1f MiB", float64(bytes)/memory.MiB) }
