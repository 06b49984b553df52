package phase

import (
	"math"

	"github.com/pixeltales/pixelload/internal/run"
)

// Load is what the users did in a hold, and how the target served them.
type Load struct {
	// Lines is how many reports of the generator the hold has; 0 means that
	// nothing is known of the users.
	Lines int

	Requests     int // all HTTP calls
	Failed       int // those with an unexpected status
	Known        int // those that failed the way the application is known to
	ListRequests int // answers of the public list
	// Answers is how long the answers to all calls took.
	Answers run.Histogram

	SocketsOpened  int
	SocketsRefused int // by a server that has sockets
	SocketsLost    int // closed by the server unasked

	// Troubles counts what was wrong with answers, handshakes and frames, by
	// class; nothing is told of a server without sockets, which refuses them all.
	Troubles map[string]int

	Draws  run.Draws
	Fanout run.Histogram
	// Lag is how much later than scheduled the users sent.
	Lag run.Histogram

	// StalledReceivers counts sockets whose reader left bytes unread without
	// having been declared slow.
	StalledReceivers int
	Dropped          int // iterations of the generator that failed
}

// linesOf returns the reports whose span has its middle in the hold.
func linesOf(r *run.Run, h Hold) []run.Users {
	var lines []run.Users
	for _, u := range r.Users {
		middle := u.T - u.Seconds/2
		if u.Phase == h.Name && middle >= h.Begin && middle < h.End {
			lines = append(lines, u)
		}
	}
	return lines
}

// heard returns how many seconds of the hold the reports span. What comes late
// for a phase that is over spans none.
func heard(r *run.Run, h Hold) float64 {
	var sum float64
	for _, u := range r.Users {
		if u.Phase == h.Name {
			sum += max(0, min(u.T, h.End)-max(u.T-u.Seconds, h.Begin))
		}
	}
	return sum
}

// visited counts the phase's visits, also those that a report told of later.
func visited(r *run.Run, h Hold) int {
	n := 0
	for _, u := range r.Users {
		if u.Phase == h.Name {
			n += u.Visits
		}
	}
	return n
}

// leastUsers returns the fewest users that were there at the end of a report.
func leastUsers(lines []run.Users) int {
	least, known := 0, false
	for _, u := range lines {
		if u.Seconds > 0 && (!known || u.Active < least) {
			least, known = u.Active, true
		}
	}
	return least
}

// loadOf adds the lines up. A server without sockets refuses them all and
// delivers no stroke: neither says anything of it.
func loadOf(lines []run.Users, noSockets bool) Load {
	l := Load{Lines: len(lines)}
	for _, u := range lines {
		for _, q := range u.Requests {
			l.Requests += q.N
			switch {
			case q.Known:
				l.Known += q.N
			case q.Failed:
				l.Failed += q.N
			}
		}
		l.ListRequests += listRequests(u)
		l.SocketsOpened += u.Sockets.Opened
		l.SocketsLost += u.Sockets.Lost
		l.StalledReceivers += u.StalledReceivers
		l.Dropped += u.Dropped
		if noSockets {
			continue
		}
		for _, n := range u.Sockets.Refused {
			l.SocketsRefused += n
		}
		l.Draws = l.Draws.Plus(u.Draws)
		l.Troubles = run.Sum(l.Troubles, u.Troubles)
	}
	l.Fanout = merged(lines, func(u run.Users) run.Histogram { return u.Fanout })
	l.Lag = merged(lines, func(u run.Users) run.Histogram { return u.Lag })
	l.Answers = answers(lines)
	return l
}

// merged adds the lines' histograms up in one go: an hour has thousands of them.
func merged(lines []run.Users, of func(run.Users) run.Histogram) run.Histogram {
	counts := counts{}
	for _, u := range lines {
		counts.add(of(u))
	}
	return counts.histogram()
}

// answers adds up the durations of the calls of all names.
func answers(lines []run.Users) run.Histogram {
	counts := counts{}
	for _, u := range lines {
		for _, q := range u.Requests {
			counts.add(q.Duration)
		}
	}
	return counts.histogram()
}

// counts are how often each duration occurred.
type counts map[int64]int64

func (c counts) add(h run.Histogram) {
	for _, pair := range h {
		c[pair[0]] += pair[1]
	}
}

func (c counts) histogram() run.Histogram {
	var h run.Histogram
	for duration, n := range c {
		h = append(h, [2]int64{duration, n})
	}
	return h.Merge(nil) // in order
}

// ListRequests returns how often the public list was answered in the whole
// trial.
func ListRequests(r *run.Run) int { return ListRequestsUntil(r, math.Inf(1)) }

// ListRequestsUntil is how many requests of the public list were answered until
// t, as far as the users had told by then.
func ListRequestsUntil(r *run.Run, t float64) int {
	var n int
	for _, u := range r.Users {
		if u.T <= t {
			n += listRequests(u)
		}
	}
	return n
}

// ListsAnswered is how many requests of the public list got their list after from
// and until to, as far as the users had told by then.
func ListsAnswered(r *run.Run, from, to float64) int {
	var n int
	for _, u := range r.Users {
		for _, q := range u.Requests {
			if u.T > from && u.T <= to && q.Name == ListRequest && q.Status == 200 {
				n += q.N
			}
		}
	}
	return n
}

func listRequests(u run.Users) int {
	var n int
	for _, q := range u.Requests {
		if q.Name == ListRequest && q.Status/100 == 2 {
			n += q.N
		}
	}
	return n
}

// Delivery is the share of strokes that reached the other members; false when
// none was due.
func (l Load) Delivery() (float64, bool) {
	if l.Draws.Expected <= 0 {
		return 0, false
	}
	return float64(l.Draws.Received) / float64(l.Draws.Expected), true
}

// Errors is the share of requests and sockets that failed unexpectedly; false
// when nothing was asked of the target.
func (l Load) Errors() (float64, bool) {
	asked := l.Requests + l.SocketsOpened + l.SocketsRefused
	if asked <= 0 {
		return 0, false
	}
	return float64(l.Failed+l.SocketsRefused+l.SocketsLost) / float64(asked), true
}

// Plus returns the sum of two loads.
func (l Load) Plus(m Load) Load {
	l.Lines += m.Lines
	l.Requests += m.Requests
	l.Failed += m.Failed
	l.Known += m.Known
	l.ListRequests += m.ListRequests
	l.Answers = l.Answers.Merge(m.Answers)
	l.SocketsOpened += m.SocketsOpened
	l.SocketsRefused += m.SocketsRefused
	l.SocketsLost += m.SocketsLost
	l.Draws = l.Draws.Plus(m.Draws)
	l.Troubles = run.Sum(l.Troubles, m.Troubles)
	l.Fanout = l.Fanout.Merge(m.Fanout)
	l.Lag = l.Lag.Merge(m.Lag)
	l.StalledReceivers += m.StalledReceivers
	l.Dropped += m.Dropped
	return l
}
