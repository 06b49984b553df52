package plan

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/phase"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// Ask answers the question from the runs, which are wanted and alike; leftOut is
// how many others there are. It is a pure function of them. An unknown plan or
// variant is an error.
func Ask(q Question, runs []*run.Run, leftOut int, doc *claim.Document) (*Answer, error) {
	if _, err := doc.Variant(q.Variant); err != nil {
		return nil, err
	}
	a := &Answer{SchemaVersion: SchemaVersion, Question: q, Reasons: []string{}, Trials: len(runs), LeftOut: leftOut}
	if len(runs) > 0 {
		a.Target, a.Machine = runs[0].Header.Target, runs[0].Header.Machine
	}
	if leftOut > 0 {
		a.because("left out, of other builds or machines: %d", leftOut)
	}
	quick := 0
	for _, r := range runs {
		if r.Header.Quick {
			quick++
		}
	}
	if quick > 0 {
		a.because("%d of %d trials were quick: what they say are indications", quick, len(runs))
	}
	if q.Users == 0 {
		plan, err := doc.Plan(q.Plan)
		if err != nil {
			return nil, err
		}
		a.most(evidenceOf(runs, plan))
		return a, nil
	}
	plans := slices.SortedStableFunc(slices.Values(doc.Plans), func(a, b claim.Plan) int {
		return cmp.Or(cmp.Compare(a.Dollars, b.Dollars), cmp.Compare(a.MemoryBytes, b.MemoryBytes))
	})
	for _, plan := range plans {
		if q.Plan == "" || q.Plan == plan.Name {
			a.Plans = append(a.Plans, option(q, evidenceOf(runs, plan)))
		}
	}
	if len(a.Plans) == 0 {
		_, err := doc.Plan(q.Plan)
		return nil, err
	}
	a.choose()
	return a, nil
}

func option(q Question, e evidence) Option {
	p := e.plan
	o := Option{Plan: p.Name, MemoryBytes: p.MemoryBytes, CPUs: p.CPUs, Dollars: p.Dollars, Memory: e.memory(q.Users, q.MiB), Service: Unknown}
	switch kept, lost := e.service(q.MiB); {
	case lost > 0 && q.Users >= lost:
		o.Service = "lost"
	case kept >= q.Users:
		o.Service = "kept"
	}
	switch {
	case o.Memory.Basis == "", o.Memory.Basis == Extrapolated, o.Memory.Says == Holds && o.Memory.whole() < enough:
		o.Command = command(q, p, false)
	case o.Memory.Says == Holds && o.Service == Unknown:
		o.Command = command(q, p, true)
	}
	return o
}

// command measures what is asked: a frontier around it.
func command(q Question, p claim.Plan, share bool) string {
	line := fmt.Sprintf("pixelload capacity --frontier --variant %s --plan %s --users %s --data-mib %s", q.Variant, p.Name, around(q.Users), aroundMiB(q.MiB))
	if share {
		line += " --share"
	}
	return line
}

func around(users int) string {
	if users < 2 {
		return fmt.Sprintf("%d,%d", users, 2*users)
	}
	return fmt.Sprintf("%d,%d,%d", users/2, users, 2*users)
}

func aroundMiB(mib float64) string {
	if mib < 2 {
		return fmt.Sprintf("%g,%g", max(mib, 1), 2*max(mib, 1))
	}
	return fmt.Sprintf("%g,%g,%g", math.Round(mib/2), mib, 2*mib)
}

