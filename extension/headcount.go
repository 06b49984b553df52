package extension

import "sync"

// headcount is how many of something there are, told in the order in which it
// changes: a gauge keeps its last value, and two that come at once must not leave
// the smaller number behind. The zero value is none.
type headcount struct {
	mu sync.Mutex
	n  int
}

// change adds by and tells the new number before anybody else changes it.
func (h *headcount) change(by int, tell func(now float64)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.n += by
	tell(float64(h.n))
}
