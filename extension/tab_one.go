package extension

import (
	"context"
	"time"

	"github.com/pixeltales/pixelload/internal/persona"
)

const (
	wordsTimeout   = 30 * time.Second
	wakeUpTimeout  = 3 * time.Second // of the SPA's ping whose answer it ignores
	pingInterval   = 30 * time.Second
	storyAfter     = 40 * time.Second // in a cycle of tab one
	statsInterval  = 10 * time.Second
	discoverableID = 100 // ids of public stories to remember
)

// words fetches the word list, as every full page load does.
func (v *visit) words() {
	v.http.do(v.whole, call{name: "words", method: "GET", path: "/profanity/active/?language=all", timeout: wordsTimeout})
}

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

// tabOne goes round: load the library, look at its discover tab, read a story.
// The bottom bar is there all the time but in the story.
func (v *visit) tabOne() {
	v.start(v.bottomBar)
	random := v.random(forLibrary)
	first := v.began.Add(persona.FirstList(v.index, v.arrival))
	for next := first; v.active.Err() == nil; next = next.Add(persona.CycleLength) {
		if !v.at(next) {
			return
		}
		v.start(func() { v.words(); v.shell() })
		for due := next; due.Before(next.Add(storyAfter)); due = due.Add(persona.ListInterval) {
			if !v.at(due) {
				return
			}
			v.emit.push(v.metrics.lag, v.phase(), milliseconds(time.Since(due)))
			v.start(v.list)
			v.start(v.bottomBar)
		}
		if !v.at(next.Add(storyAfter)) {
			return
		}
		v.readStory(random.IntN)
	}
}

// at waits for the moment; false when the user stops before.
func (v *visit) at(moment time.Time) bool { return wait(v.active, time.Until(moment)) }

// list asks for the public list, the request that decides the target's memory.
func (v *visit) list() {
	c := call{name: "stories_public", method: "GET", path: "/stories/?public=true&page_size=100"}
	if len(v.world.known()) == 0 {
		c.ids = discoverableID
	}
	v.emit.push(v.metrics.listCalls, v.phase(), 1)
	if a := v.http.do(v.whole, c); len(a.ids) > 0 {
		v.world.discover(a.ids)
	}
}

// readStory opens one of the public stories and reads it to the end of the cycle.
func (v *visit) readStory(pick func(int) int) {
	ids := v.world.known()
	if len(ids) == 0 {
		return // no list was answered yet: there is nothing to open
	}
	id := ids[pick(len(ids))]
	v.start(func() {
		v.parallel(append(navigation(), call{name: "story", method: "GET", path: path("/stories/%s/", id)})...)
	})
	stats := call{name: "story_stats", method: "GET", path: path("/stories/%s/stats/", id)}
	for range int((persona.CycleLength - storyAfter) / statsInterval) {
		v.start(func() { v.http.do(v.whole, stats) })
		if !wait(v.active, statsInterval) {
			return
		}
	}
}

// notifications is the socket that a user has for the whole visit.
func (v *visit) notifications() *socket {
	var stop context.CancelFunc
	s := v.keep(&socket{
		name: "notifications", path: "/ws/notifications/",
		pauses: seconds(2, 4, 8, 16, 32), final: []int{1000},
	})
	s.opened = func() {
		var open context.Context
		open, stop = context.WithCancel(v.active)
		v.start(func() {
			for wait(open, pingInterval) {
				_ = s.write([]byte(`{"type":"ping"}`)) // a socket that fails says so to its reader
			}
		})
	}
	s.closed = func() { stop() }
	return s
}

func seconds(values ...int) []time.Duration {
	durations := make([]time.Duration, len(values))
	for i, s := range values {
		durations[i] = time.Duration(s) * time.Second
	}
	return durations
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
