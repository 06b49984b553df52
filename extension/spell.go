package extension

import (
	"context"
	"time"
)

// spell is the time that a user spends on one page. What the user does there,
// and how often, follows from the plan alone: answers that come late delay the
// doing and change nothing of it, nor when the next page is due. So the same
// seed gives the same actions, however quick the target and the machine are.
type spell struct {
	context.Context //nolint:containedctx // of the page, as a context is of a request

	active     context.Context //nolint:containedctx // of the user
	due, until time.Time       // of the next action, of the end
}

// spellFrom begins a spell of the length at the moment, which may have passed.
func (t *tab) spellFrom(from time.Time, length time.Duration) (s *spell, leave context.CancelFunc) {
	s = &spell{active: t.active, due: from, until: from.Add(length)}
	s.Context, leave = context.WithDeadline(t.active, s.until)
	return s, leave
}

// pause waits until the next action is due. When the spell is over before that,
// it waits for the end and returns false; false too when the user stops.
func (s *spell) pause(d time.Duration) bool {
	due := s.due.Add(d)
	if !due.Before(s.until) {
		<-s.Done()
		return false
	}
	s.due = due
	return wait(s.active, time.Until(due))
}
