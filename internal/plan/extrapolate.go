package plan

import (
	"github.com/pixeltales/pixelload/internal/stats"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// extrapolated is what a plane through the largest U of all steps says: Unknown
// where there is none, where a trial failed at which it says that the users fit, and
// further off than twice what was measured, in users, in MiB, and in both multiplied:
// what both together take is on no plane.
func (e evidence) extrapolated(users int, mib float64) Memory {
	m := Memory{Says: Unknown, Reasons: []string{}}
	why := func(format string, args ...any) Memory {
		m.because(format, args...)
		return m
	}
	p := e.points()
	switch {
	case p.trials == 0:
		return why("nothing was measured")
	case users > 2*p.users || mib > 2*p.mib:
		return why("too far from what was measured, which held up to %s and up to %.0f MiB", verdict.Crowd(p.users), p.mib)
	case float64(users)*mib > 2*p.both:
		return why("too far from what was measured, which held %.0f users times MiB at most: %.0f are asked for", p.both, float64(users)*mib)
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
// whatever the plan has: users, MiB, bytes; and the most of each and of both
// multiplied, and how many trials they are from.
type points struct {
	xs, ys, zs []float64
	users      int
	mib, both  float64
	trials     int
}

func (e evidence) points() (p points) {
	for _, t := range e.free {
		before := len(p.zs)
		for _, s := range t.own {
			if s.Why == "" && s.Fits {
				p.xs, p.ys, p.zs = append(p.xs, float64(s.Users)), append(p.ys, t.mib), append(p.zs, float64(s.LargestBytes))
				p.users, p.mib, p.both = max(p.users, s.Users), max(p.mib, t.mib), max(p.both, float64(s.Users)*t.mib)
			}
		}
		if len(p.zs) > before {
			p.trials++
		}
	}
	return p
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

// likely is the chance from which an extrapolation says something.
const likely = 0.95
