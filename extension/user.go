package extension

import (
	"fmt"
	"time"

	"github.com/grafana/sobek"

	"github.com/pixeltales/pixelload/internal/persona"
)

// User is one person, who does what its persona does. Every persona arrives as
// the default user does, who sits at two browser tabs.
//
// On arrival it loads the app's first page: the word list, a token (login, or
// minted with the target's secret), then side by side its own stories, twice
// its profile and its invitations, and opens the notification socket, which it
// pings every 30 s and keeps for the whole visit.
//
// Tab one waits for the user's turn (persona.FirstList), less than 30 s, and then
// goes round in cycles of 60 s: full page load, the library's discover tab with the
// public list at 0 s and 30 s and the bottom bar's three calls with each, at
// 40 s a story with its figures twice. So a user asks for the public list
// persona.ListRequestsAMinute times a minute.
//
// Tab two is a full page load too, and then holds a collaboration session with
// up to five users, by index: the lowest creates and starts it, the others join
// by its code. Users alternate between 20 s of drawing (a stroke of 90 points
// every 1 to 4 s, the cursor 20 times a second while the stroke lasts) and 10 s
// of typing (10 to 20 presence messages a second, the page's text after a pause
// of 500 ms). They ask who is present every 10 s, and upload their story, six
// drawn pages and a cover of 79 KB each, after 3 s without a change.
//
// The other personas are data of package persona: a tour of the pages (tab.go,
// pages.go), a part in a session (join.go, tab_two.go, vote.go), or both.
//
// It leaves by itself: it stops, waits at most 5 s for what is under way, and
// closes its sockets with 1000.
type User struct {
	module  *ModuleInstance
	options *userOptions
	reload  *visit // of who loads pages alone; nil: nobody yet
}

// newUser is the constructor. It checks everything that can be known before
// the test, so that a mistake ends the test in its init context.
func (m *ModuleInstance) newUser(c sobek.ConstructorCall) *sobek.Object {
	rt := m.vu.Runtime()
	user := &User{module: m, options: &userOptions{Habits: usualHabits()}}
	if err := user.configure(c.Argument(0)); err != nil {
		throw(rt, fmt.Errorf("new User: %w", err))
	}
	return rt.ToValue(user).ToObject(rt)
}

// lacks are those that the users share; nil where an endpoint that is missing is
// an error.
func (u *User) lacks() *lacks {
	if !u.options.SkipLacking {
		return nil
	}
	return &u.module.world.lacks
}

func (u *User) configure(value sobek.Value) error {
	if err := decode(value, u.options); err != nil {
		return err
	}
	if err := u.options.validate(); err != nil {
		return err
	}
	manifest, err := u.module.world.manifest(u.options.Accounts)
	if err != nil {
		return err
	}
	u.options.manifest = manifest
	if err := u.options.enough(); err != nil {
		return err
	}
	u.options.target, err = u.module.admit(u.options.URL, u.options.Phases)
	return err
}

// Visit lives through the user's stays, one VU a user, and returns after the
// last. When the test is stopped it closes what is open and returns early.
func (u *User) Visit() (err error) {
	defer rescue("User.visit()", &err)
	state, err := u.module.active("User.visit()")
	if err != nil {
		return err
	}
	if !u.module.enter("User.visit()", u.options.target, 1) {
		return nil
	}
	defer u.options.target.leave(1)
	ctx, w := u.module.vu.Context(), u.module.world
	began := w.start(ctx)
	index := u.index()
	defer w.release(index)
	base := emitter{samples: state.Samples, tags: state.Tags.GetCurrentValues().Tags}
	if index >= len(u.options.manifest.Users) {
		base.push(u.module.metrics.visitsFailed, u.options.Phases.at(time.Since(began)), 1)
		return fmt.Errorf("User.visit(): accounts %s: no account for user %d", u.options.Accounts, index)
	}
	var drawn int64 // goes on when the user comes back: who stayed knows its strokes by their number
	for _, stay := range u.options.Phases.stays(index) {
		arrival := stay.from + persona.Arrival(index)
		if !wait(ctx, time.Until(began.Add(arrival))) {
			return nil
		}
		v := &visit{
			options: u.options, world: w, state: state, metrics: u.module.metrics, emit: base,
			index: index, seat: u.options.Personas.Seat(index), who: u.options.manifest.Users[index], began: began, arrival: arrival, seq: drawn,
		}
		v.http = newClient(u.options.URL, state, base, u.module.metrics, v.phase)
		v.http.lacks = u.lacks()
		v.http.throttle.limit = u.options.target.limit
		v.run(ctx, began.Add(stay.to))
		drawn = v.seq
	}
	return nil
}

func (u *User) index() int {
	if u.options.Index != nil {
		return *u.options.Index
	}
	return u.module.world.claim()
}
