package compare

import (
	"fmt"
	"math"
	"slices"

	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/stats"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// pairing is the trials of both sides, in pairs where they were run in rounds.
type pairing struct {
	a, b   Side
	paired bool
	pairs  [][2]Trial
	// voids say which trials have no partner to be paired with.
	voids []string
}

// match pairs the trials of one campaign by their rounds.
func match(a, b Side) pairing {
	p := pairing{a: a, b: b, paired: true}
	for _, t := range slices.Concat(a.Trials, b.Trials) {
		p.paired = p.paired && t.Round > 0 && t.Campaign == a.Trials[0].Campaign
	}
	if !p.paired {
		return p
	}
	for _, t := range a.Trials {
		switch found := inRound(b, t.Round); {
		case len(found) == 1 && len(inRound(a, t.Round)) == 1:
			p.pairs = append(p.pairs, [2]Trial{t, found[0]})
		default:
			p.voids = append(p.voids, fmt.Sprintf("round %d has not one trial of each: left out", t.Round))
		}
	}
	for _, t := range b.Trials {
		if len(inRound(a, t.Round)) == 0 {
			p.voids = append(p.voids, fmt.Sprintf("round %d has not one trial of each: left out", t.Round))
		}
	}
	return p
}

func inRound(s Side, round int) []Trial {
	return slices.DeleteFunc(slices.Clone(s.Trials), func(t Trial) bool { return t.Round != round })
}

// sample is one figure a trial of each side, and what speaks against them.
type sample struct {
	a, b   []float64
	paired bool
	voids  []string
}

// sample collects the figures of the phase. Of pairs both must be known.
func (p pairing) sample(phase string) sample {
	s := sample{paired: p.paired, voids: slices.Clone(p.voids)}
	if !p.paired {
		s.a, s.b = s.side(p.a, phase), s.side(p.b, phase)
		return s
	}
	for _, pair := range p.pairs {
		x, knownX := s.read(p.a, pair[0], phase)
		y, knownY := s.read(p.b, pair[1], phase)
		if knownX && knownY {
			s.a, s.b = append(s.a, x), append(s.b, y)
		}
	}
	return s
}

func (s *sample) side(of Side, phase string) (figures []float64) {
	for _, t := range of.Trials {
		if x, known := s.read(of, t, phase); known {
			figures = append(figures, x)
		}
	}
	return figures
}

// read reads a trial's figure and notes what speaks against it.
func (s *sample) read(of Side, t Trial, phase string) (float64, bool) {
	f := t.at(phase)
	for _, why := range f.Voids {
		s.voids = append(s.voids, of.label(t)+why)
	}
	bytes, known := f.Bytes.Get()
	if !known && len(f.Voids) == 0 {
		s.voids = append(s.voids, of.label(t)+phase+": no figure")
	}
	return float64(bytes), known
}

func (s sample) n() int { return min(len(s.a), len(s.b)) }

// difference is B less A.
func (s sample) difference() (stats.Estimate, error) {
	if s.paired {
		return stats.Paired(s.b, s.a)
	}
	a, err := stats.Summarise(s.a)
	if err != nil {
		return stats.Estimate{}, err
	}
	b, err := stats.Summarise(s.b)
	if err != nil {
		return stats.Estimate{}, err
	}
	return stats.Welch(b, a)
}

// advice says how many trials more would tell the growth from the budget, if
// mean and deviation stayed as they are.
func (s sample) advice(e stats.Estimate, budget int64) string {
	const never = "more trials would not tell, it is too near"
	if !s.paired {
		return "trials in rounds would tell sooner: pixelload compare REVISION REVISION --app DIR"
	}
	d, err := stats.Differences(s.b, s.a)
	if err != nil {
		return never
	}
	summary, err := stats.Summarise(d)
	if err != nil {
		return never
	}
	n, ok := summary.TrialsForHalfWidth(math.Abs(float64(budget)-e.Value), 0.95)
	if !ok {
		return never
	}
	return fmt.Sprintf("about %d more rounds would tell", n-summary.N)
}

// visit is by how much more B has grown between idle and drained, divided by the
// visits in between; nil where none were counted, or an end has no figure.
func (p pairing) visit(planned []run.Phase) *Visit {
	visits := 0
	for _, phase := range planned {
		visits += phase.Users * phase.Visits
	}
	if visits == 0 || planned[0].Users > 0 || planned[len(planned)-1].Users > 0 {
		return nil
	}
	before, after := p.sample(planned[0].Name), p.sample(planned[len(planned)-1].Name)
	if len(before.a) != len(after.a) || len(before.b) != len(after.b) {
		return nil
	}
	rise := sample{paired: p.paired, a: rises(before.a, after.a, visits), b: rises(before.b, after.b, visits)}
	e, err := rise.difference()
	if err != nil {
		return nil
	}
	return &Visit{visits, *differenceOf(e, rise.n())}
}

// rises are what each trial's memory rose by, a visit.
func rises(before, after []float64, visits int) []float64 {
	out := make([]float64, len(before))
	for i := range out {
		out[i] = (after[i] - before[i]) / float64(visits)
	}
	return out
}

// worse returns the outcome that outweighs the other: false, unknown, true.
func worse(a, b string) string {
	rank := []string{verdict.Fail, verdict.Inconclusive, verdict.Pass}
	return rank[min(slices.Index(rank, a), slices.Index(rank, b))]
}

// distinct drops repetitions and keeps the order.
func distinct(list []string) []string {
	out := []string{}
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
