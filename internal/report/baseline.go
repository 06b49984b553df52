package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/pixeltales/pixelload/internal/compare"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// growthRow is a phase, held against the baseline.
func growthRow(g verdict.Growth) row {
	r := row{
		check: strings.TrimSpace("growth, " + g.Phase), says: "baseline, +" + compare.MiB(g.Budget),
		mark: unknown, verdict: "cannot tell",
	}
	if g.Phase == "" {
		r.check = "growth"
	}
	if g.Difference != nil && g.CI95 != nil {
		r.measured = fmt.Sprintf("%s [%s, %s]", compare.MiB(*g.Difference), compare.Tenths(g.CI95[0]), compare.Tenths(g.CI95[1]))
		if *g.Difference > 0 {
			r.measured = "+" + r.measured
		}
	}
	switch g.Outcome {
	case verdict.Pass:
		r.mark, r.verdict = good, "within the budget"
	case verdict.Fail:
		r.mark, r.verdict = bad, "grown"
	}
	return r
}

// BaselineTable writes what a baseline holds.
func BaselineTable(w io.Writer, b *compare.Baseline, o Options) error {
	s := b.Run
	name := s.Target.Name
	if s.Target.Ref != "" {
		name += " @ " + s.Target.Ref
	}
	set := s.SetUp
	facts := []string{"variant " + s.Variant, set.Data.Name + " data", set.Kind, fmt.Sprintf("seed %d", s.Seed),
		count(len(s.Trials), "trial", "trials"), s.Started.UTC().Format("2006-01-02 15:04 UTC")}
	machine := fmt.Sprintf("%s, %d cores, %s %s, cgroup %s", set.Machine.CPUModel, set.Machine.CPUs, set.Machine.OS, set.Machine.Kernel, set.Machine.Cgroup)
	var text strings.Builder
	for i, line := range []string{name + "   " + strings.Join(facts, "   "), "on " + machine} {
		text.WriteString([]string{"\n", ""}[i] + wrap(" ", clean(line), o.Width) + "\n")
	}
	g := grid{lines: [][]string{{"PHASE", "LEVEL (95 % CI)", "N"}}, marked: -1}
	for _, l := range s.Levels() {
		g.lines = append(g.lines, []string{clean(l.Phase), meanOf(l.Level), fmt.Sprint(l.Level.N)})
		g.marks = append(g.marks, none)
	}
	text.WriteString("\n" + g.draw(o) + "\n\n " + clean("A run may exceed it by "+compare.MiB(b.BudgetGrowthBytes)+" in each phase.") + "\n")
	if _, err := io.WriteString(w, text.String()); err != nil {
		return fmt.Errorf("writing the baseline: %w", err)
	}
	return nil
}
