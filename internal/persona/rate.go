package persona

import "time"

// ListRequestsAMinute returns how often a user of the mix asks for the public
// list in the long run, on average over the mix. think is the shortest and the
// longest time on a page; the default user, who keeps to its cycle, ignores it.
//
// A stay of t on the discover tab asks at 0 and at each k*ListInterval before t.
// With t evenly between a and b that is 1 + sum over k of the share of stays
// that reach k*ListInterval: (b - max(a, k*ListInterval))/(b - a).
func (m Mix) ListRequestsAMinute(think [2]time.Duration) float64 {
	cycle, sum := m.cycle(), 0.0
	for _, p := range cycle {
		sum += p.listRequestsAMinute(think)
	}
	return sum / float64(len(cycle))
}

func (p Persona) listRequestsAMinute(think [2]time.Duration) float64 {
	if p.TwoTabs {
		return float64(ListRequestsAMinute)
	}
	lists := 0.0
	for _, page := range p.Tour {
		if page == Discover {
			lists += listsAStay(think[0], think[1])
		}
	}
	if lists == 0 {
		return 0
	}
	tour := float64(len(p.Tour)) * (think[0] + think[1]).Minutes() / 2
	return lists / tour
}

// listsAStay returns how many lists a stay between a and b asks for on average.
func listsAStay(a, b time.Duration) float64 {
	lists := 1.0
	for k := ListInterval; k < b; k += ListInterval {
		if k <= a {
			lists++
			continue
		}
		lists += float64(b-k) / float64(b-a)
	}
	return lists
}

// Think is the time on a page when a test names none, shortest and longest.
var Think = [2]time.Duration{20 * time.Second, 60 * time.Second}
