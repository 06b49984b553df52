package extension

import (
	"context"
	"time"

	"github.com/pixeltales/pixelload/internal/persona"
)

const (
	pingInterval = 30 * time.Second
	storyAfter   = 40 * time.Second // in a cycle of tab one
)

// tabOne is the default user's round: load the library, look at its discover
// tab, read a story. The bottom bar is there all the time but in the story.
func (v *visit) tabOne() {
	v.start(v.bottomBar)
	random := v.random(forLibrary)
	first := v.began.Add(persona.FirstList(v.index, v.arrival))
	for next := first; v.active.Err() == nil; next = next.Add(persona.CycleLength) {
		if !v.at(next) {
			return
		}
		v.start(func() { v.newTab().words.load(); v.shell() })
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

// readStory opens one of the public stories and reads it to the end of the cycle.
func (v *visit) readStory(pick func(int) int) {
	ids := v.world.known()
	if len(ids) == 0 {
		return // no list was answered yet: there is nothing to open
	}
	id := ids[pick(len(ids))]
	v.start(func() { v.parallel(append(navigation(), get("story", path("/stories/%s/", id)))...) })
	stats := get("story_stats", path("/stories/%s/stats/", id))
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
		pauses: v.pauses(seconds(2, 4, 8, 16, 32)), final: []int{1000}, frame: v.pushes.arrived,
	})
	s.opened = func() {
		var open context.Context
		open, stop = context.WithCancel(v.active)
		v.onceReachable.Do(func() { close(v.reachable) })
		v.start(func() {
			for wait(open, pingInterval) {
				_ = s.ping() // a socket that fails says so to its reader
			}
		})
	}
	s.closed = func() { stop() }
	return s
}

// pauses are what lies before each attempt to open a socket again.
func (v *visit) pauses(durations []time.Duration) []time.Duration {
	if !v.options.Habits.Reconnect {
		return nil
	}
	return durations
}

func seconds(values ...int) []time.Duration {
	durations := make([]time.Duration, len(values))
	for i, s := range values {
		durations[i] = time.Duration(s) * time.Second
	}
	return durations
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