// choose names the cheapest plan that holds. One whose service is known to be lost
// does not; a cheaper one that nothing is known of may, and that is said. It passes
// when memory was seen to fit often enough, and the service to be kept.
func (a *Answer) choose() {
	a.Outcome, a.ExitCode = verdict.Fail, verdict.ExitFail
	var open []string
	for i, o := range a.Plans {
		for _, why := range o.Memory.Reasons {
			a.because("%s: %s", o.Plan, why)
		}
		switch {
		case o.Memory.Says == Holds && o.Service == "lost":
			a.because("%s: memory fits, and the service is lost under its share of the processor (%g)", o.Plan, o.CPUs)
		case o.Memory.Says == Holds:
			a.Smallest = &a.Plans[i]
			if len(open) > 0 {
				a.because("of cheaper plans (%s) nobody knows: they may do, too", strings.Join(open, ", "))
			}
			a.Outcome, a.ExitCode = verdict.Pass, verdict.ExitPass
			for _, doubt := range o.doubts() {
				a.because("%s: %s", o.Plan, doubt)
				a.Outcome, a.ExitCode = verdict.Inconclusive, verdict.ExitInconclusive
			}
			return
		case o.Memory.Says == Unknown:
			open = append(open, o.Plan)
			a.Outcome, a.ExitCode = verdict.Inconclusive, verdict.ExitInconclusive
		case o.Memory.Basis == Extrapolated:
			a.because("%s: that it does not hold is extrapolated, and nobody tried", o.Plan)
			a.Outcome, a.ExitCode = verdict.Inconclusive, verdict.ExitInconclusive
		}
	}
}

// doubts are what a plan that is said to hold lacks to be relied upon.
func (o Option) doubts() (all []string) {
	doubt := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	m := o.Memory
	switch {
	case m.Basis == Extrapolated:
		doubt("that it holds is extrapolated, and nobody tried")
	case m.Short > 0 && m.whole() < enough:
		doubt("%d of %d trials that lived were quick, or saw fewer than %d list requests: they are indications, and %d whole ones would tell", m.Short, m.Lived, phase.LeastListRequests, enough)
	case m.whole() < enough:
		doubt("one trial alone: %d would tell", enough)
	}
	if o.Service == Unknown {
		doubt("whether the service is kept under its share of the processor (%g) was not measured", o.CPUs)
	}
	return all
}

func (a *Answer) because(format string, args ...any) {
	if why := fmt.Sprintf(format, args...); !slices.Contains(a.Reasons, why) {
		a.Reasons = append(a.Reasons, why)
	}
}

// most finds the most users of the evidence's plan, on the amount of data that was
// asked for, or on each that was measured.
func (a *Answer) most(e evidence) {
	amounts := []float64{a.Question.MiB}
	if a.Question.MiB == 0 {
		amounts = e.amounts()
	}
	for _, mib := range amounts {
		a.Most = append(a.Most, e.most(mib))
	}
	a.Outcome, a.ExitCode = verdict.Pass, verdict.ExitPass
	told := func(m Most) bool { return m.Fails > 0 || m.Holds > 0 && m.Measured.whole() > 0 }
	if !slices.ContainsFunc(a.Most, told) {
		a.Outcome, a.ExitCode = verdict.Inconclusive, verdict.ExitInconclusive
		a.because("nothing but indications is known, if that: pixelload capacity --frontier --variant %s --plan %s", a.Question.Variant, e.plan.Name)
	}
}

// amounts are those that trials had, ascending, those near to each other once.
func (e evidence) amounts() []float64 {
	var all []float64
	for _, t := range e.free {
		all = append(all, math.Round(10*t.mib)/10)
	}
	slices.Sort(all)
	return slices.CompactFunc(all, func(next, kept float64) bool { return next <= (1+near)*kept })
}

func (e evidence) most(mib float64) Most {
	m := Most{MiB: mib}
	for _, users := range e.crowds() {
		switch at := e.seen(users, mib); {
		case at.Says == Holds:
			m.Holds, m.Measured = users, &at
		case at.Says == Fails && m.Fails == 0:
			m.Fails = users
		}
	}
	m.Kept, m.Lost = e.service(mib)
	most := 0
	for _, users := range e.crowds() {
		most = max(most, users)
	}
	for users := m.Holds + 1; users <= 2*most && (m.Fails == 0 || users < m.Fails); users++ {
		by := e.extrapolated(users, mib)
		if by.Says != Holds {
			break
		}
		m.Extrapolated, m.By = users, &by
	}
	return m
}

// crowds are the numbers of users of all trials, ascending.
func (e evidence) crowds() []int {
	var all []int
	for _, t := range e.free {
		for _, s := range t.shown {
			all = append(all, s.Users)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
