package extension

import (
	"sync"
	"time"

	"go.k6.io/k6/v2/lib/netext"
	"go.k6.io/k6/v2/metrics"
)

const reportInterval = time.Second

// reporter reports every second what some sockets did, and what was decided of
// the deliveries to some members. The zero value is ready.
type reporter struct {
	mu      sync.Mutex
	sockets []*socket
	rates   map[string]*rate // of delivery, by phase
}

// keep adds the socket to those that are reported on.
func (r *reporter) keep(s *socket) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sockets = append(r.sockets, s)
}

func (r *reporter) held() []*socket {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]*socket(nil), r.sockets...)
}

// start begins to report; the returned function makes the last report. Members
// that share their tallies are reported as one.
func (r *reporter) start(w *wire, members ...*member) (finish func()) {
	stop := make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		defer w.rescue()
		half := time.NewTicker(reportInterval / 2)
		defer half.Stop()
		for n := 1; ; n++ {
			select {
			case <-stop:
				r.report(w, members)
				return
			case now := <-half.C:
				r.checkReaders(w, now)
				if n%2 == 0 {
					for _, m := range members {
						m.expire(now)
					}
					r.report(w, members)
				}
			}
		}
	})
	return func() { close(stop); done.Wait() }
}

func (r *reporter) checkReaders(w *wire, now time.Time) {
	for _, s := range r.held() {
		if s.quiet != nil && s.quiet.Declared {
			continue
		}
		if conn := s.conn.Load(); conn != nil && s.quiet == nil && s.pace == 0 {
			s.silence.check(conn, now)
		}
		if phase := w.phase(); s.stuck.check(s, now, phase) {
			w.emit.push(w.metrics.stalled, phase, 1, "name", s.name)
		}
	}
}

func (r *reporter) report(w *wire, members []*member) {
	phase := w.phase()
	for _, m := range members {
		for of, t := range m.tallies.take() {
			w.emit.samples <- r.deliveries(w, of, t)
		}
	}
	r.countMessages(w, phase)
	if d, ok := w.state.Dialer.(*netext.Dialer); ok { // k6 does this at the end of an iteration only
		tags := metrics.TagsAndMeta{Tags: w.emit.tags.With("phase", phase)}
		w.emit.samples <- d.IOSamples(time.Now(), tags, w.state.BuiltinMetrics)
	}
	w.world.health.report(w, phase)
}

// countMessages reports the messages of the sockets, summed up by name.
func (r *reporter) countMessages(w *wire, phase string) {
	type messages struct{ sent, received int }
	sums := map[string]messages{}
	for _, s := range r.held() {
		m := sums[s.name]
		sums[s.name] = messages{m.sent + int(s.sent.Swap(0)), m.received + int(s.received.Swap(0))}
	}
	for name, m := range sums {
		w.emit.count(w.state.BuiltinMetrics.WSMessagesSent, phase, m.sent, "name", name)
		w.emit.count(w.state.BuiltinMetrics.WSMessagesReceived, phase, m.received, "name", name)
	}
}
