package verdict

import (
	"fmt"
	"slices"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/phase"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/stats"
)

// crash judges a claim that the kernel kills the target under limit: by OOM
// events alone, confirmed when it happens in more than half of all trials and
// refuted when in fewer, by the exact 95 % interval of the share.
func (s series) crash(c claim.Claim, limit int64) Word {
	w := Word{Outcome: Inconclusive, Reasons: []string{}}
	users := slices.Max(c.Users)
	kills, n, decidable := 0, 0, true
	for _, t := range s.trials {
		killed, why := t.crashed(users, limit)
		if why != "" {
			w.Reasons = append(w.Reasons, t.name(len(s.trials))+why)
			decidable = false
			continue
		}
		n++
		if killed {
			kills++
			w.Reasons = append(w.Reasons, t.name(len(s.trials))+t.deathText)
		}
	}
	if n == 0 {
		return w
	}
	w.Measured = &Measured{N: n, Kills: &kills}
	share, err := stats.ClopperPearson(kills, n, 0.95)
	if err != nil {
		w.Reasons = append(w.Reasons, err.Error())
		return w
	}
	w.Measured.ShareCI95 = &[2]float64{round6(share.Low), round6(share.High)}
	switch {
	case n == 1:
		w.Indication = s.crashIndication(kills, limit)
		w.Reasons = append(w.Reasons, oneTrial)
	case !decidable:
	case share.Low > 0.5:
		w.because(Confirmed, fmt.Sprintf("killed in %d of %d trials", kills, n))
	case share.High < 0.5:
		w.because(Refuted, fmt.Sprintf("killed in %d of %d trials", kills, n))
	default:
		w.Reasons = append(w.Reasons, fmt.Sprintf("%d of %d trials killed: 6 of 6 would confirm, 0 of 6 refute", kills, n))
	}
	return w
}

// crashed reports whether the kernel killed the target, under the claim's limit
// and at that many users or before; why says that the trial cannot tell.
func (t *trial) crashed(users int, claimed int64) (killed bool, why string) {
	limit := t.run.Header.LimitBytes
	h, ok := t.hold(users)
	held := ok && h.Full
	killed = t.killedBy(users, held)
	for _, f := range t.flaws {
		inHold := ok && f.phase == h.Name && !f.warmup
		if f.weight == voidsAnswer || (inHold && f.weight == voidsPass && !killed) {
			return false, f.String()
		}
	}
	switch {
	case limit == 0:
		return false, noLimit(t.run.Header) + ": a crash cannot be told"
	case !t.hasKills:
		return false, "no counter of OOM kills: a crash cannot be told"
	case t.outcome == run.DiedStarting:
		return false, t.deathText
	case killed && limit != claimed:
		return false, t.deathText + ": the claim is about " + mib(float64(claimed))
	case killed:
		return true, ""
	case !held:
		return false, t.whyNoHold(users)
	case limit > claimed && phase.PeakUntil(t.run, h.End) >= float64(claimed):
		return false, "U went over " + mib(float64(claimed)) + " under a larger limit: run under that one"
	}
	return false, ""
}

// killedBy reports that the kernel killed at that many users or before; held
// says that they were held to the end.
func (t *trial) killedBy(users int, held bool) bool {
	return t.kills > 0 && (!held || !t.killedAbove(users))
}

// killedAbove reports that the first kill came when more users than that were
// there, or had been: it says nothing of fewer.
func (t *trial) killedAbove(users int) bool {
	at, ok := phase.FirstKill(t.run)
	return ok && slices.ContainsFunc(t.run.Marks, func(m run.Mark) bool {
		return m.Name == run.MarkPhase && m.T <= at && m.Users > users
	})
}

// crashIndication is what one trial hints at: near when it was killed or came
// near the limit, else far below.
func (s series) crashIndication(kills int, limit int64) string {
	if kills == 0 && s.trials[0].peak < float64(limit)/1.5 {
		return FarBelow
	}
	return Near
}
