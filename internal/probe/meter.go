package probe

import (
	"errors"
	"sync"
	"time"

	"github.com/pixeltales/pixelload/internal/memory"
)

// lookEvery is the period at which U is read: the peak of one call is short, and
// a reading takes a fraction of a per cent of it.
const lookEvery = 10 * time.Millisecond

// meter reads U all the time and keeps the highest.
type meter struct {
	mu      sync.Mutex // protects all following fields
	source  memory.Source
	peak    int64 // since from was called
	largest int64
	end     chan struct{}
	ended   chan struct{}
}

func newMeter(source memory.Source) *meter {
	m := &meter{source: source, end: make(chan struct{}), ended: make(chan struct{})}
	go m.watch()
	return m
}

func (m *meter) watch() {
	defer close(m.ended)
	tick := time.NewTicker(memory.Period(m.source, lookEvery))
	defer tick.Stop()
	for {
		select {
		case <-m.end:
			return
		case <-tick.C:
			_, _ = m.read() // the next one is asked for by name
		}
	}
}

// read returns U now.
func (m *meter) read() (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, err := m.source.Read()
	if err != nil {
		return 0, err
	}
	u, ok := s.Unreclaimable.Get()
	if !ok {
		return 0, errors.New("the source does not know unreclaimable memory")
	}
	now := int64(u)
	m.peak, m.largest = max(m.peak, now), max(m.largest, now)
	return now, nil
}

// from begins a peak anew, at U now.
func (m *meter) from() (int64, error) {
	m.mu.Lock()
	m.peak = 0
	m.mu.Unlock()
	return m.read()
}

// high is the highest U since from.
func (m *meter) high() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.peak
}

// close ends the reading and returns the largest U of all.
func (m *meter) close() int64 {
	close(m.end)
	<-m.ended
	return m.largest
}
