package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/phase"
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

// trial is what one trial shows: of room, which is the plan's memory in bytes or its
// own where that is less, and of limit, its own.
type trial struct {
	mib         float64
	quick       bool
	room, limit int64
	shown, own  []verdict.Shown
}

func trialOf(r *run.Run, plan claim.Plan) trial {
	h := r.Header
	t := trial{mib: float64(h.Data.PublicBytes) / memory.MiB, quick: h.Quick, room: plan.MemoryBytes, limit: h.LimitBytes}
	if h.LimitBytes > 0 && h.LimitBytes < plan.MemoryBytes {
		t.room = h.LimitBytes
	}
	t.shown, t.own = verdict.Shows(r, claim.Plan{MemoryBytes: t.room}), verdict.Shows(r, claim.Plan{MemoryBytes: t.limit})
	return t
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

// on reports that the trial's data is so many MiB, but for what counts as the same.
func (t trial) on(mib float64) bool { return t.mib >= (1-near)*mib && t.mib <= (1+near)*mib }

// memory is what is known of the users: measured, or else implied, or else
// extrapolated.
func (e evidence) memory(users int, mib float64) Memory {
	if m := e.seen(users, mib); m.Basis != "" {
		return m
	}
	return e.extrapolated(users, mib)
}

// seen is what trials showed: those with just these users and this data, and others
// where too few were, or where one failed with less. Its Basis is "" where none tells.
func (e evidence) seen(users int, mib float64) Memory {
	own, by := e.share(users, mib, e.plan.MemoryBytes), e.implied(users, mib)
	switch {
	case own.N == 0, own.Says == Holds && by.Says == Holds && own.whole() < enough && by.whole() >= enough:
		by.Reasons = append(by.Reasons, own.Reasons...)
		return by
	case own.Says == Holds && by.Says == Fails:
		own.Says = Fails
		own.because("%s did not fit with %.1f MiB in %d of %d trials: what failed once is not held", verdict.Crowd(by.From.Users), by.From.MiB, by.N-by.Lived, by.N)
	}
	own.Basis = Measured
	if share, err := stats.ClopperPearson(own.Lived, own.N, 0.95); err == nil {
		own.ShareCI95 = &[2]float64{share.Low, share.High}
	}
	return own
}

// share counts the trials that were to have just these users, on this data, in so
// much room, and those that lived: none is left out for what came of it.
func (e evidence) share(users int, mib float64, room int64) Memory {
	m := Memory{Says: Unknown, Reasons: []string{}}
	for _, t := range e.free {
		for _, s := range t.shown {
			switch {
			case s.Users != users || t.room != room || !t.on(mib):
			case s.Why != "":
				m.because("a trial cannot tell: %s", s.Why)
			case s.Fits:
				m.N, m.Lived = m.N+1, m.Lived+1
				if t.quick || s.Lists < phase.LeastListRequests {
					m.Short++
				}
			default:
				m.N++
			}
		}
	}
	switch {
	case m.N == 0:
	case m.Lived == m.N:
		m.Says = Holds
	default:
		m.Says = Fails
		m.because("%d of %d trials were killed or about to be, or took as much under more memory: what failed once is not held", m.N-m.Lived, m.N)
	}
	return m
}

// implied is what trials with more or less tell: who was held each time with as many
// users, as much data and as little room or less is held here, and who failed with as
// few and as little is not. That bounds the share of trials that live, and is none.
func (e evidence) implied(users int, mib float64) Memory {
	best := Memory{Says: Unknown, Reasons: []string{}}
	for _, t := range e.free {
		for _, s := range t.shown {
			more := s.Users >= users && t.mib >= (1-near)*mib
			less := s.Users <= users && t.mib <= (1+near)*mib && t.room == e.plan.MemoryBytes
			if s.Why != "" || !more && !less {
				continue
			}
			at := e.share(s.Users, t.mib, t.room)
			if at.Says == Holds && !more || at.Says == Fails && !less {
				continue
			}
			if best.Says == Unknown || best.Says == Holds && at.Says == Fails || best.Says == at.Says && at.N > best.N {
				best = at
				best.Basis, best.From = Implied, &Place{s.Users, t.mib, t.room}
			}
		}
	}
	return best
}

// enough is how many whole trials must live before a plan is said to hold: one alone
// leaves its share anywhere from 3 %.
const enough = 2

// whole is how many trials lived through holds that show whole teeth of the memory.
func (m Memory) whole() int { return m.Lived - m.Short }

func (m *Memory) because(format string, args ...any) {
	if why := fmt.Sprintf(format, args...); !slices.Contains(m.Reasons, why) {
		m.Reasons = append(m.Reasons, why)
	}
}

// service is the most users whose service was kept with so many MiB under the
// plan's share of the processor, and the fewest whose was lost; 0 for none. Where
// one trial lost it, others that kept it there tell nothing.
func (e evidence) service(mib float64) (kept, lost int) {
	for _, t := range e.shared {
		for _, s := range t.shown {
			if e.gone(t, s) && t.mib <= (1+near)*mib && (lost == 0 || s.Users < lost) {
				lost = s.Users
			}
		}
	}
	for _, t := range e.shared {
		for _, s := range t.shown {
			if s.Kept && !t.quick && t.mib >= (1-near)*mib && (lost == 0 || s.Users < lost) && !e.goneAt(s.Users, t.mib) {
				kept = max(kept, s.Users)
			}
		}
	}
	return kept, lost
}

// gone reports that the service was lost: who is killed serves nobody.
func (e evidence) gone(t trial, s verdict.Shown) bool {
	return s.Lost || s.Why == "" && !s.Fits && t.room == e.plan.MemoryBytes
}

// goneAt reports that it was in a trial with just these users and this data.
func (e evidence) goneAt(users int, mib float64) bool {
	return slices.ContainsFunc(e.shared, func(t trial) bool {
		return t.on(mib) && slices.ContainsFunc(t.shown, func(s verdict.Shown) bool { return s.Users == users && e.gone(t, s) })
	})
}
