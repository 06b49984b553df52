package explain

import "github.com/pixeltales/pixelload/internal/stats"

// defaultPersona is whose rates a share of a processor is reckoned with: the
// user that every claim is about.
const defaultPersona = "user"

// rate is how often default users asked for something.
type rate struct {
	n       int
	seconds float64 // of one user
}

// ratesOf are the default user's, as far as users were measured.
func ratesOf(crowds []Crowd) map[string]rate {
	rates := map[string]rate{}
	for _, c := range crowds {
		if c.Persona != defaultPersona || c.Users == 0 || c.Seconds <= 0 {
			continue
		}
		for name, n := range c.Requests {
			rates[name] = rate{n, float64(c.Users) * c.Seconds}
		}
	}
	return rates
}

// both is the level of each of two intervals that hold together in 95 %.
const both = 0.975

// users is how many use up each share with calls that take so many seconds of a
// processor; none where that is not known to be above zero.
func (r rate) users(cpus, shares []float64) (all []UsersAt) {
	cpu, err := stats.Summarise(cpus)
	if err != nil {
		return nil
	}
	took, err := cpu.MeanInterval(both)
	count, countErr := stats.PoissonInterval(r.n, both)
	if err != nil || countErr != nil || took.Low <= 0 {
		return nil
	}
	for _, share := range shares {
		at := func(n, cpu float64) float64 { return share * r.seconds / (n * cpu) }
		all = append(all, UsersAt{share, at(float64(r.n), cpu.Mean), &[2]float64{at(count.High, took.High), at(count.Low, took.Low)}})
	}
	return all
}
