package extension

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/pixeltales/pixelload/internal/persona"
)

const (
	wakeUpTimeout = 3 * time.Second // of the SPA's ping whose answer it ignores
	barInterval   = 30 * time.Second
)

// tab is a browser tab of the user's, which has loaded the whole app.
type tab struct {
	*visit
	words *words
	stops uint64             // pages opened so far
	noBar context.CancelFunc // nil: the bottom bar is not there
}

func (v *visit) newTab() *tab { return &tab{visit: v, words: &words{visit: v}} }

// shell makes the calls that the app's frame makes on a full page load.
func (v *visit) shell() {
	v.parallel(append(navigation(), call{name: "invites", method: "GET", path: "/collaborate/invites/"})...)
}

// navigation is the calls of the app's frame at each change of page.
func navigation() []call {
	return []call{
		{name: "stories", method: "GET", path: "/stories/"},
		{name: "profile", method: "GET", path: "/auth/profile/", timeout: wakeUpTimeout},
		{name: "profile", method: "GET", path: "/auth/profile/"},
	}
}

// tour goes round the persona's pages. The user has just landed on its home page.
func (t *tab) tour() {
	t.showBar(true)
	if len(t.seat.Tour) == 0 {
		return
	}
	due := time.Now()
	for n := 0; t.active.Err() == nil; n++ {
		due = t.open(t.seat.Tour[n%len(t.seat.Tour)], due)
	}
}

// open changes to the page, which was due at the time, does there what the user
// does, and returns when it has been there long enough, which is when the next
// page is due.
func (t *tab) open(name persona.Page, due time.Time) time.Time {
	random := t.random(forPages | t.stops<<40)
	t.stops++
	think := t.options.Habits.think()
	s, leave := t.spellFrom(due, between(random, think[0], think[1]))
	defer leave()
	p := pages[name]
	t.showBar(!p.bare)
	t.start(func() { t.parallel(append(navigation(), p.load...)...) })
	if p.act != nil {
		p.act(t, s, random)
	}
	<-s.Done()
	return s.until
}

// showBar mounts the bottom bar, or takes it away.
func (t *tab) showBar(show bool) {
	switch {
	case show && t.noBar == nil:
		var there context.Context
		there, t.noBar = context.WithCancel(t.active)
		t.start(func() { t.bar(there) })
	case !show && t.noBar != nil:
		t.noBar()
		t.noBar = nil
	}
}

// bar polls as long as it is there, and again at each message and invitation.
func (t *tab) bar(there context.Context) {
	again := make(chan struct{}, 1)
	defer t.pushes.listen(func(kind string, _ []byte) {
		if kind == "new_message" || kind == "collaboration_invite" {
			nudge(again)
		}
	})()
	timer := time.NewTicker(barInterval)
	defer timer.Stop()
	for {
		t.bottomBar()
		select {
		case <-there.Done():
			return
		case <-timer.C:
		case <-again:
		}
	}
}

// bottomBar makes the bar's three calls, one after the other.
func (v *visit) bottomBar() {
	for _, c := range []call{
		{name: "friend_requests", method: "GET", path: "/friends/requests/"},
		{name: "conversations", method: "GET", path: "/messages/conversations/"},
		{name: "invites", method: "GET", path: "/collaborate/invites/"},
	} {
		v.http.do(v.whole, c)
	}
}

// every makes the calls again and again until ctx ends, the first time after
// the interval: the SPA's timer.
func (v *visit) every(ctx context.Context, interval time.Duration, c call) {
	for wait(ctx, interval) {
		v.start(func() { v.http.do(v.whole, c) })
	}
}

// parallel makes the calls side by side and returns when all are answered.
func (v *visit) parallel(calls ...call) {
	var all sync.WaitGroup
	for _, c := range calls {
		all.Add(1)
		v.start(func() {
			defer all.Done()
			v.http.do(v.whole, c)
		})
	}
	all.Wait()
}

// typeText types the text at the usual speed; false when there is no time for
// it. Each letter is looked up in the word list.
func (t *tab) typeText(s *spell, text string) bool {
	for range text {
		if !s.pause(keyInterval) {
			return false
		}
		t.words.keystroke()
	}
	return true
}

// once is true in the given share of cases.
func once(random *rand.Rand, share float64) bool { return random.Float64() < share }
