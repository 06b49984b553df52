package verdict

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/stats"
)

// rule says by what the remedies are chosen.
func rule(of *claim.Remedies) string {
	return fmt.Sprintf("Effective: at %s the largest U of natural trials falls by a tenth of what it is with %s, 5 MiB at least, "+
		"beyond chance (paired by rounds, one-sided 5 %% with Holm's correction over the remedies of one data profile), and the service is not lost where it is kept without. "+
		"Cheapest of them: first one that takes a change of code or settings alone, then one that takes a further server, then one that takes features away; "+
		"among equals, the one that adds least processor time, and where their intervals do not tell that, the one that saves most.", Crowd(slices.Max(of.Crowds())), of.Against)
}

// candidate is a remedy's place and that of its effect at the most users.
type candidate struct {
	remedy *Remedy
	effect *Effect
}

// choose decides which remedies are effective on the data, and names the
// cheapest.
func (r *Remedies) choose(data string, users int) {
	var some []candidate
	for i := range r.Remedies {
		for k := range r.Remedies[i].Effects {
			if e := &r.Remedies[i].Effects[k]; e.Data == data && e.Users == users {
				some = append(some, candidate{&r.Remedies[i], e})
			}
		}
	}
	if len(some) == 0 {
		return
	}
	decideEffects(some, r.Against)
	choice := Choice{Data: data, Reasons: []string{}}
	effective := slices.DeleteFunc(slices.Clone(some), func(c candidate) bool { return c.effect.Effective != Yes })
	if len(effective) == 0 {
		choice.Reasons = append(choice.Reasons, "none is known to be effective")
	} else {
		least := slices.MinFunc(effective, cheaper)
		equals := slices.DeleteFunc(slices.Clone(effective), func(c candidate) bool { return !least.asCheap(c) })
		cheapest := slices.MaxFunc(equals, bySaving)
		choice.Cheapest = cheapest.remedy.Variant
		choice.Largest = slices.MaxFunc(effective, bySaving).remedy.Variant
		choice.Reasons = append(choice.Reasons, fmt.Sprintf("%s takes %s and lowers the peak at %s by %s of %s",
			choice.Cheapest, cheapest.remedy.Takes, Crowd(users), mibOf(cheapest.effect.Peak.Bytes), mibOf(cheapest.effect.Peak.Of)))
		for _, c := range equals {
			if c != cheapest {
				choice.Reasons = append(choice.Reasons, "processor time does not tell it from "+c.remedy.Variant+", which saves less")
			}
		}
		for _, c := range some {
			if c.effect.Effective == Unknown && c.remedy.price <= cheapest.remedy.price {
				choice.Reasons = append(choice.Reasons, "whether "+c.remedy.Variant+", which may be cheaper, is effective cannot be told")
			}
		}
	}
	r.Choices = append(r.Choices, choice)
}

// cheaper orders by what a remedy takes, then by the processor time it adds;
// unknown is most.
func cheaper(a, b candidate) int {
	cores := func(c candidate) float64 {
		if c.effect.CPU == nil {
			return math.Inf(1)
		}
		return c.effect.CPU.Value
	}
	return cmp.Or(cmp.Compare(a.remedy.price, b.remedy.price), cmp.Compare(cores(a), cores(b)))
}

func bySaving(a, b candidate) int { return cmp.Compare(a.effect.Peak.Bytes, b.effect.Peak.Bytes) }

// asCheap reports that b takes as much as c, which adds least, as far as is known:
// an interval of the difference of their processor times would hold 0.
func (c candidate) asCheap(b candidate) bool {
	x, y := c.effect.CPU, b.effect.CPU
	switch {
	case c.remedy.price != b.remedy.price:
		return false
	case c.effect == b.effect || x == nil || y == nil || x.CI95 == nil || y.CI95 == nil:
		return true
	}
	return y.Value-x.Value <= math.Hypot(x.half(), y.half())
}

// half is half the width of the interval, which there is.
func (c *Change) half() float64 { return (c.CI95[1] - c.CI95[0]) / 2 }

// decideEffects says of each whether it is effective, and why.
func decideEffects(some []candidate, against string) {
	var ps []float64
	var tested []*Effect
	for _, c := range some {
		if c.effect.tested {
			ps, tested = append(ps, c.effect.p), append(tested, c.effect)
		}
	}
	for i, p := range stats.Holm(ps) {
		tested[i].p = p
	}
	for _, c := range some {
		answer, why := c.effect.answer(against)
		c.effect.Effective = answer
		c.effect.Reasons = distinct(slices.Insert(c.effect.Reasons, 0, why))
	}
}

// answer says whether the effect is one; p is corrected by now.
func (e *Effect) answer(against string) (answer, why string) {
	switch {
	case e.Peak == nil:
		return Unknown, "no round tells of peaks"
	case !e.tested:
		return Unknown, "1 round decides nothing: run several (--trials 6)"
	}
	enough := worthwhile(e.Peak.Of)
	said := fmt.Sprintf("the peak falls by %s of %s", mibOf(e.Peak.Bytes), mibOf(e.Peak.Of))
	switch {
	case e.p > 0.05 && float64(e.Peak.CI95[1]) < enough:
		return No, said + ", less than " + mib(enough)
	case e.p > 0.05:
		return Unknown, said + ", which may be chance or less than " + mib(enough) + ": more rounds would tell"
	case e.Service.Kept == No && e.Before.Kept == Yes:
		return No, said + ", and the service that " + against + " keeps is lost: " + e.Service.How
	case e.Service.Kept == No && e.Before.Kept == Unknown:
		return Unknown, said + ", and the service is lost: " + e.Service.How + "; whether " + against + " keeps it cannot be told"
	case e.Service.Kept == Unknown && e.Before.Kept != No:
		return Unknown, said + ", and whether the service is kept cannot be told"
	}
	return Yes, said
}
