package extension

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"go.k6.io/k6/v2/metrics"

	"github.com/pixeltales/pixelload/internal/run"
)

// span sums up the samples of one phase until they are taken.
type span struct {
	users       run.Users
	requests    map[requestKey]*requests
	bytes       map[answerKey]int64
	fanout, lag histogram
	seen        bool
}

type requestKey struct {
	name          string
	status        int
	known, failed bool
}

// answerKey is all that the sample of an answer's size says of its call.
type answerKey struct {
	name   string
	status int
}

type requests struct {
	n        int
	duration histogram
}

func newSpan() *span {
	return &span{requests: map[requestKey]*requests{}, bytes: map[answerKey]int64{}}
}

// add counts one sample.
func (s *span) add(sample metrics.Sample) {
	u, n := &s.users, int(sample.Value)
	switch sample.Metric.Name {
	case metrics.HTTPReqDurationName:
		r := s.request(sample)
		r.n++
		r.duration.add(sample.Value)
	case nameResponseBytes:
		name, _ := sample.Tags.Get("name")
		s.bytes[answerKey{name, statusOf(sample)}] += int64(sample.Value)
	case nameConnectFailed:
		s.connect(sample)
	case nameSocketsLost:
		u.Sockets.Lost += n
	case nameDrawsSent:
		u.Draws.Sent += n
	case nameExpected:
		u.Draws.Expected += n
	case nameReceived:
		u.Draws.Received += n
	case nameLost:
		reason, _ := sample.Tags.Get("reason")
		u.Draws.Lose(reason, n)
	case nameDuplicated:
		u.Draws.Duplicated += n
	case nameOutOfOrder:
		u.Draws.OutOfOrder += n
	case nameDeaf:
		u.Draws.Deaf += n
	case nameTroubles:
		class, _ := sample.Tags.Get("class")
		u.Trouble(class, n)
	case nameSkipped:
		name, _ := sample.Tags.Get("name")
		u.Skip(name, n)
	case nameFanout:
		s.fanout.add(sample.Value)
	case nameLag:
		s.lag.add(sample.Value)
	case nameStalled:
		u.StalledReceivers += n
	case nameVisits:
		u.Visits += n
	case nameVisitsFailed, metrics.DroppedIterationsName:
		u.Dropped += n
	case nameUsers, nameSocketsOpen:
	default:
		return
	}
	s.seen = true
}

func (s *span) request(sample metrics.Sample) *requests {
	name, _ := sample.Tags.Get("name")
	known, _ := sample.Tags.Get("known")
	expected, _ := sample.Tags.Get("expected_response")
	key := requestKey{name, statusOf(sample), known == "true", expected == "false"}
	r := s.requests[key]
	if r == nil {
		r = &requests{}
		s.requests[key] = r
	}
	return r
}

func (s *span) connect(sample metrics.Sample) {
	if sample.Value == 0 {
		s.users.Sockets.Opened++
		return
	}
	if s.users.Sockets.Refused == nil {
		s.users.Sockets.Refused = map[string]int{}
	}
	status, _ := sample.Tags.Get("status")
	s.users.Sockets.Refused[status]++
}

// take returns the sum and begins anew.
func (s *span) take() *run.Users {
	u := s.users
	for key, r := range s.requests {
		u.Requests = append(u.Requests, run.Requests{
			Name: key.name, Status: key.status, Known: key.known, Failed: key.failed,
			N: r.n, Duration: r.duration.pairs(),
		})
	}
	sort := func() {
		slices.SortFunc(u.Requests, func(a, b run.Requests) int {
			return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Status, b.Status), -cmp.Compare(a.N, b.N))
		})
	}
	sort()
	for i, r := range u.Requests {
		key := answerKey{r.Name, r.Status}
		u.Requests[i].Bytes = s.bytes[key]
		delete(s.bytes, key)
	}
	for key, n := range s.bytes { // their calls are in the line before
		u.Requests = append(u.Requests, run.Requests{Name: key.name, Status: key.status, Bytes: n})
	}
	sort()
	u.Fanout, u.Lag = s.fanout.pairs(), s.lag.pairs()
	*s = *newSpan()
	return &u
}

// histogram counts durations at two significant digits, between 1 microsecond
// and longest; what is longer counts as longest.
type histogram struct{ h *hdrhistogram.Histogram }

const longest = 10 * time.Minute

// add counts a duration in milliseconds, k6's unit.
func (h *histogram) add(ms float64) {
	if h.h == nil {
		h.h = hdrhistogram.New(1, longest.Microseconds(), 2)
	}
	_ = h.h.RecordValue(min(int64(math.Round(ms*1000)), longest.Microseconds())) // within the range it cannot fail
}

func (h *histogram) pairs() run.Histogram {
	if h.h == nil {
		return nil
	}
	var pairs run.Histogram
	for _, bar := range h.h.Distribution() {
		if bar.Count > 0 {
			pairs = append(pairs, [2]int64{bar.To, bar.Count})
		}
	}
	return pairs
}
