package extension

import (
	"slices"
	"sync"
	"time"
)

const (
	// deliveryDeadline is when an expected delivery counts as lost.
	deliveryDeadline = time.Minute
	// drainTime is how long a user who leaves waits for what is under way.
	drainTime = 5 * time.Second
	// deafTime is how long others must have received what a member did not
	// before it counts as deaf.
	deafTime = 5 * time.Second
)

// Reasons of a lost delivery, the tag `reason`.
const (
	tooLate      = "late"   // not within deliveryDeadline
	receiverLeft = "left"   // and had waited for drainTime
	socketClosed = "closed" // the receiver's, before it came
	receiverDeaf = "deaf"   // one of the others, of a member gone deaf
)

// ledger is the book of one collaboration session: at each draw it notes which
// members ought to get it, and at each receipt it strikes that out.
//
// A delivery is expected of each other member whose socket is open in the
// session when the draw is sent. It is decided once: received, or lost when it
// has not come within deliveryDeadline or its receiver has left or lost its
// socket. What is undecided is kept, by sender and in the order of sending, so
// the book is never longer than what was sent within deliveryDeadline.
// All decisions belong to the phase of the sending.
type ledger struct {
	mu      sync.Mutex
	members []*member
}

// member is one user's page of the ledger.
type member struct {
	book    *ledger
	index   int // of the user
	streams map[int]*stream
	newest  time.Time // when the latest draw that it got was sent
	deaf    bool      // others get what it does not
	tallies *tallies
}

// stream is the draws of one sender to one receiver.
type stream struct {
	pending []sent
	first   int64 // lowest number expected since the receiver joined
	asked   int64 // highest number expected
	given   int64 // highest number given up as late
	newest  int64 // highest number received
}

type sent struct {
	seq   int64
	at    time.Time
	phase string
}

// page returns a page for the user, which is not yet a member.
func (l *ledger) page(index int) *member {
	return &member{book: l, index: index, streams: map[int]*stream{}, tallies: &tallies{}}
}

// join makes the user a member: its socket is open in the session.
func (m *member) join() {
	m.book.mu.Lock()
	defer m.book.mu.Unlock()
	clear(m.streams)
	m.newest, m.deaf = time.Time{}, false
	if !slices.Contains(m.book.members, m) {
		m.book.members = append(m.book.members, m)
	}
}

// part ends the membership: nothing more is expected. What was is still open.
func (m *member) part() {
	m.book.mu.Lock()
	defer m.book.mu.Unlock()
	m.book.members = slices.DeleteFunc(m.book.members, func(o *member) bool { return o == m })
}

// giveUp decides all that is undecided as lost.
func (m *member) giveUp(reason string) { m.lose(time.Time{}, reason) }

// expire decides as lost what was sent deliveryDeadline or longer before now,
// and looks whether the member has gone deaf.
func (m *member) expire(now time.Time) {
	m.lose(now.Add(-deliveryDeadline), tooLate)
	m.listen()
}

// lose decides as lost what was sent at the time or before; all for the zero time.
func (m *member) lose(until time.Time, reason string) {
	m.book.mu.Lock()
	defer m.book.mu.Unlock()
	if m.deaf {
		reason = receiverDeaf
	}
	for _, s := range m.streams {
		n := 0
		for ; n < len(s.pending) && (until.IsZero() || !s.pending[n].at.After(until)); n++ {
			m.tallies.lost(s.pending[n].phase, reason)
			s.given = s.pending[n].seq
		}
		s.pending = slices.Delete(s.pending, 0, n)
	}
}

// listen finds a member gone deaf: nothing came that was sent since the oldest
// draw it waits for, and another member got one that was sent deafTime later.
// It is counted when it begins.
func (m *member) listen() {
	m.book.mu.Lock()
	defer m.book.mu.Unlock()
	oldest, waiting := m.oldest()
	if m.deaf || !waiting || !m.newest.Before(oldest.at) {
		return
	}
	m.deaf = slices.ContainsFunc(m.book.members, func(o *member) bool {
		return o != m && o.newest.Sub(oldest.at) >= deafTime
	})
	if m.deaf {
		m.tallies.deaf(oldest.phase)
	}
}

// oldest returns the draw under way that was sent first; false when none is.
func (m *member) oldest() (first sent, ok bool) {
	for _, s := range m.streams {
		if len(s.pending) > 0 && (!ok || s.pending[0].at.Before(first.at)) {
			first, ok = s.pending[0], true
		}
	}
	return first, ok
}

// forget drops what is undecided: the test was interrupted, nobody can tell.
func (m *member) forget() {
	m.book.mu.Lock()
	defer m.book.mu.Unlock()
	clear(m.streams)
}

// undecided returns how many deliveries to the member are under way.
func (m *member) undecided() int {
	m.book.mu.Lock()
	defer m.book.mu.Unlock()
	n := 0
	for _, s := range m.streams {
		n += len(s.pending)
	}
	return n
}

// send notes that the member sends its draw of the number now. Numbers rise.
// The returned function takes the note back: the draw could not be written.
func (m *member) send(seq int64, now time.Time, phase string) (undo func()) {
	m.book.mu.Lock()
	defer m.book.mu.Unlock()
	asked := make([]*stream, 0, len(m.book.members))
	for _, to := range m.book.members {
		if to == m {
			continue
		}
		s := to.streams[m.index]
		if s == nil {
			s = &stream{first: seq}
			to.streams[m.index] = s
		}
		s.pending = append(s.pending, sent{seq, now, phase})
		s.asked = seq
		asked = append(asked, s)
	}
	return func() {
		m.book.mu.Lock()
		defer m.book.mu.Unlock()
		for _, s := range asked {
			s.pending = slices.DeleteFunc(s.pending, func(p sent) bool { return p.seq == seq })
		}
	}
}

// receive notes that the member got the sender's draw of the number. What was
// not expected (sent before it joined) or came after it was given up is not counted.
func (m *member) receive(sender int, seq int64, now time.Time, phase string) {
	m.book.mu.Lock()
	defer m.book.mu.Unlock()
	s := m.streams[sender]
	if s == nil || seq < s.first || seq > s.asked {
		return
	}
	i, found := slices.BinarySearchFunc(s.pending, seq, func(p sent, seq int64) int { return int(p.seq - seq) })
	if !found {
		if seq > s.given {
			m.tallies.duplicated(phase)
		}
		return
	}
	p := s.pending[i]
	m.tallies.received(p.phase, now.Sub(p.at), seq < s.newest)
	s.newest = max(s.newest, seq)
	if p.at.After(m.newest) {
		m.newest, m.deaf = p.at, false
	}
	s.pending = slices.Delete(s.pending, i, i+1)
}
