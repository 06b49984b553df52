package verdict

import (
	"fmt"
	"slices"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/phase"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/stats"
)

// planned judges a claim on what a plan holds: by natural trials with the
// processor to themselves; those under the plan's share of it stand beside.
func planned(c claim.Claim, plan claim.Plan, all []series) (Word, bool) {
	var free, shared []*trial
	var places []int
	for _, s := range all {
		switch cpus := s.key().cpus; {
		case !s.isOf(c.Arm, run.Natural):
		case cpus == 0:
			free, places = append(free, s.trials...), append(places, s.index)
		case cpus == plan.CPUs:
			shared = append(shared, s.trials...)
		}
	}
	free = underOwn(plan, free)
	judge := capacityWord
	if c.Kind == claim.Share {
		judge = lived
	}
	w, speaks := judge(c, plan, free)
	beside, too := judge(c, plan, shared)
	if too && beside.Measured != nil {
		if !speaks || w.Measured == nil {
			w = Word{Outcome: Inconclusive, Measured: &Measured{}, Reasons: append(w.Reasons, onlyShare(plan.CPUs))}
		}
		w.Measured.UnderCPUShare = beside.Measured
	}
	w.Series = places
	return w, speaks || too
}

// underOwn returns the trials under the plan's own memory, where there are such:
// one under more says nothing as soon as it needs more.
func underOwn(plan claim.Plan, trials []*trial) []*trial {
	var own []*trial
	for _, t := range trials {
		if t.run.Header.LimitBytes == plan.MemoryBytes {
			own = append(own, t)
		}
	}
	if len(own) == 0 {
		return trials
	}
	return own
}

// capacityWord judges the most users that fit into the plan's memory: the claim
// must lie between the most that were seen to fit and the fewest that were not.
// It speaks when a trial was to come as far as the claim, or died before.
func capacityWord(c claim.Claim, plan claim.Plan, trials []*trial) (Word, bool) {
	w := Word{Outcome: Inconclusive, Reasons: []string{}}
	tested := crowdsOf(trials)
	if len(tested) == 0 || (tested[len(tested)-1] < c.LowUsers && !slices.ContainsFunc(trials, (*trial).dead)) {
		return w, false
	}
	memory, service := Bounds{}, Bounds{}
	n, open, openService := 0, "", ""
	for _, users := range tested {
		f := fitsAt(users, plan, trials)
		w.Reasons = append(w.Reasons, f.reasons...)
		n = max(n, f.n)
		switch {
		case f.fits:
			memory.Holds, open = &users, ""
		case f.fails && memory.Fails == nil:
			memory.Fails = &users
		case !f.fails && open == "" && len(f.reasons) > 0:
			open = f.reasons[0]
		}
		s := servedAt(users, trials)
		if s.bad > 0 {
			w.Reasons = append(w.Reasons, s.String())
		}
		switch {
		case service.Fails != nil || openService != "":
		case s.kept():
			service.Holds = &users
		case s.lost():
			service.Fails = &users
		case s.bad > 0:
			openService = s.String() + sixWould
		}
	}
	w.Measured = &Measured{N: n, Memory: &memory, Service: &service}
	if n == 1 {
		w.hint(c, plan, trials)
	} else {
		w.bounded(c, memory, open)
		if c.Service {
			w.alsoServed(c, service, openService)
		}
	}
	w.Reasons = distinct(w.Reasons)
	return w, true
}

// sixWould is what events in some of the trials lack to decide.
const sixWould = ": 6 of 6 would tell, or 0 of 6"

// crowdsOf are the numbers of users that the trials were to come to, ascending.
func crowdsOf(trials []*trial) []int {
	var users []int
	for _, t := range trials {
		for _, p := range t.run.Header.Phases {
			if !slices.Contains(users, p.Users) {
				users = append(users, p.Users)
			}
		}
	}
	slices.Sort(users)
	return users
}

