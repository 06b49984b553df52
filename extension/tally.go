package extension

import (
	"sync"
	"time"
)

// tally is the draws sent in one phase, and what was decided of their deliveries.
type tally struct {
	sent                             int
	received, duplicated, outOfOrder int
	lost                             map[string]int // by reason
	deaf                             int            // members gone deaf
	latencies                        []float64      // milliseconds, a received draw each
	lags                             []float64      // milliseconds after it was due, a sent draw each
}

func (t *tally) allLost() (n int) {
	for _, lost := range t.lost {
		n += lost
	}
	return n
}

// tallies are kept by phase, and taken once a second. Many members may share
// them. The zero value is ready.
type tallies struct {
	mu     sync.Mutex
	phases map[string]*tally
}

// take returns what was decided since the last take, by phase of the sending.
func (t *tallies) take() map[string]*tally {
	t.mu.Lock()
	defer t.mu.Unlock()
	taken := t.phases
	t.phases = nil
	return taken
}

func (t *tallies) sent(phase string, lag time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	of := t.of(phase)
	of.sent++
	of.lags = append(of.lags, milliseconds(lag))
}

func (t *tallies) received(phase string, latency time.Duration, outOfOrder bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	of := t.of(phase)
	of.received++
	of.latencies = append(of.latencies, milliseconds(latency))
	if outOfOrder {
		of.outOfOrder++
	}
}

func (t *tallies) duplicated(phase string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.of(phase).duplicated++
}

func (t *tallies) lost(phase, reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.of(phase).lost[reason]++
}

func (t *tallies) deaf(phase string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.of(phase).deaf++
}

func (t *tallies) of(phase string) *tally {
	of := t.phases[phase]
	if of == nil {
		if t.phases == nil {
			t.phases = map[string]*tally{}
		}
		of = &tally{lost: map[string]int{}}
		t.phases[phase] = of
	}
	return of
}
