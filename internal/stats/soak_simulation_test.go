package stats

import (
	"fmt"
	"math"
	"testing"
)

// soakBlocks is about what half an hour has; soakBudget is the rise that may be.
const (
	soakBlocks = 40
	soakBudget = 2.5
)

// soaking is a world of a soak: a drift, and what is no drift.
type soaking struct {
	text       string
	drift      float64 // over the whole soak
	memory     float64
	step       bool // of 15, somewhere
	pieces     bool // a step of 15 each third of the soak
	doubles    bool // a step of 15, one of 30 after as much time again, and so on
	saturating bool // a rise by 15 at the beginning
	teeth      bool // blocks in which no collection came, up to 8 above the others
	walk       bool // the noise is a random walk
}

// blocks draws the soak.
func (s soaking) blocks(w world) (ts, xs []float64) {
	kept, walked, stepAt := w.NormFloat64(), 0.0, w.IntN(soakBlocks)
	phase := 0.0
	if s.pieces || s.doubles {
		phase = 0.02 + w.Float64()*0.98
	}
	for i := range soakBlocks {
		t := float64(i+1) / soakBlocks
		kept = s.memory*kept + math.Sqrt(1-s.memory*s.memory)*w.NormFloat64()
		x := kept + s.drift*t
		if s.step && i >= stepAt {
			x += 15
		}
		if s.pieces {
			x += 15 * math.Floor(t*3+phase)
		}
		if s.doubles {
			for at, height := phase/2, 15.0; at <= t; at, height = 2*at, 2*height {
				x += height
			}
		}
		if s.saturating {
			x += 15 * (1 - math.Exp(-t/0.08))
		}
		if s.teeth && w.IntN(10) == 0 {
			x += 8 * w.Float64()
		}
		if s.walk {
			walked += 0.5 * w.NormFloat64()
			x += walked
		}
		ts, xs = append(ts, t), append(xs, x)
	}
	return ts, xs
}

// ends is what the first look that tells says.
func (s soaking) ends(t *testing.T, w world) Answer {
	t.Helper()
	ts, xs := s.blocks(w)
	for _, look := range DriftLooks {
		n := int(look.Part * soakBlocks)
		d := must[Drift](t)(DriftOf(ts[:n], xs[:n]))
		if answer := d.Against(soakBudget, look.Alpha, 1); answer != Unknown {
			return answer
		}
	}
	return Unknown
}

func soaks(t *testing.T) []simulation {
	var rows []simulation
	add := func(s soaking, answer Answer, least, top float64) {
		said := map[Answer]string{Inside: "below the budget", Outside: "above the budget"}[answer]
		rows = append(rows, simulation{fmt.Sprintf("%s: said to be %s", s.text, said), seeds,
			share(seeds, 1, 0, func(w world) bool { return s.ends(t, w) == answer }), least, top})
	}
	for _, s := range []soaking{
		{text: "the budget itself", drift: soakBudget},
		{text: "the budget, memory 0.5", drift: soakBudget, memory: 0.5},
		{text: "the budget, memory 0.8", drift: soakBudget, memory: 0.8},
		{text: "the budget, teeth", drift: soakBudget, teeth: true},
		{text: "the budget, a step", drift: soakBudget, step: true},
		{text: "the budget, a step, memory 0.5", drift: soakBudget, step: true, memory: 0.5},
		{text: "the budget, a rise that saturates", drift: soakBudget, saturating: true},
	} {
		add(s, Outside, 0, 0.05)
		add(s, Inside, 0, 0.05)
	}
	add(soaking{text: "no drift, a step", step: true}, Outside, 0, 0.05)
	add(soaking{text: "no drift, a step", step: true}, Inside, 0, 0)
	add(soaking{text: "a step of 15 each third of the soak", pieces: true}, Inside, 0, 0.05)
	add(soaking{text: "steps of 15, 30, 60 and so on, each after as long again", doubles: true}, Inside, 0, 0.05)
	add(soaking{text: "no drift, a rise that saturates", saturating: true}, Outside, 0, 0.05)
	add(soaking{text: "the budget, and the noise a random walk", drift: soakBudget, walk: true}, Outside, 0, 0)
	add(soaking{text: "no drift"}, Inside, 0, 0)
	add(soaking{text: "twice the budget"}.leaking(2*soakBudget), Outside, 0, 0)
	add(soaking{text: "four times the budget"}.leaking(4*soakBudget), Outside, 0.9, 1)
	add(soaking{text: "four times the budget, a step", step: true}.leaking(4*soakBudget), Outside, 0.9, 1)
	add(soaking{text: "four times the budget, teeth", teeth: true}.leaking(4*soakBudget), Outside, 0.9, 1)
	add(soaking{text: "four times the budget, memory 0.5", memory: 0.5}.leaking(4*soakBudget), Outside, 0, 0)
	return rows
}

func (s soaking) leaking(drift float64) soaking {
	s.drift = drift
	return s
}
