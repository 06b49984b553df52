package explain

import (
	"fmt"
	"math"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/stats"
)

// held is what stayed after a collection; false without the hook.
func (b Burst) held() (float64, bool) {
	if b.CollectedBytes == nil {
		return 0, false
	}
	return float64(*b.CollectedBytes - b.BeforeBytes), true
}

// garbage is what a collection freed of what was not free already; false
// without the hook.
func (b Burst) garbage() (float64, bool) {
	if b.TrimmedBytes == nil || b.CollectedBytes == nil {
		return 0, false
	}
	return float64(*b.TrimmedBytes - *b.CollectedBytes), true
}

// left is what the calls left as it was.
func (b Burst) left() (float64, bool) { return float64(b.AfterBytes - b.BeforeBytes), true }

func (b Burst) cpu() (float64, bool) {
	if b.CPUSeconds == nil {
		return 0, false
	}
	return *b.CPUSeconds, true
}

// cpuACall is what one call takes of a processor; nil where it is not known, or
// no burst took a tick of the kernel's clock.
func (s Subject) cpuACall() *Estimate {
	e := known(perCall(s.Bursts, Burst.cpu))
	if e == nil || e.Mean == 0 {
		return nil
	}
	return e
}

// perCall is the figure of each burst that has it, for one of its calls.
func perCall(bursts []Burst, figure func(Burst) (float64, bool)) (xs []float64) {
	for _, b := range bursts {
		if x, ok := figure(b); ok && b.Calls > 0 {
			xs = append(xs, x/float64(b.Calls))
		}
	}
	return xs
}

// inFlight is what was there at most while a call was answered, and not after all
// of them. One call's at a time, so nothing is divided; messages do not wait for
// each other, and nobody knows how many it was of.
func (s Subject) inFlight() (xs []float64) {
	if s.Of != Endpoint {
		return nil
	}
	for _, b := range s.Bursts {
		xs = append(xs, float64(b.PeakBytes-b.AfterBytes))
	}
	return xs
}

// leastAnswer is the smallest answer that something is reckoned for a MiB of.
const leastAnswer = memory.MiB / 4

// leftPerMiB is what each burst left for the collector and held, for each MiB
// that it answered.
func leftPerMiB(bursts []Burst) (xs []float64) {
	for _, b := range bursts {
		garbage, ok := b.garbage()
		held, _ := b.held()
		if ok && b.Calls > 0 && b.AnswerBytes/int64(b.Calls) >= leastAnswer {
			xs = append(xs, (garbage+held)/(float64(b.AnswerBytes)/memory.MiB))
		}
	}
	return xs
}

// estimate is the mean with its 95 % t interval; it needs two values.
func estimate(xs []float64) (Estimate, error) {
	s, err := stats.Summarise(xs)
	if err != nil {
		return Estimate{}, err
	}
	i, err := s.MeanInterval(0.95)
	if err != nil {
		return Estimate{}, err
	}
	return Estimate{Mean: s.Mean, CI95: [2]float64{i.Low, i.High}, N: s.N}, nil
}

// known is the estimate, nil where there is none.
func known(xs []float64) *Estimate {
	e, err := estimate(xs)
	if err != nil {
		return nil
	}
	return &e
}

// mib is in MiB to a tenth, without a minus before nothing.
func mib(bytes int64) float64 { return math.Round(10*float64(bytes)/memory.MiB)/10 + 0 }

func mebi(e Estimate) string {
	return fmt.Sprintf("%.1f MiB [%.1f, %.1f]", e.Mean/memory.MiB, e.CI95[0]/memory.MiB, e.CI95[1]/memory.MiB)
}

func kib(e Estimate) string {
	if e.Mean >= memory.MiB {
		return mebi(e)
	}
	return fmt.Sprintf("%.0f KiB [%.0f, %.0f]", e.Mean/1024, e.CI95[0]/1024, e.CI95[1]/1024)
}
