package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// JUnit writes v for a CI system's test tab: a case a budget, a claim and a
// precondition.
//
// The tab and the job agree: a case is red exactly where the exit code is not 0.
// A failed budget is a failure, and one that cannot be told an error. What
// does not decide the exit code is skipped with its reason: a refuted claim is
// news, and neither broken nor as it should be.
func JUnit(w io.Writer, v *verdict.Verdict) error {
	suites := junit.Testsuites{Name: "pixelload"}
	suites.AddSuite(suite(v))
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return fmt.Errorf("writing JUnit: %w", err)
	}
	if err := suites.WriteXML(w); err != nil {
		return fmt.Errorf("writing JUnit: %w", err)
	}
	return nil
}

func suite(v *verdict.Verdict) junit.Testsuite {
	s := junit.Testsuite{Name: "pixelload: " + title(v), Time: "0"}
	if !v.Header.Started.IsZero() {
		s.SetTimestamp(v.Header.Started.UTC())
	}
	for _, f := range known([]fact{{"outcome", v.Outcome}, {"exit_code", fmt.Sprint(v.ExitCode)}, {"run", v.Header.ID}}) {
		s.AddProperty(f.Name, f.Value)
	}
	if len(v.Budgets) == 0 {
		s.AddTestcase(budgetCase(v, verdict.Budget{Name: "verdict", Outcome: v.Outcome, Reasons: v.Reasons}))
	}
	for _, b := range v.Budgets {
		s.AddTestcase(budgetCase(v, b))
	}
	for _, g := range v.Growth {
		s.AddTestcase(growthCase(g))
	}
	for _, c := range v.Claims {
		s.AddTestcase(claimCase(v, c))
	}
	for _, t := range v.Trials {
		s.AddTestcase(trialCase(t))
	}
	for _, r := range preconditions(v) {
		s.AddTestcase(preconditionCase(r))
	}
	return s
}

func budgetCase(v *verdict.Verdict, b verdict.Budget) junit.Testcase {
	c := testcase("budget", b.Name)
	switch b.Outcome {
	case verdict.Fail:
		c.Failure = result("fail", b.Reasons)
	case verdict.Inconclusive:
		c.Error = result("cannot tell", b.Reasons)
	default:
		r := budgetRow(v, b)
		c.SystemOut = output(slices.Concat([]string{r.measured + " of " + r.says}, b.Reasons))
	}
	return c
}

func growthCase(g verdict.Growth) junit.Testcase {
	c := testcase("growth", strings.TrimSpace("growth over the baseline "+g.Phase))
	switch g.Outcome {
	case verdict.Fail:
		c.Failure = result("fail", g.Reasons)
	case verdict.Inconclusive:
		c.Error = result("cannot tell", g.Reasons)
	default:
		r := growthRow(g)
		c.SystemOut = output(slices.Concat([]string{r.measured + " of " + r.says}, g.Reasons))
	}
	return c
}

func claimCase(v *verdict.Verdict, claim verdict.Claim) junit.Testcase {
	c := testcase("claim", claim.ID+": "+claim.Text)
	var reasons []string
	for _, data := range sortedKeys(claim.ByData) {
		e := evidenceOf(v, claim, data)
		first := fmt.Sprintf("the document says %s; %s data: %s", claim.Of.Says(), data, e.Said)
		if e.Measured != "" {
			first += ", " + e.Measured
		}
		reasons = append(reasons, first)
		reasons = append(reasons, e.Reasons...)
	}
	switch {
	case claim.Outcome == verdict.Confirmed:
		c.SystemOut = output(reasons)
	case claim.Outcome == verdict.Refuted && v.Header.FailOn == verdict.FailOnRefuted:
		c.Failure = result("refuted", reasons)
	default:
		c.Skipped = result(words(claim.Outcome), reasons)
	}
	return c
}

// trialCase is whether a trial is whole evidence.
func trialCase(t verdict.Trial) junit.Testcase {
	c := testcase("precondition", fmt.Sprintf("trial %d (%s, %s data) is complete", t.Number, t.Variant, t.Data))
	if t.Outcome != run.Complete || len(t.Reasons) > 0 {
		c.Skipped = result(words(t.Outcome), t.Reasons)
	}
	return c
}

// preconditions are the table's rows on kills, delivery, generator and settling.
func preconditions(v *verdict.Verdict) []row {
	if len(v.Trials) == 0 {
		return nil
	}
	return slices.Concat([]row{killRow(v)}, deliveryRows(v), listRow(v))
}

func preconditionCase(r row) junit.Testcase {
	c := testcase("precondition", r.check)
	switch r.mark {
	case good:
		c.SystemOut = output([]string{r.measured, r.verdict})
	case none:
		c.Skipped = result("not judged", []string{r.measured})
	default:
		c.Skipped = result("not met", []string{r.verdict, r.measured})
	}
	return c
}

func testcase(class, name string) junit.Testcase {
	return junit.Testcase{Classname: "pixelload." + class, Name: clean(name), Time: "0"}
}

func output(lines []string) *junit.Output {
	return &junit.Output{Data: strings.Join(said(lines), "\n")}
}

// result puts the first reason where CI systems show it, and all in its text.
func result(outcome string, reasons []string) *junit.Result {
	reasons = said(reasons)
	r := &junit.Result{Type: outcome, Message: outcome, Data: strings.Join(reasons, "\n")}
	if len(reasons) > 0 {
		r.Message += ": " + reasons[0]
	}
	return r
}
