package trial

import (
	"fmt"
	"math"
	"time"

	"github.com/pixeltales/pixelload/internal/run"
)

// ListRequestsAHold is how many public-list requests a hold must span: the
// target's memory is a sawtooth whose teeth are counted in them, and a level
// is read over whole teeth.
const ListRequestsAHold = 14

// Timing is how long the phases are.
type Timing struct {
	Warmup time.Duration // dropped at the beginning of each phase with users
	Hold   time.Duration // least length of a hold
	Rest   time.Duration // length of the idle and the drained hold
	// ListsAMinute is how often one user asks for the public list; 0: never.
	ListsAMinute float64
	// Capped leaves out ListRequestsAHold.
	Capped bool
}

// Timings of the ways to measure.
var (
	// Natural holds span whole teeth of the sawtooth.
	Natural = Timing{Warmup: 90 * time.Second, Hold: time.Minute, Rest: time.Minute}
	// Collected holds need not: their garbage is collected before they are read.
	Collected = Timing{Warmup: 30 * time.Second, Hold: time.Minute, Rest: time.Minute, Capped: true}
	// Quick ones give indications.
	Quick = Timing{Warmup: 15 * time.Second, Hold: 30 * time.Second, Rest: 10 * time.Second, Capped: true}
)

// leaving is how long users may take to go: they wait for what is still on its
// way to them, and close their sockets.
const leaving = 6 * time.Second

// Phases lays out one trial: a hold for each number of users, in the given
// order, and a drained one at the end.
func Phases(users []int, t Timing) []run.Phase {
	var phases []run.Phase
	for _, n := range users {
		if n == 0 {
			phases = append(phases, run.Phase{Name: "idle", HoldSeconds: t.Rest.Seconds()})
			continue
		}
		phases = append(phases, run.Phase{
			Name: fmt.Sprintf("users=%d", n), Users: n,
			WarmupSeconds: t.Warmup.Seconds(), HoldSeconds: t.hold(n).Seconds(),
		})
	}
	drained := run.Phase{Name: "drained", HoldSeconds: t.Rest.Seconds()}
	if len(users) > 0 && users[len(users)-1] > 0 {
		drained.WarmupSeconds = leaving.Seconds()
	}
	return append(phases, drained)
}

// Visit timing: long enough for pages, a session and strokes.
const (
	// visitEvery lies between the beginnings of two visits of one user.
	visitEvery = 20 * time.Second
	// visitsRest is the length of the idle and the drained hold around them.
	visitsRest = LeastCollectedHold
)

// Visits lays out a trial of collected garbage that counts visits and not
// minutes: idle, a phase in which each of the users comes and goes so often, and
// a drained hold, in which only what the visits left is still there.
func Visits(users, visits int) []run.Phase {
	length := time.Duration(visits)*visitEvery - leaving // nobody comes after the last
	return []run.Phase{
		{Name: "idle", HoldSeconds: visitsRest.Seconds()},
		{Name: "visits", Users: users, Visits: visits, HoldSeconds: length.Seconds()},
		{Name: "drained", WarmupSeconds: leaving.Seconds(), HoldSeconds: visitsRest.Seconds()},
	}
}

// hold spans ListRequestsAHold, and one more to make sure of the last: users'
// lists lie evenly, but not on the hold's edges.
func (t Timing) hold(users int) time.Duration {
	if t.Capped || t.ListsAMinute == 0 {
		return t.Hold
	}
	seconds := 60 * (ListRequestsAHold + 1) / (t.ListsAMinute * float64(users))
	return max(t.Hold, time.Duration(math.Ceil(seconds))*time.Second)
}

// Length is how long all phases take together.
func Length(phases []run.Phase) time.Duration {
	var seconds float64
	for _, p := range phases {
		seconds += p.WarmupSeconds + p.HoldSeconds
	}
	return time.Duration(seconds * float64(time.Second))
}
