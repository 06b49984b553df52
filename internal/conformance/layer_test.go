package conformance

import (
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const (
	capacity = 100              // of a socket's queue in the in-memory layer
	expiry   = 60 * time.Second // of a message in it
	// busy is how long a socket's database call waits for SQLite's lock.
	busy = 5 * time.Second
)

// lockDatabase holds SQLite's write lock until the returned function is
// called: the RESERVED byte of a rollback-journal database, one after the
// pending byte at 2^30 (sqlite.org/lockingv3.html). Readers go on; a writer
// waits and then fails.
func (s *server) lockDatabase(t *testing.T) (unlock func()) {
	t.Helper()
	file, err := os.OpenFile(s.database, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	lock := unix.Flock_t{Type: unix.F_WRLCK, Start: 1<<30 + 1, Len: 1}
	if err := unix.FcntlFlock(file.Fd(), unix.F_SETLKW, &lock); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return func() { file.Close() } // the system lets go of the lock
}

// vote brings everybody in the room a message by a call that only reads.
func (s *server) vote(t *testing.T, r *room) {
	t.Helper()
	s.mustCall(t, s.people[0], "POST", "/collaborate/"+r.id+"/vote/", nil, nil)
}

// votes counts the votes that a socket has been told of since the last take.
func (k *socket) votes() (n int) {
	for _, e := range k.take() {
		if message, _ := e.data.(map[string]any); message["type"] == "vote_initiated" {
			n++
		}
	}
	return n
}

// TestQueueDropsSilently: while a socket waits for the database, what is sent
// to it queues; beyond the capacity it is lost, and nobody is told.
func TestQueueDropsSilently(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	r := s.openRoom(t, 2)
	host, guest := r.sockets[0], r.sockets[1]
	unlock := s.lockDatabase(t)
	guest.say(t, `{"type":"cursor","position":{"x":1,"y":1}}`)
	time.Sleep(quiet) // the cursor is at the database now
	const sent = capacity + 50
	began := time.Now()
	for range sent {
		s.vote(t, r)
	}
	if took := time.Since(began); took > busy-quiet {
		t.Skipf("%d votes took %v: this machine is too slow to fill the queue within %v", sent, took, busy)
	}
	unlock()
	r.settle(t)
	if n := host.votes(); n != sent {
		t.Errorf("the host heard of %d votes, want all %d", n, sent)
	}
	// One message may be in hand besides those in the queue.
	if n := guest.votes(); n < capacity || n > capacity+2 {
		t.Errorf("the guest heard of %d votes, want the %d that its queue holds", n, capacity)
	}
}

// settle waits until nothing has come to anybody for a second.
func (r *room) settle(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		before := r.sockets[0].count() + r.sockets[1].count()
		time.Sleep(time.Second)
		if r.sockets[0].count()+r.sockets[1].count() == before {
			return
		}
	}
	t.Fatal("messages came without an end")
}

// TestExpiryMakesDeaf: a message that waits in a socket's queue for more than
// a minute takes the socket out of its groups: it stays open, hears nothing
// any more of what others send, and is still heard.
func TestExpiryMakesDeaf(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	r := s.openRoom(t, 2)
	host, guest := r.sockets[0], r.sockets[1]
	unlock := s.lockDatabase(t)
	// Each cursor keeps the guest busy; between two of them it hears one vote.
	for range int(expiry/busy) + 1 {
		guest.say(t, `{"type":"cursor","position":{"x":1,"y":1}}`)
	}
	time.Sleep(quiet)
	const sent = 30
	for range sent {
		s.vote(t, r)
	}
	time.Sleep(expiry + time.Second)
	s.vote(t, r) // whoever sends or receives next clears away what has expired
	unlock()
	r.settle(t)
	if n := host.votes(); n != sent+1 {
		t.Errorf("the host heard of %d votes, want %d", n, sent+1)
	}
	if n := guest.votes(); n == 0 || n > sent/2 {
		t.Errorf("the guest heard of %d votes of %d, want the few from before it went deaf", n, sent)
	}

	s.vote(t, r)
	host.must(t, "vote_initiated")
	guest.say(t, `{"type":"title_edit","title":"Still here"}`)
	host.must(t, "title_edit")
	guest.say(t, `{"type":"get_page_viewers"}`)
	if heard := guest.before(t, func(m map[string]any) bool { return m["type"] == "page_viewers_response" }); heard != "" {
		t.Errorf("the deaf guest heard %q, want its own answer alone", heard)
	}
}