// fit is what the trials say of a number of users in the plan's memory.
type fit struct {
	fits, fails bool
	n           int
	reasons     []string
}

// fitsAt: users fit when no trial was killed and the one-sided 95 % prediction
// bound of the largest U stays below the memory; they don't when more than half of
// all trials are killed, by the exact 95 % interval.
func fitsAt(users int, plan claim.Plan, trials []*trial) fit {
	var f fit
	var peaks []float64
	kills, full, unknown := 0, 0, 0
	for _, t := range trials {
		switch at := t.fate(users, plan); {
		case !at.tested:
		case at.why != "":
			unknown++
			f.reasons = append(f.reasons, t.name(len(trials))+at.why)
		case at.killed:
			kills++
		case at.full:
			kills, full = kills+1, full+1
		default:
			peaks = append(peaks, at.peak)
		}
	}
	f.n = kills + len(peaks)
	killed := fmt.Sprintf("killed at %s or before in %d of %d trials", Crowd(users), kills, f.n)
	if full > 0 {
		killed = fmt.Sprintf("too full at %s or before in %d of %d trials, %d of them killed and the others stopped before", Crowd(users), kills, f.n, kills-full)
	}
	switch {
	case mostOf(kills, f.n):
		f.fails = true
		f.reasons = append(f.reasons, killed)
		return f
	case kills > 0:
		if f.n > 1 {
			f.reasons = slices.Insert(f.reasons, 0, killed+sixWould)
		}
		return f
	case unknown > 0 || len(peaks) < 2:
		return f
	}
	summary, err := stats.Summarise(peaks)
	if err != nil {
		f.reasons = append(f.reasons, err.Error())
		return f
	}
	bound, err := summary.UpperBound(0.95)
	f.fits = err == nil && bound < float64(plan.MemoryBytes)
	if !f.fits {
		f.reasons = append(f.reasons, fmt.Sprintf("%s lived, but the next trial's largest U may reach %s of %s", Crowd(users), mib(bound), mib(float64(plan.MemoryBytes))))
	}
	return f
}

// mostOf reports that it happens in more than half of all trials, by the exact
// 95 % interval; one trial never says so.
func mostOf(times, n int) bool {
	share, err := stats.ClopperPearson(times, max(n, 1), 0.95)
	return err == nil && n > 1 && share.Low > 0.5
}

// bounded decides the claim by what the memory holds: LowUsers to HighUsers, or
// LowUsers and more. open says why the numbers above b.Holds could not be told.
func (w *Word) bounded(c claim.Claim, b Bounds, open string) {
	holds, fails := b.Holds, b.Fails
	switch {
	case fails != nil && *fails <= c.LowUsers:
		w.because(Refuted, fmt.Sprintf("not at %s: memory fits at fewer than %d", Crowd(*fails), c.LowUsers))
	case c.HighUsers > 0 && holds != nil && *holds > c.HighUsers:
		w.because(Refuted, fmt.Sprintf("memory fits at %d users, above %d", *holds, c.HighUsers))
	case holds != nil && *holds >= c.LowUsers && c.HighUsers == 0:
		w.because(Confirmed, fmt.Sprintf("memory fits at %d users", *holds))
	case holds != nil && *holds >= c.LowUsers && fails != nil && *fails <= c.HighUsers+1:
		w.because(Confirmed, fmt.Sprintf("memory fits at %d users and not at %d", *holds, *fails))
	case open != "":
		w.because(Inconclusive, open)
	case holds == nil:
		w.because(Inconclusive, fmt.Sprintf("whether memory fits at %d users was not tried: try that many (--users)", c.LowUsers))
	default:
		next := c.LowUsers
		if *holds >= c.LowUsers {
			next = c.HighUsers + 1
		}
		w.because(Inconclusive, fmt.Sprintf("memory fits at %s, and whether at %d was not tried: try that many (--users)", Crowd(*holds), next))
	}
}

