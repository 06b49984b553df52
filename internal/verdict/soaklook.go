package verdict

import (
	"fmt"
	"math"
	"slices"

	"github.com/pixeltales/pixelload/internal/stats"
)

// look takes the looks that are due, up to the first that tells. A soak that
// ended between two of them has one at its end, on the account of the next: it may
// tell of a leak, but not of none, or whoever stops when it looks well would pass.
func (s *Soak) look(of soaking, t *trial) string {
	const jitter = 0.98 // of marks and samples at the end of a look's time
	for _, l := range stats.DriftLooks {
		due := of.lasted >= jitter*l.Part*of.planned
		if !due && t.run.End == nil {
			return LeakUnknown
		}
		until := of.begin + l.Part*of.planned + 1
		taken := LookTaken{Part: l.Part, Alpha: l.Alpha, Answer: LeakUnknown}
		if !due {
			until, taken.Part = math.Inf(1), round6(of.lasted/max(of.planned, 1))
		}
		taken.Answer, taken.N = s.lookUntil(of, until, l.Alpha)
		if !due && taken.Answer == LeakBelow {
			taken.Answer, s.unknown = LeakUnknown, "it was interrupted between two looks, and only a planned one may tell that it leaks less than the budget"
		}
		s.Looks = append(s.Looks, taken)
		if !due || taken.Answer != LeakUnknown {
			return taken.Answer
		}
	}
	return LeakUnknown
}

// lookUntil judges the stretches that ended by then.
func (s *Soak) lookUntil(of soaking, until, alpha float64) (answer string, n int) {
	var hours, bytes []float64
	var ramps []bool
	for _, p := range of.troughs {
		if p.At <= until {
			hours, bytes, ramps = append(hours, (p.At-of.begin)/3600), append(bytes, p.Bytes), append(ramps, p.Ramp)
		}
	}
	s.unknown = fmt.Sprintf("%d stretches of the hold, and a slope takes twelve: hold longer (--minutes)", len(hours))
	d, err := stats.DriftOf(hours, bytes)
	if err != nil {
		return LeakUnknown, len(hours)
	}
	interval, err := d.Slope.Interval(1 - 2*alpha)
	if err != nil {
		return LeakUnknown, d.N
	}
	s.Leak = &Leak{
		BytesPerHour: math.Round(d.Slope.Value), Interval: [2]float64{math.Round(interval.Low), math.Round(interval.High)},
		Level: round6(1 - 2*alpha), N: d.N, Memory: round6(d.Memory),
	}
	s.Once = []OnceHeld{}
	planned := of.planned / 3600
	recurring := d.MayRecur(planned)
	for _, o := range d.Once {
		s.Once = append(s.Once, OnceHeld{round6(o.At), round6(o.Within), whole(o.Height), slices.Contains(recurring, o)})
	}
	switch d.Against(s.Budget, alpha, planned) {
	case stats.Inside:
		return LeakBelow, d.N
	case stats.Outside:
		if !mostly(ramps[len(ramps)/2:]) {
			return LeakAbove, d.N
		}
		s.unknown = "what is held rises, and in most stretches of the later half U did not come down: it may be garbage that no collection has taken yet (--collected tells)"
		return LeakUnknown, d.N
	}
	s.unknown = "the interval holds the budget" + s.longer()
	if pieces := s.pieces(d.To - d.From); pieces > 0 {
		s.unknown = mibOf(pieces) + " came in steps and may come again, as of a leak in pieces: hold longer (--minutes)"
	}
	return LeakUnknown, d.N
}

func mostly(all []bool) bool {
	n := 0
	for _, one := range all {
		if one {
			n++
		}
	}
	return 2*n > len(all)
}

// pieces are the bytes of the steps that may come again, where they alone are as
// much as the budget over so many hours; else 0.
func (s *Soak) pieces(hours float64) (bytes int64) {
	for _, o := range s.Once {
		if o.MayRecur {
			bytes += o.Bytes
		}
	}
	if float64(bytes) < s.Budget*hours {
		return 0
	}
	return bytes
}

// longer says for how long a soak would tell, were the leak what it seems: a
// slope's error falls with the length to the power of one and a half.
func (s *Soak) longer() string {
	far := math.Abs(s.Leak.BytesPerHour - s.Budget)
	half := (s.Leak.Interval[1] - s.Leak.Interval[0]) / 2
	factor := math.Pow(1.2*half/far, 2.0/3)
	if far == 0 || factor > 20 {
		return ", and the leak is as good as it: a longer soak would hardly tell"
	}
	return fmt.Sprintf(": a soak %.1f times as long would tell (--minutes)", max(factor, 1.2))
}
