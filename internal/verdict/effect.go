package verdict

import (
	"fmt"
	"slices"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/phase"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/stats"
)

// effect is what the remedy does on the data at so many users; false without a
// trial of it.
func effect(against, remedy, data string, users int, all []series) (Effect, bool) {
	var some []series
	for _, s := range all {
		if s.key().data == data {
			some = append(some, s)
		}
	}
	c := claim.Claim{Arm: claim.Arm{Variant: against}, Versus: claim.Arm{Variant: remedy}}
	natural, collected := armsOf(c, run.Natural, some), armsOf(c, run.Collected, some)
	if len(natural.versus)+len(collected.versus) == 0 {
		return Effect{}, false
	}
	e := Effect{Data: data, Users: users, Reasons: []string{}, Service: keptAt(users, natural.versus), Before: keptAt(users, natural.of)}
	e.Peak = e.saved("peaks: ", natural, largestU)
	e.Held = e.saved("collected: ", collected, collectedU)
	e.CPU = e.change(natural, func(t *trial, h phase.Hold) (float64, bool) {
		cpu, seconds, ok := phase.CPU(t.run, h.Name)
		return cpu / seconds, ok
	})
	e.Latency = e.change(natural, func(_ *trial, h phase.Hold) (float64, bool) { return h.Load.Answers.Quantile(0.95) })
	e.Reasons = distinct(e.Reasons)
	return e, true
}

// saved is the mean difference of the rounds that both have; nil without one.
// Pairs that cannot be told stand in the reasons.
func (e *Effect) saved(name string, a arms, what figureOf) *Saved {
	var of, differences, lists, listsOf []float64
	for _, p := range e.pairs(name, a) {
		x, y := p[0].figure(e.Users, what), p[1].figure(e.Users, what)
		less := e.lessWork(p)
		if what == largestU && less != "" {
			y.voids = append(y.voids, less)
		}
		for i, side := range []reading{x, y} {
			for _, text := range side.voids {
				e.Reasons = append(e.Reasons, fmt.Sprintf("%sround %d, %s: %s", name, p[i].run.Header.Round, a.names[i], text))
			}
		}
		if len(x.voids)+len(y.voids) == 0 && x.known && y.known {
			of, differences = append(of, x.bytes), append(differences, x.bytes-y.bytes)
			listsOf, lists = append(listsOf, p[0].listRequests(e.Users)), append(lists, p[1].listRequests(e.Users))
		}
	}
	s, err := stats.Summarise(differences)
	if err != nil {
		return nil
	}
	saved := &Saved{N: s.N, Bytes: whole(s.Mean), Of: whole(mean(of))}
	if what == largestU {
		saved.Lists, saved.ListsOf = round6(mean(lists)), round6(mean(listsOf))
	}
	estimate, err := s.Estimate()
	if err != nil {
		return saved
	}
	if ci, err := estimate.Interval(0.95); err == nil {
		saved.CI95 = &[2]int64{whole(ci.Low), whole(ci.High)}
	}
	if what == largestU {
		e.p, e.tested = stats.InsideP(estimate, atLeast(worthwhile(saved.Of))), true
	}
	return saved
}

// lessWork says that the remedy's trial answered fewer list requests than the one
// it is against, by more than a tenth and than chance makes of few: peaks grow with
// them. "" where it did not.
func (e *Effect) lessWork(p [2]*trial) string {
	of, versus := p[0].listRequests(e.Users), p[1].listRequests(e.Users)
	if of-versus <= max(2, of/10) {
		return ""
	}
	return fmt.Sprintf("it answered %.0f list requests where %s answered %.0f: under less load a peak is lower", versus, p[0].run.Header.Variant, of)
}

// listRequests is how many were answered in the hold.
func (t *trial) listRequests(users int) float64 {
	h, _ := t.hold(users)
	return float64(h.Load.ListRequests)
}

// worthwhile is by how much the peak must fall: a tenth of it, 5 MiB at least.
func worthwhile(peak int64) float64 { return tolerance(peak) }

// change is the mean change of a figure over the rounds that both have, of those
// in which peaks can be told; nil where no round knows it.
func (e *Effect) change(a arms, of func(*trial, phase.Hold) (float64, bool)) *Change {
	var bases, differences []float64
	for _, p := range e.pairs("", a) {
		var v [2]float64
		known := e.lessWork(p) == ""
		for i, t := range p {
			h, held := t.hold(e.Users)
			if !known || !held || len(t.figure(e.Users, largestU).voids) > 0 {
				known = false
				break
			}
			v[i], known = of(t, h)
		}
		if known {
			bases, differences = append(bases, v[0]), append(differences, v[1]-v[0])
		}
	}
	s, err := stats.Summarise(differences)
	if err != nil {
		return nil
	}
	c := &Change{N: s.N, Value: round6(s.Mean), Of: round6(mean(bases))}
	if ci, err := s.MeanInterval(0.95); err == nil {
		c.CI95 = &[2]float64{round6(ci.Low), round6(ci.High)}
	}
	return c
}

// pairs are the trials of each round that has one of either arm.
func (e *Effect) pairs(name string, a arms) (pairs [][2]*trial) {
	of, order, twice, _ := byRound(a.of)
	versus, _, twiceToo, _ := byRound(a.versus)
	for _, r := range append(twice, twiceToo...) {
		e.Reasons = append(e.Reasons, fmt.Sprintf("%s%s is there twice: which one counts cannot be told, take one out", name, r))
	}
	for _, r := range order {
		if versus[r] != nil && !slices.Contains(twice, r) && !slices.Contains(twiceToo, r) {
			pairs = append(pairs, [2]*trial{of[r], versus[r]})
		}
	}
	return pairs
}

// figure reads the trial for a comparison of set-ups: what the target itself
// cannot serve is a finding here, and a peak needs no level, but to have been
// seen.
func (t *trial) figure(users int, what figureOf) reading {
	r := t.read(users, what)
	h, ok := t.hold(users)
	if !ok || !h.Full || r.atLeast {
		if r.atLeast { // a peak of which nobody knows how far it would have gone
			r.voids = append(r.voids, t.deathText)
		}
		return r
	}
	for _, f := range t.flaws {
		if f.service && f.phase == h.Name {
			r.voids = slices.DeleteFunc(r.voids, func(text string) bool { return text == f.String() })
		}
	}
	if what == largestU && h.Load.ListRequests < phase.LeastListRequests/2 && !t.run.Header.Quick {
		r.voids = append(r.voids, fmt.Sprintf("%d list requests in the hold, where one tooth of the sawtooth takes %d: its peak may not have been seen", h.Load.ListRequests, phase.LeastListRequests/2))
	}
	return r
}

func keptAt(users int, trials []*trial) Kept {
	s := servedAt(users, trials)
	k := Kept{Kept: Unknown, N: s.n, Lost: s.bad, How: s.how}
	switch {
	case s.n == 0:
	case s.kept():
		k.Kept = Yes
	case s.lost():
		k.Kept = No
	}
	return k
}

// mibOf prints bytes to whole MiB, or tenths below ten.
func mibOf(bytes int64) string {
	if bytes > -10*memory.MiB && bytes < 10*memory.MiB {
		return tenths(float64(bytes)) + " MiB"
	}
	return mib(float64(bytes))
}
