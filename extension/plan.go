package extension

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pixeltales/pixelload/internal/run"
)

// plan is the phases of a test in their order.
type plan []run.Phase

// stay is a stretch of time, counted from the start of the test, during which
// one user is there without a break.
type stay struct{ from, to time.Duration }

func (p plan) validate() error {
	if len(p) == 0 {
		return errors.New("phases: there is none")
	}
	for i, phase := range p {
		switch {
		case phase.Name == "":
			return fmt.Errorf("phases[%d]: name is missing", i)
		case slices.ContainsFunc(p[:i], func(o run.Phase) bool { return o.Name == phase.Name }):
			return fmt.Errorf("phase %q is there twice: their figures would be added up, so give each a name of its own", phase.Name)
		case phase.Users < 0:
			return fmt.Errorf("phase %q: users is %d, want 0 or more", phase.Name, phase.Users)
		case phase.WarmupSeconds < 0 || phase.HoldSeconds < 0 || length(phase) == 0:
			return fmt.Errorf("phase %q: warmup_seconds and hold_seconds must not be negative, nor both 0", phase.Name)
		case phase.Visits < 0:
			return fmt.Errorf("phase %q: visits is %d, want 0 or more", phase.Name, phase.Visits)
		case phase.Visits > 0 && (length(phase)+away)/time.Duration(phase.Visits)-away < shortestVisit:
			return fmt.Errorf("phase %q: %d visits in %v: each takes %v at least, and %v lie between two", phase.Name, phase.Visits, length(phase), shortestVisit, away)
		}
	}
	return nil
}

func length(p run.Phase) time.Duration {
	return time.Duration((p.WarmupSeconds + p.HoldSeconds) * float64(time.Second))
}

// end returns when phase i ends.
func (p plan) end(i int) time.Duration {
	var d time.Duration
	for _, phase := range p[:i+1] {
		d += length(phase)
	}
	return d
}

func (p plan) length() time.Duration { return p.end(len(p) - 1) }

// users returns the largest number of users of any phase.
func (p plan) users() int {
	n := 0
	for _, phase := range p {
		n = max(n, phase.Users)
	}
	return n
}

// at returns the name of the phase at the time; what comes late, such as the
// end of a drain, belongs to the last phase.
func (p plan) at(d time.Duration) string {
	for i, phase := range p {
		if d < p.end(i) {
			return phase.Name
		}
	}
	return p[len(p)-1].Name
}

// stays returns when the user of the index is there: in the phases with more
// users than its index. So those who are there at 3 users are still there at 10;
// in a phase of visits everybody comes anew.
func (p plan) stays(index int) []stay {
	var stays []stay
	for i, phase := range p {
		if phase.Users <= index {
			continue
		}
		from, to := p.end(i)-length(phase), p.end(i)
		if phase.Visits > 0 {
			stays = append(stays, visits(from, to, phase.Visits)...)
			continue
		}
		if n := len(stays); n > 0 && stays[n-1].to == from && p[i-1].Visits == 0 {
			stays[n-1].to = to
			continue
		}
		stays = append(stays, stay{from, to})
	}
	return stays
}

const (
	// away lies between two visits of one user, who needs a part of it to leave.
	away = drainTime + time.Second
	// shortestVisit is one in which all users are there for some seconds.
	shortestVisit = 6 * time.Second
)

// visits are n stays between from and to, at even distances. The last ends with
// the phase, so that users are there at its end.
func visits(from, to time.Duration, n int) []stay {
	every := (to - from + away) / time.Duration(n)
	stays := make([]stay, n)
	for i := range stays {
		begin := from + time.Duration(i)*every
		stays[i] = stay{begin, begin + every - away}
	}
	return stays
}

// grace is what a user has at most to drain, close and leave.
const grace = 10 * time.Second

// scenarios returns k6's scenarios for the plan: `users`, a VU for each person
// at the fullest phase, and `watch`, one VU that announces the phases.
//
// Each VU does one iteration and comes and goes by itself. A ramping-vus
// executor would not do: when it ramps down it picks the VUs to stop by their
// handle, which a VU cannot know, so other users would stay than stayed before.
func (p plan) scenarios() map[string]any {
	scenario := func(name string, vus int) map[string]any {
		return map[string]any{
			"executor": "per-vu-iterations", "exec": name, "vus": vus, "iterations": 1,
			"maxDuration":  fmt.Sprintf("%dms", (p.length() + grace).Milliseconds()),
			"gracefulStop": fmt.Sprintf("%dms", grace.Milliseconds()),
		}
	}
	all := map[string]any{"watch": scenario("watch", 1)}
	if n := p.users(); n > 0 {
		all["users"] = scenario("users", n)
	}
	return all
}
