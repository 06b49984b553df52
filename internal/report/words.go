package report

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// heading says what was measured, on what and how.
func heading(v *verdict.Verdict, width int) string {
	if len(v.Trials) == 0 {
		return ""
	}
	h := v.Header
	limit := "no limit enforced"
	if h.LimitBytes > 0 {
		limit = "limit " + mib(h.LimitBytes)
	}
	if h.CPUs > 0 {
		limit += fmt.Sprintf(", %g CPUs", h.CPUs)
	}
	var variants []string
	for _, t := range v.Trials {
		if !slices.Contains(variants, t.Variant) {
			variants = append(variants, t.Variant)
		}
	}
	data := strings.Join(sortedKeys(v.Data), ", ") + " data"
	if len(v.Data) == 1 && counted(h.Data) {
		data += fmt.Sprintf(" (%d public stories, %.1f MiB)", h.Data.PublicStories, float64(h.Data.PublicBytes)/memory.MiB)
	}
	target := h.Target.Name
	if h.Target.Ref != "" {
		target += " @ " + h.Target.Ref
	}
	first := []string{target, "variant " + strings.Join(variants, ", "), data}
	trials := count(len(v.Trials), "trial", "trials")
	if h.Running {
		trials += ", not a fresh start"
	}
	second := []string{trials, fmt.Sprintf("seed %d", h.Seed), limit, "memory from " + source(h)}
	return "\n" + wrap(" ", clean(strings.Join(first, "   ")), width) + "\n" + wrap(" ", clean(strings.Join(second, "   ")), width) + "\n\n"
}

// counted reports whether it is known what the database holds: a running target
// may have accounts that others made.
func counted(d run.Data) bool { return d != run.Data{Name: d.Name} }

// source names where memory was read, and how often.
func source(h run.Header) string {
	name := h.MemorySource
	if name == "proc" {
		name = "proc (PSS)"
	}
	if h.SampleSeconds > 0 {
		name += fmt.Sprintf(", %.0f Hz", 1/h.SampleSeconds)
	}
	return name
}

// outcomes are the words and marks of the outcome line.
var outcomes = map[string]outcome{
	verdict.Pass:         {"PASS", good},
	verdict.Fail:         {"FAIL", bad},
	verdict.Inconclusive: {"CANNOT TELL", unknown},
}

type outcome struct {
	word string
	mark mark
}

// outcomeOf is the outcome of v. A campaign passes when it is whole: that is no
// praise of what it measured.
func outcomeOf(v *verdict.Verdict) outcome {
	if v.Campaign() && len(v.Budgets) == 0 && v.Outcome == verdict.Pass {
		return outcome{"DONE", good}
	}
	return outcomes[v.Outcome]
}

// closing is the outcome, why, what the evidence can decide, and what is next.
func closing(v *verdict.Verdict, o Options) string {
	style := lipgloss.NewStyle()
	if o.Color {
		style = paint(style.Bold(true), outcomeOf(v).mark)
	}
	headline, reasons := headline(v)
	reasons = append(reasons, claimReasons(v, reasons, headline)...)
	var b strings.Builder
	say := func(label, text string) {
		pad := strings.Repeat(" ", max(1, 6-lipgloss.Width(label)))
		b.WriteString(wrap(" "+label+pad, clean(text), o.Width) + "\n")
	}
	b.WriteString(wrap(" "+style.Render(outcomeOf(v).word)+"  ", clean(headline), o.Width) + "\n")
	for i, r := range reasons {
		say([]string{"Why", ""}[min(i, 1)], r)
	}
	for i, n := range notes(v) {
		say([]string{"Note", ""}[min(i, 1)], n)
	}
	say("Next", next(v))
	if o.Path != "" {
		say("Run", o.Path)
	}
	if o.Page != "" {
		say("Page", o.Page)
	}
	say("Exit", fmt.Sprint(v.ExitCode))
	return b.String()
}

// headline is the outcome in one sentence, and the reasons that are left.
func headline(v *verdict.Verdict) (string, []string) {
	if v.Capacity != nil {
		return found(v.Capacity), slices.Clone(v.Reasons)
	}
	if v.Campaign() {
		return tally(v), slices.Clone(v.Reasons)
	}
	if v.Outcome != verdict.Pass && len(v.Reasons) > 0 {
		return v.Reasons[0], slices.Clone(v.Reasons[1:])
	}
	for _, b := range v.Budgets {
		if b.Measured == nil {
			continue
		}
		text := fmt.Sprintf("the largest U, %s, stays below the budget of %s", mib(*b.Measured), mib(b.Limit))
		for _, r := range b.Reasons {
			text += "; " + r
		}
		return text, slices.Clone(v.Reasons)
	}
	return "", v.Reasons
}

// found is what a search for a capacity found: its two halves.
func found(c *verdict.Capacity) string {
	where := mib(c.LimitBytes)
	if c.CPUs > 0 {
		where += fmt.Sprintf(" and %g CPUs", c.CPUs)
	}
	return fmt.Sprintf("%s, %s data, in %s: memory %s; service %s; n = %d", c.Variant, c.Data, where,
		bounds(&c.Memory, "fits"), bounds(&c.Service, "is kept"), c.N)
}