// alsoServed takes a confirmation back where the service was not kept.
func (w *Word) alsoServed(c claim.Claim, service Bounds, open string) {
	switch {
	case w.Outcome != Confirmed:
	case service.Fails != nil && *service.Fails <= c.LowUsers:
		w.because(Refuted, fmt.Sprintf("memory fits, and the service is not kept at %d users", *service.Fails))
	case service.Holds != nil && *service.Holds >= c.LowUsers:
		w.because(Confirmed, fmt.Sprintf("memory fits and the service is kept at %d users", *service.Holds))
	case open != "":
		w.because(Inconclusive, "memory fits; "+open)
	default:
		w.because(Inconclusive, "memory fits; whether the service is kept was not seen: give the generator more CPU")
	}
}

// hint is what one trial says: the most users that it held, and whether it died
// with more.
func (w *Word) hint(c claim.Claim, plan claim.Plan, trials []*trial) {
	*w.Measured.Memory = roomOf(plan, trials)
	memory := w.Measured.Memory
	w.Indication = Near
	switch {
	case c.HighUsers > 0 && memory.Holds != nil && float64(*memory.Holds) > 1.5*float64(c.HighUsers):
		w.Indication = FarAbove
	case memory.Fails != nil && float64(*memory.Fails) < float64(c.LowUsers)/1.5:
		w.Indication = FarBelow
	}
	w.Reasons = append(w.Reasons, oneTrial)
}

// Service is kept as long as these hold, besides goodDelivery and mostErrors.
const slowestAnswer = 5.0 // p95 in seconds: the app's own time-out

// served is how many trials tell of the service at a number of users.
type served struct {
	users  int
	n, bad int    // trials that tell, and those that lost it
	of     int    // trials there are
	how    string // one of them lost it
}

// servedAt leaves out the trials whose generator was not well.
func servedAt(users int, trials []*trial) served {
	s := served{users: users, of: len(trials)}
	for _, t := range trials {
		h, ok := t.hold(users)
		if !ok || users == 0 || slices.ContainsFunc(t.flaws, func(f flaw) bool { return f.generator && (f.phase == "" || f.phase == h.Name) }) {
			continue
		}
		if !h.Full && !t.dead() {
			continue
		}
		if _, asked := h.Load.Errors(); !asked {
			continue
		}
		s.n++
		if text := lostAt(h, t); text != "" {
			s.bad++
			s.how = text
		}
	}
	return s
}

// kept reports that no trial lost the service. Where there are several, one
// alone does not tell.
func (s served) kept() bool { return s.bad == 0 && s.n >= min(2, s.of) }

// lost reports that most trials lost it, or the only one.
func (s served) lost() bool { return mostOf(s.bad, s.n) || s.of == 1 && s.bad == 1 }

func (s served) String() string {
	text := fmt.Sprintf("service lost at %s", Crowd(s.users))
	if s.n > 1 {
		text += fmt.Sprintf(" in %d of %d trials", s.bad, s.n)
	}
	return text + ": " + s.how
}

// lostAt says how the service was lost in a hold; "" when it was kept.
func lostAt(h phase.Hold, t *trial) string {
	errors, _ := h.Load.Errors()
	delivery, due := h.Load.Delivery()
	slow, answered := h.Load.Answers.Quantile(0.95)
	switch {
	case t.dead() && !h.Full:
		return t.deathText
	case due && delivery < goodDelivery:
		return fmt.Sprintf("%.1f %% of the strokes arrived", 100*delivery)
	case errors >= mostErrors:
		return fmt.Sprintf("%.1f %% unexpected errors", 100*errors)
	case answered && slow >= slowestAnswer:
		return fmt.Sprintf("answers took %.1f s (p95)", slow)
	case h.Load.SocketsRefused > 0:
		return fmt.Sprintf("%d sockets refused", h.Load.SocketsRefused)
	}
	return ""
}
