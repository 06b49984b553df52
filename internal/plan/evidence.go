package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/stats"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// near is by how much less data counts as that much, and more as no more: a row of
// drawn stories never holds a round amount.
const near = 0.1

// Wanted reports that a trial of this header can answer a question: natural, of the
// variant, of users as they come, on data whose size is known.
func Wanted(h run.Header, variant string) bool {
	name, _, _ := strings.Cut(h.Mix, "=")
	usual := h.Mix == "" || name == "user" && !strings.Contains(h.Mix, ",")
	return h.Kind == run.Natural && h.Variant == variant && h.Fault == "" && len(h.HabitsOff) == 0 && !h.Running &&
		usual && h.Data.PublicBytes > 0
}

// Alike keeps of the headers those of the same target, machine and pixelload as
// the one begun last, by their places; figures of others are no series with it.
func Alike(headers []run.Header) []int {
	if len(headers) == 0 {
		return nil
	}
	last := slices.MaxFunc(headers, func(a, b run.Header) int {
		return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.ID, b.ID))
	})
	var places []int
	for i, h := range headers {
		if h.Target == last.Target && h.Machine == last.Machine && h.Tool == last.Tool {
			places = append(places, i)
		}
	}
	return places
}

// evidence is what the trials show of one plan.
type evidence struct {
	plan   claim.Plan
	free   []trial // with the processor to themselves: they tell of memory
	shared []trial // under the plan's share of it: they tell of the service
}

// trial is what one trial shows: of the plan's memory, and of its own, limit bytes.
type trial struct {
	mib        float64
	limit      int64
	shown, own []verdict.Shown
}

func trialOf(r *run.Run, plan claim.Plan) trial {
	h := r.Header
	return trial{
		mib: float64(h.Data.PublicBytes) / memory.MiB, limit: h.LimitBytes,
		shown: verdict.Shows(r, plan), own: verdict.Shows(r, claim.Plan{MemoryBytes: h.LimitBytes}),
	}
}

// failed is the fewest users that did not fit into the trial's own memory; 0 for
// none.
func (t trial) failed() int {
	for _, s := range t.own {
		if s.Why == "" && !s.Fits {
			return s.Users
		}
	}
	return 0
}

func evidenceOf(runs []*run.Run, plan claim.Plan) evidence {
	e := evidence{plan: plan}
	for _, r := range runs {
		switch r.Header.CPUs {
		case 0:
			e.free = append(e.free, trialOf(r, plan))
		case plan.CPUs:
			e.shared = append(e.shared, trialOf(r, plan))
		}
	}
	return e
}

// asked reports what a trial says of users with so many MiB: it lived through as
// much or more, or failed at as little or less. Neither: it was not asked.
func (t trial) asked(users int, mib float64) (lived, failed bool) {
	for _, s := range t.shown {
		switch {
		case s.Why != "":
		case s.Fits:
			lived = lived || s.Users >= users && t.mib >= (1-near)*mib
		default:
			failed = failed || s.Users <= users && t.mib <= (1+near)*mib
		}
	}
	return lived && !failed, failed
}

// measured is what the trials that were asked say; Says is Unknown when none was.
func (e evidence) measured(users int, mib float64) Memory {
	m := Memory{Says: Unknown, Reasons: []string{}}
	for _, t := range e.free {
		lived, failed := t.asked(users, mib)
		if lived {
			m.Lived++
		}
		if lived || failed {
			m.N++
		}
	}
	if m.N == 0 {
		return m
	}
	m.Basis, m.Says = Measured, Holds
	if m.Lived < m.N {
		m.Says = Fails
		m.Reasons = append(m.Reasons, fmt.Sprintf("%d of %d trials were killed or about to be, or took as much under more memory: what failed once is not held", m.N-m.Lived, m.N))
	}
	if share, err := stats.ClopperPearson(m.Lived, m.N, 0.95); err == nil {
		m.ShareCI95 = &[2]float64{share.Low, share.High}
	}
	return m
}

// extrapolated is what a plane through the largest U of all steps says: Unknown
// where there is none, where a trial failed at which it says that the users fit, and
// further off than twice what was measured.
func (e evidence) extrapolated(users int, mib float64) Memory {
	m := Memory{Says: Unknown, Reasons: []string{}}
	why := func(format string, args ...any) Memory {
		m.Reasons = append(m.Reasons, fmt.Sprintf(format, args...))
		return m
	}
	p := e.points()
	switch {
	case p.trials == 0:
		return why("nothing was measured")
	case users > 2*p.users || mib > 2*p.mib:
		return why("too far from what was measured, which held up to %s and up to %.0f MiB", verdict.Crowd(p.users), p.mib)
	}
	plane, err := stats.FitPlane(p.xs, p.ys, p.zs)
	if err != nil {
		return why("too little was measured to extrapolate: %s", err)
	}
	next, err := plane.Next(float64(users), mib, p.trials)
	if err != nil {
		return why("too little was measured to extrapolate: %s", err)
	}
	interval, err := next.Interval(0.95)
	if err != nil {
		return why("%s", err)
	}
	for _, t := range e.free {
		failed := t.failed()
		if at, err := plane.Next(float64(failed), t.mib, p.trials); failed > 0 && err == nil && at.ChanceBelow(float64(t.limit)) >= likely {
			return why("what was measured lies on no plane: by it %s fit with %.0f MiB, and a trial failed there", verdict.Crowd(failed), t.mib)
		}
	}
	chance := next.ChanceBelow(float64(e.plan.MemoryBytes))
	m.Basis, m.FromTrials = Extrapolated, p.trials
	m.Predicted, m.CI95, m.Chance = int64(next.Value), &[2]int64{int64(interval.Low), int64(interval.High)}, &chance
	switch {
	case chance >= likely:
		m.Says = Holds
	case chance <= 1-likely:
		m.Says = Fails
	}
	return m
}

// points are the largest U of all steps that fitted into the memory that they had,
// whatever the plan has: users, MiB, bytes; and the most of each, and how many
// trials they are from.
type points struct {
	xs, ys, zs []float64
	users      int
	mib        float64
	trials     int
}

func (e evidence) points() (p points) {
	for _, t := range e.free {
		before := len(p.zs)
		for _, s := range t.own {
			if s.Why == "" && s.Fits {
				p.xs, p.ys, p.zs = append(p.xs, float64(s.Users)), append(p.ys, t.mib), append(p.zs, float64(s.LargestBytes))
				p.users, p.mib = max(p.users, s.Users), max(p.mib, t.mib)
			}
		}
		if len(p.zs) > before {
			p.trials++
		}
	}
	return p
}

// likely is the chance from which an extrapolation says something.
const likely = 0.95

// memory is what is known of the users: measured, or else extrapolated.
func (e evidence) memory(users int, mib float64) Memory {
	if m := e.measured(users, mib); m.Basis != "" {
		return m
	}
	return e.extrapolated(users, mib)
}

// service is the most users whose service was kept with so many MiB under the
// plan's share of the processor, and the fewest whose was lost; 0 for none.
func (e evidence) service(mib float64) (kept, lost int) {
	for _, t := range e.shared {
		for _, s := range t.shown {
			gone := s.Lost || s.Why == "" && !s.Fits // who is killed serves nobody
			if gone && t.mib <= (1+near)*mib && (lost == 0 || s.Users < lost) {
				lost = s.Users
			}
		}
	}
	for _, t := range e.shared {
		for _, s := range t.shown {
			if s.Kept && t.mib >= (1-near)*mib && (lost == 0 || s.Users < lost) {
				kept = max(kept, s.Users)
			}
		}
	}
	return kept, lost
}
