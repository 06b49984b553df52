package verdict

import (
	"fmt"
	"slices"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/stats"
)

// lived judges the share of trials that live with so many users in the plan's
// memory: confirmed when the exact 90 % interval lies in the claimed range,
// refuted when the 95 % interval lies outside.
func lived(c claim.Claim, plan claim.Plan, trials []*trial) (Word, bool) {
	w := Word{Outcome: Inconclusive, Reasons: []string{}}
	users := slices.Max(c.Users)
	kills, n, tested := 0, 0, false
	for _, t := range trials {
		at := t.fate(users, plan)
		tested = tested || at.tested
		switch {
		case !at.tested:
		case at.why != "":
			w.Reasons = append(w.Reasons, t.name(len(trials))+at.why)
		case at.full:
			w.Reasons = append(w.Reasons, t.name(len(trials))+t.stopText())
		case at.killed:
			kills, n = kills+1, n+1
		default:
			n++
		}
	}
	if n == 0 {
		return w, tested
	}
	w.Measured = &Measured{N: n, Users: users, Kills: &kills}
	wide, err := stats.ClopperPearson(n-kills, n, 0.95)
	if err != nil {
		w.Reasons = append(w.Reasons, err.Error())
		return w, true
	}
	w.Measured.LivedCI95 = &[2]float64{round6(wide.Low), round6(wide.High)}
	if len(w.Reasons) > 0 {
		return w, true
	}
	narrow, err := stats.ClopperPearson(n-kills, n, 0.90)
	if err != nil {
		w.Reasons = append(w.Reasons, err.Error())
		return w, true
	}
	said := stats.Interval{Low: c.LowPercent / 100, High: c.HighPercent / 100}
	text := fmt.Sprintf("%d of %d trials lived, %.0f-%.0f %% by the exact 95 %% interval", n-kills, n, 100*wide.Low, 100*wide.High)
	switch {
	case narrow.Within(said):
		w.because(Confirmed, text)
	case wide.Outside(said):
		w.because(Refuted, text)
	default:
		w.because(Inconclusive, text+fmt.Sprintf(": too wide for %g-%g %%, about 36 trials would tell", c.LowPercent, c.HighPercent))
	}
	return w, true
}
