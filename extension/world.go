package extension

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"go.k6.io/k6/v2/lib"

	"github.com/pixeltales/pixelload/internal/account"
)

// world is what all users of one test share. The zero value is ready.
type world struct {
	users, sockets headcount // there, open
	gamesMade      atomic.Bool
	health         health    // of the generator
	readiness      readiness // of plain sockets
	gate           gate      // before all targets

	lacks lacks // endpoints, where users go without

	mu       sync.Mutex
	began    time.Time
	taken    map[int]bool // indices of users
	groups   map[int]*group
	accounts map[string]*account.Manifest
	stories  []int // ids on the public list, as first seen
}

// start returns when the test's phases began: at the first call, with the
// time k6 started the caller's scenario. All scenarios start together.
func (w *world) start(ctx context.Context) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.began.IsZero() {
		w.began = time.Now()
		if s := lib.GetScenarioState(ctx); s != nil {
			w.began = s.StartTime
		}
	}
	return w.began
}

// claim gives out the lowest index that no user has.
func (w *world) claim() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.taken == nil {
		w.taken = map[int]bool{}
	}
	index := 0
	for w.taken[index] {
		index++
	}
	w.taken[index] = true
	return index
}

func (w *world) release(index int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.taken, index)
}

// manifest reads the accounts at path, once a test.
func (w *world) manifest(path string) (*account.Manifest, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if m := w.accounts[path]; m != nil {
		return m, nil
	}
	m, err := account.ReadManifest(path)
	if err != nil {
		return nil, err
	}
	if w.accounts == nil {
		w.accounts = map[string]*account.Manifest{}
	}
	w.accounts[path] = m
	return m, nil
}

// discover remembers the first ids seen on the public list.
func (w *world) discover(ids []int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.stories) == 0 {
		w.stories = ids
	}
}

// known returns the remembered ids; they are not written to any more.
func (w *world) known() []int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stories
}

// group is where the users of one collaboration session meet.
type group struct {
	book   ledger
	wishes chan int // accounts that want to be invited

	mu      sync.Mutex
	present int
	number  int           // of the sessions so far
	session string        // id of the last
	code    string        // to join it by
	created chan struct{} // closed when there is another
}

// enter brings a user to the group of the number. Who is in none has one alone.
func (w *world) enter(n int) *group {
	w.mu.Lock()
	defer w.mu.Unlock()
	g := w.groups[n]
	if g == nil {
		g = &group{created: make(chan struct{}), wishes: make(chan int, 100)}
	}
	if n >= 0 {
		if w.groups == nil {
			w.groups = map[int]*group{}
		}
		w.groups[n] = g
	}
	g.present++
	return g
}

// leave ends the group with its last user: who comes later meets in a new session.
func (w *world) leave(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if g := w.groups[n]; g != nil {
		if g.present--; g.present == 0 {
			delete(w.groups, n)
		}
	}
}

// publish tells the group which session was created.
func (g *group) publish(session, code string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.number++
	g.session, g.code = session, code
	close(g.created)
	g.created = make(chan struct{})
}

// isCreated tells whether there was a session after the one of the number.
func (g *group) isCreated(after int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.number > after
}

// await returns the group's last session once it is one after the number; false
// when ctx ends before.
func (g *group) await(ctx context.Context, after int) (number int, session, code string, ok bool) {
	for {
		g.mu.Lock()
		number, session, code, created := g.number, g.session, g.code, g.created
		g.mu.Unlock()
		if number > after {
			return number, session, code, true
		}
		select {
		case <-ctx.Done():
			return 0, "", "", false
		case <-created:
		}
	}
}

// wish tells the group's host that the account wants to be invited.
func (g *group) wish(account int) {
	select {
	case g.wishes <- account:
	default: // it has enough to invite
	}
}

// wait sleeps for d and returns false when ctx ended before.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
