package history

import (
	"fmt"
	"math"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/stats"
)

const (
	// EnoughNights is how many figures a series needs before its changes are
	// looked for in the series as a whole.
	EnoughNights = 20
	// fewNights is how many nights before a young series' night it is held against.
	fewNights = 10
	// rankP is the p of the rank test below which a young series has changed: six
	// trials against six that are all lower have 0.0022, three against fifteen 0.00245.
	rankP = 0.0025
)

// Change is a night at which a series' level changed.
type Change struct {
	At     int     `json:"at"`     // the place of the first night of the new level
	Before float64 `json:"before"` // mean of the nights since the change before
	After  float64 `json:"after"`  // mean of the nights up to the next change
	// P is the rank test's; 0 where the whole series was looked at, whose tests are
	// all below 0.001.
	P float64 `json:"p,omitempty"`
}

// By is the change of the mean.
func (c Change) By() float64 { return c.After - c.Before }

// least is the smallest change that is told, in the series' unit: less does not
// matter to a plan, or drowns in what fresh starts differ by.
var least = map[string]float64{Bytes: 5 * memory.MiB, Ratio: 0.01, Seconds: 0.05, Users: 1}

// look finds the changes. With EnoughNights figures it is E-divisive over the
// whole series; before, each night's trials against those of the ten nights
// before, since the last change, by ranks.
func (s *Series) look() error {
	s.Changes = []Change{}
	var told []int // places in Nights
	var values []float64
	for i, n := range s.Nights {
		if n.Told() {
			told, values = append(told, i), append(values, *n.Point.Value)
		}
	}
	var starts []int // places in told
	var ps []float64
	var err error
	switch {
	case len(told) >= EnoughNights:
		s.Look = fmt.Sprintf("%d nights looked through", len(told))
		starts, err = stats.ChangePoints(values, least[s.Unit])
		ps = make([]float64, len(starts))
	case s.trials() < 2:
		s.Look = fmt.Sprintf("%d of the %d nights that it takes to find a change", len(told), EnoughNights)
		return nil
	default:
		s.Look = fmt.Sprintf("%d nights, each held against up to %d before it; the whole is looked through from %d on", len(told), fewNights, EnoughNights)
		starts, ps, err = s.young(told)
	}
	if err != nil {
		return fmt.Errorf("looking for changes of %s: %w", s.Metric, err)
	}
	for i, start := range starts {
		from, to := 0, len(values)
		if i > 0 {
			from = starts[i-1]
		}
		if i+1 < len(starts) {
			to = starts[i+1]
		}
		s.Changes = append(s.Changes, Change{At: told[start], Before: mean(values[from:start]), After: mean(values[start:to]), P: ps[i]})
	}
	return nil
}

// trials is how many figures a trial the richest night has.
func (s *Series) trials() (most int) {
	for _, n := range s.Nights {
		most = max(most, len(n.Point.Each))
	}
	return most
}

// young looks for changes where there are few nights.
func (s *Series) young(told []int) (starts []int, ps []float64, err error) {
	since := 0
	for i := 1; i < len(told); i++ {
		var before []float64
		for j := max(since, i-fewNights); j < i; j++ {
			before = append(before, s.Nights[told[j]].Point.Each...)
		}
		now := s.Nights[told[i]].Point.Each
		if len(now) == 0 || len(before) == 0 {
			continue
		}
		p, err := stats.RankSumP(before, now)
		if err != nil {
			return nil, nil, err
		}
		if p < rankP && math.Abs(mean(now)-mean(before)) >= least[s.Unit] {
			starts, ps, since = append(starts, i), append(ps, p), i
		}
	}
	return starts, ps, nil
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
