package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/pixeltales/pixelload/internal/plan"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// PlanJSON writes the answer about hosting plans as JSON.
func PlanJSON(w io.Writer, a *plan.Answer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(a); err != nil {
		return fmt.Errorf("writing the answer: %w", err)
	}
	return nil
}

// Plan writes the answer as a table, then the answer in a sentence, why, and the
// command that would tell more.
func Plan(w io.Writer, a *plan.Answer, o Options) error {
	var b strings.Builder
	b.WriteString("\n" + wrap(" ", clean(aboutAnswer(a)), o.Width) + "\n\n")
	g := optionsTable(a)
	if len(a.Plans) == 0 {
		g = mostTable(a)
	}
	if len(g.lines) > 1 {
		b.WriteString(g.draw(o) + "\n\n")
	}
	say := func(label, text string) {
		b.WriteString(wrap(" "+label+strings.Repeat(" ", max(1, 6-lipgloss.Width(label))), clean(text), o.Width) + "\n")
	}
	word, text := answered(a)
	say(word, text)
	for i, r := range a.Reasons {
		say([]string{"Why", ""}[min(i, 1)], r)
	}
	if a.Target.Kind == "reference" {
		say("Note", "Figures are on the reference app and do not speak for the real one.")
	}
	if command := nextOfAnswer(a); command != "" {
		say("Next", command)
	}
	say("Exit", fmt.Sprint(a.ExitCode))
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("writing the answer: %w", err)
	}
	return nil
}

func aboutAnswer(a *plan.Answer) string {
	target := a.Target.Name
	if a.Target.Ref != "" {
		target += " @ " + a.Target.Ref
	}
	return strings.TrimSpace(fmt.Sprintf("%s   variant %s   %s", target, a.Question.Variant, count(a.Trials, "trial read", "trials read")))
}

func optionsTable(a *plan.Answer) grid {
	g := grid{lines: [][]string{{"PLAN", "A MONTH", "MEMORY", "CPUS", "MEMORY FITS", "KNOWN BY", "SERVICE"}}, marked: 4}
	for _, p := range a.Plans {
		m := unknown
		switch p.Memory.Says {
		case plan.Holds:
			m = good
		case plan.Fails:
			m = bad
		}
		basis, service := p.Memory.Basis, p.Service
		if basis == "" {
			basis = "nothing"
		}
		if service == plan.Unknown {
			service = "not seen"
		}
		g.lines = append(g.lines, []string{
			clean(p.Plan), fmt.Sprintf("$%g", p.Dollars), mib(p.MemoryBytes), fmt.Sprintf("%g", p.CPUs),
			strings.TrimSpace(string(m) + " " + memoryText(p.Memory)), basis, service,
		})
		g.marks = append(g.marks, m)
	}
	return g
}

// memoryText is the figure of an answer: a share of trials, or a prediction.
func memoryText(m plan.Memory) string {
	switch m.Basis {
	case plan.Measured:
		text := fmt.Sprintf("%d of %s lived", m.Lived, count(m.N, "trial", "trials"))
		if m.ShareCI95 != nil {
			text += fmt.Sprintf(" [%.0f, %.0f %%]", 100*m.ShareCI95[0], 100*m.ShareCI95[1])
		}
		return text
	case plan.Implied:
		return fmt.Sprintf("%d of %s lived with %s on %s MiB in %s", m.Lived, count(m.N, "trial", "trials"), verdict.Crowd(m.From.Users), number(m.From.MiB), mib(m.From.MemoryBytes))
	case plan.Extrapolated:
		return fmt.Sprintf("%s%s by %s, %s likely", mib(m.Predicted), interval(m.CI95), count(m.FromTrials, "trial", "trials"), likelihood(*m.Chance))
	}
	return "cannot tell"
}

// likelihood never says that something is certain.
func likelihood(chance float64) string {
	switch {
	case chance > 0.99:
		return "more than 99 %"
	case chance < 0.01:
		return "less than 1 %"
	}
	return fmt.Sprintf("%.0f %%", 100*chance)
}

func mostTable(a *plan.Answer) grid {
	g := grid{lines: [][]string{{"PUBLIC STORIES", "MEASURED", "TRIALS", "EXTRAPOLATED", "SERVICE, UNDER THE CPU SHARE"}}, marked: -1}
	for _, m := range a.Most {
		line := []string{number(m.MiB) + " MiB", bounds(boundsOf(m.Holds, m.Fails), "fits"), "", "", bounds(boundsOf(m.Kept, m.Lost), "is kept")}
		if m.Measured != nil {
			line[2] = memoryText(*m.Measured)
		}
		if m.Extrapolated > 0 {
			line[3] = fmt.Sprintf("%d: %s", m.Extrapolated, memoryText(*m.By))
		}
		g.lines = append(g.lines, line)
	}
	return g
}

func boundsOf(holds, fails int) *verdict.Bounds {
	b := &verdict.Bounds{}
	if holds > 0 {
		b.Holds = &holds
	}
	if fails > 0 {
		b.Fails = &fails
	}
	return b
}

// answered is the answer in a word and a sentence.
func answered(a *plan.Answer) (word, text string) {
	q := a.Question
	what := fmt.Sprintf("%s with %s MiB of public stories", verdict.Crowd(q.Users), number(q.MiB))
	switch {
	case q.Users == 0 && a.Outcome == verdict.Pass:
		return "DONE", fmt.Sprintf("users that plan %s holds, by what its database holds", q.Plan)
	case q.Users == 0:
		return "CANNOT TELL", "how many users plan " + q.Plan + " holds"
	case a.Smallest != nil:
		p := a.Smallest
		text = fmt.Sprintf("%s: plan %s, $%g a month; %s: %s", what, p.Plan, p.Dollars, p.Memory.Basis, memoryText(p.Memory))
		if a.Outcome == verdict.Pass {
			return "PASS", text
		}
		return "CANNOT TELL", text + "; too little to rely on"
	case a.Outcome == verdict.Fail:
		return "FAIL", what + ": none of the plans holds them"
	}
	return "CANNOT TELL", what + ": no plan is known to hold them"
}

// nextOfAnswer is the command that would tell more of the plan that was named, or
// of the first that nothing is known of.
func nextOfAnswer(a *plan.Answer) string {
	if a.Smallest != nil {
		return a.Smallest.Command
	}
	for _, p := range a.Plans {
		if p.Command != "" {
			return p.Command
		}
	}
	return ""
}
