package run

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// Users is what all users together did during at most one second of one phase.
// k6's pixelload output writes it; counts are of that second, not cumulative.
type Users struct {
	T       float64 `json:"t"`
	Seconds float64 `json:"seconds"` // length of the span that ends at T
	Phase   string  `json:"phase"`
	Active  int     `json:"active"` // users there at the end of the span

	Requests []Requests `json:"requests,omitempty"`
	Sockets  Sockets    `json:"sockets,omitzero"`
	Draws    Draws      `json:"draws,omitzero"`
	// Fanout is the time from sending a draw to each other member's receipt.
	Fanout Histogram `json:"fanout,omitempty"`
	// Lag is how much later than scheduled the users sent.
	Lag Histogram `json:"lag,omitempty"`
	// Troubles counts what was wrong with answers, handshakes and frames, by
	// class: server_error, timeout and so on. held_back are calls that the users
	// did not make, or not on time, because of such answers.
	Troubles map[string]int `json:"troubles,omitempty"`
	// Skipped counts the calls that the users left out because the target has no
	// such endpoint, by their name.
	Skipped map[string]int `json:"skipped,omitempty"`
	// StalledReceivers counts sockets whose reader left bytes unread for 2 s
	// without having been declared slow.
	StalledReceivers int `json:"stalled_receivers,omitempty"`
	// Visits counts those that came to their end, in the phase that they began in.
	Visits int `json:"visits,omitempty"`
	// Dropped counts k6 iterations that could not start, or threw.
	Dropped int `json:"dropped,omitempty"`
}

// Requests are the HTTP calls of one name and status in the span.
type Requests struct {
	Name   string `json:"name"`
	Status int    `json:"status"` // 0: no answer
	N      int    `json:"n"`
	// Known says the failure is one the application is known for, counted apart.
	Known bool `json:"known,omitempty"`
	// Failed says the status was not one the user expected.
	Failed   bool      `json:"failed,omitempty"`
	Duration Histogram `json:"duration,omitempty"`
	Bytes    int64     `json:"bytes,omitempty"`
}

// Sockets are the WebSockets of all users.
type Sockets struct {
	Open    int            `json:"open"`              // at the end of the span
	Opened  int            `json:"opened,omitempty"`  // in the span
	Refused map[string]int `json:"refused,omitempty"` // by HTTP status, or an error's class
	Lost    int            `json:"lost,omitempty"`    // closed by the server unasked
}

// Draws count the strokes and their deliveries to the other members.
type Draws struct {
	Sent     int `json:"sent,omitempty"`
	Expected int `json:"expected,omitempty"` // deliveries decided in the span: Received + Lost
	Received int `json:"received,omitempty"`
	Lost     int `json:"lost,omitempty"` // not delivered in time
	// LostBy is Lost by its reason, as far as it is known: late, left, closed, deaf.
	LostBy map[string]int `json:"lost_by,omitempty"`
	// Deaf counts members who for 5 s got nothing of what the others got.
	Deaf       int `json:"deaf,omitempty"`
	Duplicated int `json:"duplicated,omitempty"`
	OutOfOrder int `json:"out_of_order,omitempty"`
}

// Lose counts lost deliveries; the reason is empty where it is not known.
func (d *Draws) Lose(reason string, n int) {
	d.Lost += n
	if reason != "" && n > 0 {
		d.LostBy = plus(d.LostBy, reason, n)
	}
}

// Plus returns the sum of two counts.
func (d Draws) Plus(other Draws) Draws {
	d.Sent += other.Sent
	d.Expected += other.Expected
	d.Received += other.Received
	d.Lost += other.Lost
	d.Deaf += other.Deaf
	d.Duplicated += other.Duplicated
	d.OutOfOrder += other.OutOfOrder
	d.LostBy = Sum(d.LostBy, other.LostBy)
	return d
}

// Trouble counts troubles of the class.
func (u *Users) Trouble(class string, n int) {
	if n > 0 {
		u.Troubles = plus(u.Troubles, class, n)
	}
}

// Skip counts calls that were left out.
func (u *Users) Skip(name string, n int) {
	if n > 0 {
		u.Skipped = plus(u.Skipped, name, n)
	}
}

// Sum returns the sum of two counts by name; nil for none.
func Sum(a, b map[string]int) map[string]int {
	sum := maps.Clone(a)
	for name, n := range b {
		sum = plus(sum, name, n)
	}
	return sum
}

func plus(counts map[string]int, name string, n int) map[string]int {
	if counts == nil {
		counts = map[string]int{}
	}
	counts[name] += n
	return counts
}

// Histogram counts durations: pairs of a duration in microseconds and how
// often it occurred, ascending, at a resolution of 1 % or better.
type Histogram [][2]int64

// UnmarshalJSON reads the pairs. Histograms are most of a run file, so what
// pixelload writes, which has no spaces, is read without a decoder.
func (h *Histogram) UnmarshalJSON(data []byte) error {
	body, begins := bytes.CutPrefix(data, []byte("[["))
	body, ends := bytes.CutSuffix(body, []byte("]]"))
	pairs := make(Histogram, 0, bytes.Count(body, []byte("["))+1)
	for pair := range bytes.SplitSeq(body, []byte("],[")) {
		us, n, two := bytes.Cut(pair, []byte(","))
		duration, err := strconv.ParseInt(string(us), 10, 64)
		times, err2 := strconv.ParseInt(string(n), 10, 64)
		if !begins || !ends || !two || err != nil || err2 != nil {
			return json.Unmarshal(data, (*[][2]int64)(h))
		}
		pairs = append(pairs, [2]int64{duration, times})
	}
	*h = pairs
	return nil
}

// Merge returns the sum of h and other.
func (h Histogram) Merge(other Histogram) Histogram {
	sum := make(map[int64]int64, len(h)+len(other))
	for _, pairs := range []Histogram{h, other} {
		for _, p := range pairs {
			sum[p[0]] += p[1]
		}
	}
	merged := make(Histogram, 0, len(sum))
	for us, n := range sum {
		merged = append(merged, [2]int64{us, n})
	}
	slices.SortFunc(merged, func(a, b [2]int64) int { return int(a[0] - b[0]) })
	return merged
}

// Count returns how many durations h holds.
func (h Histogram) Count() int64 {
	var n int64
	for _, p := range h {
		n += p[1]
	}
	return n
}

// Quantile returns the smallest recorded duration, in seconds, that at least
// the share q of all durations does not exceed; false for an empty histogram.
func (h Histogram) Quantile(q float64) (seconds float64, ok bool) {
	n := h.Count()
	if n == 0 {
		return 0, false
	}
	rank := int64(q * float64(n))
	if float64(rank) < q*float64(n) || rank == 0 {
		rank++
	}
	for _, p := range h {
		if rank -= p[1]; rank <= 0 {
			return float64(p[0]) / 1e6, true
		}
	}
	return float64(h[len(h)-1][0]) / 1e6, true
}
