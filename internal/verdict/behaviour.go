package verdict

import (
	"fmt"
	"math"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/stats"
)

// behaviour judges c by its experiment; false when no series is one.
func behaviour(c claim.Claim, doc *claim.Document, all []series) (Word, bool) {
	switch c.Experiment {
	case claim.Retained:
		return retained(c, all)
	case claim.Reconnects:
		return reconnects(c, all)
	case claim.EachCall:
		return eachCall(c, all)
	case claim.Bounded:
		return bounded(c, doc, all)
	case claim.Unsocketed:
		return unsocketed(c, all)
	}
	return Word{}, false
}

// trialsOf are the trials of the series that pick takes, and their places.
func trialsOf(all []series, pick func(series) bool) (trials []*trial, places []int) {
	for _, s := range all {
		if pick(s) {
			trials, places = append(trials, s.trials...), append(places, s.index)
		}
	}
	return trials, places
}

// injured reports that the fault was done to a target of the arm.
func (s series) injured(a claim.Arm, fault string) bool {
	k := s.key()
	return k.variant == a.Variant && k.mix == "" && k.off == "" && k.fault == fault
}

// spoilt says why a trial cannot serve an experiment: its load or its record was
// not what it should be. What the target did to its users is the experiment.
func (t *trial) spoilt() string {
	if t.outcome != run.Complete {
		return "it ended early: " + t.outcome
	}
	for _, f := range t.flaws {
		if f.weight == voidsAnswer || f.generator {
			return f.String()
		}
	}
	return ""
}

// survived is why those that lived decide nothing where others died.
const survived = "where targets died, those that lived say nothing of all: see why they did, or give them more memory"

// figureIn is a figure of one trial, or why there is none.
type figureIn func(*trial) (value float64, why string)

// figuresOf reads each trial that is not spoilt; w gets why others are left out.
func (w *Word) figuresOf(trials []*trial, of figureIn) []float64 {
	var figures []float64
	for _, t := range trials {
		why := t.spoilt()
		w.survivors = w.survivors || t.dead()
		v := 0.0
		if why == "" {
			v, why = of(t)
		}
		if why != "" {
			w.Reasons = append(w.Reasons, t.name(len(trials))+why)
			continue
		}
		figures = append(figures, v)
	}
	return figures
}

// pairsOf reads each trial of the arm together with that of its round on the
// other side.
func (w *Word) pairsOf(a arms, of func(t, other *trial) (float64, string)) []float64 {
	partners, _, _, _ := byRound(a.versus)
	return w.figuresOf(a.of, func(t *trial) (float64, string) {
		other := partners[round{t.run.Header.Campaign, t.run.Header.Round}]
		if other == nil {
			return 0, "its round has no " + a.names[1]
		}
		w.survivors = w.survivors || other.dead()
		if why := other.spoilt(); why != "" {
			return 0, a.names[1] + ": " + why
		}
		return of(t, other)
	})
}

// measure notes the mean of the figures, in bytes.
func (w *Word) measure(bytes []float64) {
	if s, err := stats.Summarise(bytes); err == nil {
		w.Measured = measured(s)
	}
}

// in decides by equivalence whether the mean of the figures lies in the region.
// With fewer than two it decides nothing.
func (w *Word) in(figures []float64, region stats.Interval, said string) {
	w.Outcome = Inconclusive
	s, err := stats.Summarise(figures)
	if err != nil {
		return // the reasons say why there is none
	}
	e, err := s.Estimate()
	if err != nil {
		w.Reasons = append(w.Reasons, oneTrial)
		return
	}
	if w.survivors {
		w.Reasons = append(w.Reasons, survived)
		return
	}
	answer, err := stats.Equivalence(e, region)
	w.p, w.tested = stats.OutsideP(e, region), err == nil
	switch {
	case err != nil:
		w.Reasons = append(w.Reasons, err.Error())
	case answer == stats.Inside:
		w.because(Confirmed, "the 90 % interval lies within "+said)
	case answer == stats.Outside:
		w.because(Refuted, "the 95 % interval lies outside "+said)
	default:
		w.because(Inconclusive, "the interval reaches over an end of "+said)
	}
}

// always decides whether it happens in more than half of all trials, by the
// exact 95 % interval of the share.
func (w *Word) always(times, n int) {
	w.Outcome = Inconclusive
	if n == 0 {
		return
	}
	w.Measured = &Measured{N: n, Times: &times}
	share, err := stats.ClopperPearson(times, n, 0.95)
	if err != nil {
		w.Reasons = append(w.Reasons, err.Error())
		return
	}
	w.Measured.ShareCI95 = &[2]float64{round6(share.Low), round6(share.High)}
	text := fmt.Sprintf("in %d of %d trials", times, n)
	switch {
	case w.survivors:
		w.Reasons = append(w.Reasons, survived)
	case share.Low > 0.5:
		w.because(Confirmed, text)
	case share.High < 0.5:
		w.because(Refuted, text)
	default:
		w.because(Inconclusive, text+": 6 of 6 would confirm, 0 of 6 refute")
	}
}

// atLeast is a region without an upper end.
func atLeast(low float64) stats.Interval { return stats.Interval{Low: low, High: math.MaxFloat64} }
