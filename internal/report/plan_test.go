package report_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/plan"
	"github.com/pixeltales/pixelload/internal/report"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
)

// asked are answers of every kind, from trials on 4 to 64 MiB.
func asked(t testing.TB, q plan.Question, some int) *plan.Answer {
	t.Helper()
	var runs []*run.Run
	for i, mib := range []float64{4, 8, 16, 32, 64}[:min(some, 5)] {
		wobble := []float64{2, -3, 1, -1, 2}[i]
		r := runtest.Stepping(i+1, 5, []int{0, 3, 10}, runtest.Levels{0: 90, 3: 100 + 6*mib + wobble, 10: 128 + 6*mib + wobble})
		r.Header.Quick = false
		r.Header.Data.Name, r.Header.Data.PublicBytes = fmt.Sprint(mib), int64(mib*(1<<20))
		runs = append(runs, r)
	}
	if some > 5 { // under the plan's share of the processor, and once more
		for i := range 2 {
			r := runtest.Stepping(6+i, 7, []int{0, 3, 10}, runtest.Levels{0: 90, 3: 194, 10: 223})
			r.Header.Data.Name, r.Header.Data.PublicBytes, r.Header.CPUs = "16", 16<<20, 0.1*float64(i)
			runs = append(runs, r)
		}
	}
	if some >= 5 {
		runtest.Killed(runs[4], 75)
	}
	doc, err := claim.Load()
	if err != nil {
		t.Fatal(err)
	}
	q.Variant = "before"
	a, err := plan.Ask(q, runs, 1, doc)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestPlan(t *testing.T) {
	for name, a := range map[string]*plan.Answer{
		"plan-passes":       asked(t, plan.Question{Users: 10, MiB: 16}, 7),
		"plan-measured":     asked(t, plan.Question{Users: 10, MiB: 16}, 5),
		"plan-extrapolated": asked(t, plan.Question{Users: 10, MiB: 64}, 5),
		"plan-most":         asked(t, plan.Question{Plan: "free"}, 5),
		"plan-cannot-tell":  asked(t, plan.Question{Users: 10, MiB: 300}, 2),
		"plan-nothing":      asked(t, plan.Question{Plan: "free"}, 0),
	} {
		var b bytes.Buffer
		if err := report.Plan(&b, a, plain); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".txt", b.String())
		if err := report.Plan(brokenPipe{}, a, plain); !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s into a broken pipe: %v", name, err)
		}
		if err := report.PlanJSON(brokenPipe{}, a); !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s as JSON into a broken pipe: %v", name, err)
		}
	}
}
