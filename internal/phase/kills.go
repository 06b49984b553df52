package phase

import "github.com/pixeltales/pixelload/internal/run"

// OOMKills returns how many processes the kernel killed: those of the events or
// the rise of the cgroup's own counter, whichever saw more. False when the run
// has neither a counter nor an event, so that none can be ruled out.
func OOMKills(r *run.Run) (int64, bool) {
	var seen, first, most int64
	known := false
	for _, e := range r.Events {
		if e.Kind == run.EventOOMKill {
			seen, known = seen+max(e.Count, 1), true
		}
	}
	counted := false
	for _, s := range r.Samples {
		if n, ok := s.OOMKills.Get(); ok {
			if !counted {
				first, counted = int64(n), true
			}
			most = max(most, int64(n))
		}
	}
	return max(seen, most-first), known || counted
}

// FirstKill returns when the kernel first killed a process of the target; false
// when it is not known to have killed any.
func FirstKill(r *run.Run) (float64, bool) {
	at, killed := 0.0, false
	note := func(t float64) {
		if !killed || t < at {
			at, killed = t, true
		}
	}
	for _, e := range r.Events {
		if e.Kind == run.EventOOMKill {
			note(e.T)
		}
	}
	first, counted := uint64(0), false
	for _, s := range r.Samples {
		n, ok := s.OOMKills.Get()
		if ok && !counted {
			first, counted = n, true
		}
		if ok && n > first {
			note(s.T)
			break
		}
	}
	return at, killed
}
