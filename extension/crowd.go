package extension

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/grafana/sobek"
	"go.k6.io/k6/v2/lib"
)

const (
	// arriveWithin is the time over which the sockets of a crowd are opened.
	arriveWithin = 2 * time.Second
	// drawAfter is when its members begin to draw.
	drawAfter = 3 * time.Second
	// golden spreads the members of several crowds evenly, however many VUs.
	golden = 0.618034
)

// crowdPauses are the SPA's, before it opens a session's socket again.
var crowdPauses = []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second}

// Crowd is many members of sessions in one VU: a socket each, and strokes at a
// steady rate. Unlike a User they load no pages. A VU costs k6 some 90 KiB and
// a User has its goroutines and timers; a Crowd shares all of that, for loads of
// thousands of sockets.
type Crowd struct {
	module  *ModuleInstance
	options *crowdOptions
}

func (m *ModuleInstance) newCrowd(c sobek.ConstructorCall) *sobek.Object {
	rt := m.vu.Runtime()
	crowd := &Crowd{module: m, options: &crowdOptions{}}
	err := decode(c.Argument(0), crowd.options)
	if err == nil {
		err = crowd.options.validate()
	}
	if err == nil {
		crowd.options.target, err = m.admit(crowd.options.URL, crowd.options.Phases)
	}
	if err != nil {
		throw(rt, fmt.Errorf("new Crowd: %w", err))
	}
	return rt.ToValue(crowd).ToObject(rt)
}

// Hold keeps the sockets open until the last phase ends, and returns then.
func (c *Crowd) Hold() (err error) {
	defer rescue("Crowd.hold()", &err)
	state, err := c.module.active("Crowd.hold()")
	if err != nil {
		return err
	}
	if !c.module.enter("Crowd.hold()", c.options.target, c.options.members()) {
		return nil
	}
	defer c.options.target.leave(c.options.members())
	ctx, began := c.module.vu.Context(), c.module.world.start(c.module.vu.Context())
	active, stop := context.WithDeadline(ctx, began.Add(c.options.Phases.length()))
	defer stop()
	whole, leave := context.WithCancel(ctx)
	defer leave()
	w := c.wire(state, began, active, whole)
	members := c.members(w)

	var reports reporter
	all := make([]*member, len(members))
	for i, m := range members {
		all[i] = m.page
		reports.keep(m.socket)
	}
	reported := reports.start(w, all...)
	var sockets sync.WaitGroup
	for i, m := range members {
		sockets.Go(func() {
			defer w.rescue()
			if wait(active, arriveWithin*time.Duration(i)/time.Duration(len(members))) {
				w.hold(m.socket)
			}
		})
	}
	c.perform(w, members, began.Add(drawAfter))
	part(ctx, all)
	leave()
	sockets.Wait()
	reported()
	return nil
}

func (c *Crowd) wire(state *lib.State, began time.Time, active, whole context.Context) *wire {
	return &wire{
		who: "crowd", world: c.module.world, state: state, metrics: c.module.metrics,
		emit:   emitter{samples: state.Samples, tags: state.Tags.GetCurrentValues().Tags},
		agent:  state.Options.UserAgent.String,
		phase:  func() string { return c.options.Phases.at(time.Since(began)) },
		active: active, whole: whole, limit: c.options.target.limit,
		address: func(path string) string { return "ws" + strings.TrimPrefix(c.options.URL, "http") + path },
	}
}

// part ends the membership of all, and waits at most drainTime for what is under way.
func part(ctx context.Context, all []*member) {
	for _, m := range all {
		m.part()
	}
	deadline := time.Now().Add(drainTime)
	for _, m := range all {
		for m.undecided() > 0 && time.Now().Before(deadline) && wait(ctx, 20*time.Millisecond) {
		}
		if ctx.Err() != nil {
			m.forget()
		}
		m.giveUp(receiverLeft)
	}
}

// extra is one of a crowd.
type extra struct {
	page   *member
	socket *socket
	seq    int64 // of its last draw
	ready  atomic.Bool
}

// members makes the members of all rooms, which share their tallies.
func (c *Crowd) members(w *wire) []*extra {
	shared := &tallies{}
	var members []*extra
	for _, paths := range c.options.Rooms {
		book := &ledger{}
		for i, path := range paths {
			m := &extra{page: book.page(i)}
			m.page.tallies = shared
			m.socket = &socket{
				name: "crowd", path: path, pauses: crowdPauses, final: []int{1000, 1001},
				frame: func(kind string, data []byte) { m.frame(w, kind, data) },
				closed: func() {
					m.ready.Store(false)
					m.page.part()
					if w.whole.Err() == nil {
						m.page.giveUp(socketClosed)
					}
				},
			}
			members = append(members, m)
		}
	}
	return members
}

func (m *extra) frame(w *wire, kind string, data []byte) {
	switch kind {
	case "draw":
		if sender, seq, ok := readItem(data); ok {
			m.page.receive(sender, seq, time.Now(), w.phase())
		}
	case "init":
		if w.active.Err() == nil {
			m.page.join()
		}
		m.ready.Store(true)
	}
}

// perform lets the members draw one after the other, at even distances.
func (c *Crowd) perform(w *wire, members []*extra, began time.Time) {
	if c.options.Rate == 0 {
		<-w.active.Done()
		return
	}
	rate := c.options.Rate * float64(len(members)) // of all
	_, first := math.Modf(golden * float64(w.state.VUID))
	end, _ := w.active.Deadline()
	for n := 0; ; n++ {
		due := began.Add(time.Duration((first + float64(n)) / rate * float64(time.Second)))
		if !due.Before(end) || !wait(w.active, time.Until(due)) {
			return
		}
		members[n%len(members)].draw(w, due, c.options.Bytes)
	}
}

func (m *extra) draw(w *wire, due time.Time, size int) {
	if !m.ready.Load() {
		return
	}
	m.seq++
	now, phase := time.Now(), w.phase()
	undo := m.page.send(m.seq, now, phase)
	if err := m.socket.write(smallDraw(m.page.index, m.seq, now, size)); err != nil {
		undo()
		return
	}
	m.page.tallies.sent(phase, now.Sub(due))
}

// smallDraw is a draw message of about as many bytes: a stroke with as many
// points as fit, one at least.
func smallDraw(user int, seq int64, now time.Time, size int) []byte {
	const pointText, end = `{"x":250,"y":250}`, `]}}`
	b := fmt.Appendf(make([]byte, 0, size+len(pointText)+80), `{"type":"draw","data":{"itemId":"item_%d_u%dn%d","points":[%s`,
		now.UnixMicro(), user, seq, pointText)
	for len(b)+1+len(pointText)+len(end) <= size {
		b = append(append(b, ','), pointText...)
	}
	return append(b, end...)
}
