package plan

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/pixeltales/pixelload/internal/claim"
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
	case o.Memory.Basis != Measured:
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
// does not; a cheaper one that nothing is known of may, and that is said.
func (a *Answer) choose() {
	a.Outcome, a.ExitCode = verdict.Fail, verdict.ExitFail
	var open []string
	for i, o := range a.Plans {
		switch {
		case o.Memory.Says == Holds && o.Service == "lost":
			a.because("%s: memory fits, and the service is lost under its share of the processor (%g)", o.Plan, o.CPUs)
		case o.Memory.Says == Holds:
			a.Smallest = &a.Plans[i]
			a.Outcome, a.ExitCode = verdict.Pass, verdict.ExitPass
			if o.Service == Unknown {
				a.because("%s: whether the service is kept under its share of the processor (%g) was not measured", o.Plan, o.CPUs)
			}
			if len(open) > 0 {
				a.because("of cheaper plans (%s) nobody knows: they may do, too", strings.Join(open, ", "))
			}
			return
		case o.Memory.Says == Unknown:
			open = append(open, o.Plan)
			a.Outcome, a.ExitCode = verdict.Inconclusive, verdict.ExitInconclusive
			for _, why := range o.Memory.Reasons {
				a.because("%s: %s", o.Plan, why)
			}
		}
	}
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
	if !slices.ContainsFunc(a.Most, func(m Most) bool { return m.Holds > 0 || m.Fails > 0 || m.Extrapolated > 0 }) {
		a.Outcome, a.ExitCode = verdict.Inconclusive, verdict.ExitInconclusive
		a.because("nothing is known: pixelload capacity --frontier --variant %s --plan %s", a.Question.Variant, e.plan.Name)
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
