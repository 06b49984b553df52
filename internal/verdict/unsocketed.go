package verdict

import (
	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/run"
)

// unsocketed judges whether the server takes no socket: users try to open
// theirs, and each is refused.
func unsocketed(c claim.Claim, all []series) (Word, bool) {
	trials, places := trialsOf(all, func(s series) bool { return s.isOf(c.Arm, run.Natural) || s.isOf(c.Arm, run.Collected) })
	if len(trials) == 0 {
		return Word{}, false
	}
	w := Word{Series: places, Reasons: []string{}}
	times := 0
	tried := w.figuresOf(trials, func(t *trial) (float64, string) {
		opened, refused := 0, 0
		for _, u := range t.run.Users {
			opened += u.Sockets.Opened
			for _, n := range u.Sockets.Refused {
				refused += n
			}
		}
		if opened+refused == 0 {
			return 0, "nobody tried to open a socket"
		}
		if opened == 0 {
			times++
		}
		return 0, ""
	})
	w.always(times, len(tried))
	w.Reasons = append(w.Reasons, "no stroke and no notification reaches anybody without sockets: collaboration and live notifications are off")
	return w, true
}