// claimReasons are why claims could not be told, where nothing above says it.
func claimReasons(v *verdict.Verdict, said []string, headline string) []string {
	var reasons []string
	if v.Campaign() {
		return nil // its table has them
	}
	for _, c := range v.Claims {
		for _, data := range sortedKeys(c.ByData) {
			word := c.ByData[data]
			if word.Outcome != verdict.Inconclusive || word.Indication != "" || len(word.Reasons) == 0 {
				continue
			}
			why := word.Reasons[0]
			if !slices.ContainsFunc(append(said, headline), func(r string) bool { return strings.HasPrefix(why, r) }) {
				reasons = append(reasons, c.ID+several(v, c.Of.Arm.Variant, data)+": "+why)
			}
		}
	}
	return reasons
}

// notes say what the evidence can and cannot decide, and in which unit.
func notes(v *verdict.Verdict) []string {
	var notes []string
	if len(v.Trials) == 1 {
		notes = append(notes, "One trial decides the budget by its largest U and the kernel's kills. It decides no claim: single trials of one set-up differ by tens of MiB.")
	}
	if v.Target.Kind == "reference" {
		notes = append(notes, "Figures are on the reference app and do not speak for the real one.")
	}
	notes = append(notes, checkoutNotes(v.Checkout)...)
	if len(v.Claims) > 0 {
		notes = append(notes, "The document's MB is read as MiB; were it 10^6 bytes, 4.9 % would hang on it.")
	}
	return notes
}

// next is the most useful command now. It recommends more trials only where
// they would tell more: a flaw that all trials have, the next would have too.
func next(v *verdict.Verdict) string {
	is := func(outcome string) bool {
		return slices.ContainsFunc(v.Trials, func(t verdict.Trial) bool { return t.Outcome == outcome })
	}
	switch ids := open(v); {
	case v.Campaign() && len(ids) > 0:
		return "pixelload claims run " + strings.Join(ids, " ") + "   what is still open"
	case v.Campaign():
		return "pixelload report DIR --format html -o claims.html   every trial behind it"
	case len(v.Trials) == 0 || is(run.GeneratorDied) || noSamples(v):
		return "pixelload doctor             what this machine can do, and what it lacks"
	case is(run.Interrupted) || is(run.Cut):
		return "pixelload check              once more, to the end"
	case v.Header.Running && (is(run.Died) || is(run.Killed)):
		return "read the target's own log: pixelload did not start it"
	case v.Header.Running:
		return "restart the target and check it again: what then differs was its past"
	case is(run.DiedStarting):
		return "pixelload check --limit 1GiB   see what a start needs"
	case is(run.Died):
		return "read what it said: the target_log line of the trial's run file"
	case is(run.Killed):
		return "pixelload check --limit 4GiB   see how much it wants"
	case slices.ContainsFunc(v.Growth, func(g verdict.Growth) bool { return g.Outcome == verdict.Fail }):
		return "pixelload compare REVISION HEAD --app .   which commit it was"
	case slices.ContainsFunc(v.Budgets, func(b verdict.Budget) bool { return b.Outcome == verdict.Fail }):
		return "pixelload check --plan standard   how it does on the larger plan"
	case v.Outcome == verdict.Inconclusive && trialsToTell(v) == 0:
		return "pixelload check              once more, when what stands above is mended"
	case slices.ContainsFunc(v.Levels, func(l verdict.Level) bool { return !l.Steady }):
		return longer(v.Header)
	case v.Outcome == verdict.Inconclusive:
		return fmt.Sprintf("pixelload check --trials %d   narrower intervals", trialsToTell(v))
	case len(v.Trials) == 1 && slices.ContainsFunc(v.Claims, hinted):
		return "pixelload check --trials 6   decides the claims too"
	}
	if _, done := v.Data["heavy"]; done {
		return "pixelload check --users 0,10,20   the same with more users"
	}
	return "pixelload check --data heavy   the same with more in the database"
}

// trialsToTell is how many trials would decide every budget that is open; 0
// when one of them needs something else.
func trialsToTell(v *verdict.Verdict) int {
	most := 0
	for _, b := range v.Budgets {
		switch {
		case b.Outcome != verdict.Inconclusive:
		case b.TrialsToTell == 0:
			return 0
		default:
			most = max(most, b.TrialsToTell)
		}
	}
	return most
}

// hinted reports that the trial was sound enough to hint at the claim.
func hinted(c verdict.Claim) bool {
	for _, w := range c.ByData {
		if w.Indication != "" {
			return true
		}
	}
	return false
}

// longer recommends holds that settle: the usual ones after a quick run, else
// twice those that did not.
func longer(h run.Header) string {
	if h.Quick {
		return "pixelload check              without --quick: it holds until levels settle"
	}
	hold := 0.0
	for _, p := range h.Phases {
		hold = max(hold, p.HoldSeconds)
	}
	return fmt.Sprintf("pixelload check --hold %.0fs   until levels settle", 2*hold)
}

func noSamples(v *verdict.Verdict) bool {
	return !slices.ContainsFunc(v.Budgets, func(b verdict.Budget) bool { return b.Measured != nil })
}

// wrap puts text behind label and breaks it at the width, indented like the
// text; 0 breaks nothing.
func wrap(label, text string, width int) string {
	indent := lipgloss.Width(label)
	if width <= indent+20 {
		return strings.TrimRight(label+text, " ")
	}
	lines := strings.Split(lipgloss.Wrap(text, width-indent, ""), "\n")
	return strings.TrimRight(label+strings.Join(lines, "\n"+strings.Repeat(" ", indent)), " ")
}
