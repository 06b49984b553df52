package extension

import (
	"context"
	"encoding/json"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pixeltales/pixelload/internal/persona"
)

const (
	startAfter       = 2 * time.Second // a member who created the session gives others time to come
	pageChangeAfter  = 500 * time.Millisecond
	firstPresence    = 1500 * time.Millisecond
	presenceInterval = 10 * time.Second
	presenceAfter    = 500 * time.Millisecond // somebody joined or left
)

// session is a collaboration session that the user is in, from the opening of
// its socket until it is over or the user leaves.
type session struct {
	*tab
	number int // of the user's sessions, from 0
	id     string
	socket *socket
	dirty  chan struct{} // the story was changed
	saver  *saver
	ready  atomic.Bool // the server has sent the session's state

	entered, started chan struct{} // closed at the first of that, and when the host starts
	onceEntered      sync.Once
	onceStarted      sync.Once
	result           chan bool // of the vote
	cursorEvery      time.Duration
	strokes          atomic.Int64 // on the page
	onPage           int

	// active ends when the session is over or the user stops, whole when its
	// socket is to be closed.
	active, whole context.Context
	end, leave    context.CancelFunc
}

// collaborate takes part in one session after the other, with a look at the
// library between them.
func (t *tab) collaborate(g *group) {
	for n, number := 0, 0; ; n++ {
		id, now, ok := t.join(g, number)
		if !ok {
			return
		}
		number = now
		t.newSession(n, id).live(g)
		if t.active.Err() != nil {
			return
		}
		t.open(persona.Library, time.Now())
	}
}

func (t *tab) newSession(n int, id string) *session {
	s := &session{
		tab: t, number: n, id: id, dirty: make(chan struct{}, 1), saver: newSaver(t.visit),
		entered: make(chan struct{}), started: make(chan struct{}), result: make(chan bool, 1),
		cursorEvery: time.Duration(float64(time.Second) / t.options.Habits.CursorsASecond),
	}
	s.active, s.end = context.WithCancel(t.visit.active)
	s.whole, s.leave = context.WithCancel(t.visit.whole)
	s.socket = t.keep(&socket{
		name: "collaborate", path: "/ws/collaborate/" + id + "/",
		pauses: t.pauses(seconds(1, 2, 4, 8, 16)), final: []int{1000, 1001},
		frame: s.frame, closed: s.lost, deaf: s.deafened,
	})
	return s
}

// live is in the session until it is over or the user leaves.
func (s *session) live(g *group) {
	defer s.leave()
	defer s.end()
	defer s.pushes.listen(s.pushed)()
	s.showBar(false)
	open := s.isOpen()
	s.start(s.holdSocket)
	switch {
	case s.seat.Role == persona.Host && s.seat.First:
		s.receive(g)
	case s.seat.First:
		s.start(s.begin)
	case s.seat.Role == persona.Guest && s.seat.Hosted && open:
		s.waitInLobby()
	}
	s.edit()
	<-s.active.Done()
	if s.visit.active.Err() != nil {
		<-s.whole.Done() // what is under way may still arrive
		return
	}
	s.page.part()
	s.page.giveUp(receiverLeft)
}

// edit does what the editor and its user do.
func (s *session) edit() {
	s.start(s.watchPresence)
	if s.options.Habits.Autosave && !s.seat.Slow {
		s.start(s.autosave)
	}
	s.start(s.perform)
	if s.seat.Role == persona.Host && s.seat.First {
		s.start(s.chair)
	}
}

// holdSocket returns when the socket is closed for good. In a hosted session
// that is its end; other sessions end with the visit.
func (s *session) holdSocket() {
	w := s.wire()
	w.active, w.whole = s.active, s.whole
	w.hold(s.socket)
	if s.seat.Hosted {
		s.end()
	}
}

// at waits for the moment; false when the session is over before.
func (s *session) at(moment time.Time) bool { return wait(s.active, time.Until(moment)) }

// call is a call about the session; the SPA sets no timeout for those.
func (s *session) call(method, name, what string, body any) call {
	c := call{name: name, method: method, path: "/collaborate/" + s.id + "/" + what, timeout: patientTimeout}
	if body != nil {
		c.body, _ = json.Marshal(body)
	}
	return c
}

// begin closes the lobby, as who made the session does when others are there.
func (s *session) begin() {
	if wait(s.active, startAfter) {
		s.http.do(s.visit.whole, s.call("POST", "collaborate_start", "start/", nil))
	}
}

// watchPresence asks who is there: soon after entering, then on a timer.
func (s *session) watchPresence() {
	for pause := firstPresence; wait(s.active, pause); pause = presenceInterval {
		s.presence()
	}
}

func (s *session) presence() {
	c := s.call("GET", "collaborate_presence", "presence/", nil)
	if s.seat.First && !s.socket.isOpen() {
		c.known = 500 // the view adds the host a second time and fails
	}
	s.http.do(s.visit.whole, c)
}

// frame works off a message of the session's socket.
func (s *session) frame(kind string, data []byte) {
	switch kind {
	case "draw":
		if sender, seq, ok := readItem(data); ok {
			s.page.receive(sender, seq, time.Now(), s.phase())
		}
	case "init":
		s.enter()
	case "user_joined", "user_left":
		s.start(func() {
			if wait(s.active, presenceAfter) {
				s.presence()
			}
		})
	case "text_edit", "title_edit", "page_added", "page_deleted":
		s.touch()
	case "vote_initiated":
		s.voted(data)
	case "vote_result":
		s.decided(data)
	case "session_ended":
		s.end()
	}
}

// enter: the server has put the socket into the session and said so, and from
// now on draws of the others are expected; not by a slow reader.
func (s *session) enter() {
	if s.active.Err() == nil && !s.seat.Slow {
		s.page.join()
	}
	s.ready.Store(true)
	s.onceEntered.Do(func() { close(s.entered) })
	s.start(func() {
		if wait(s.active, pageChangeAfter) {
			_ = s.socket.write([]byte(`{"type":"page_change","page_number":0}`))
		}
	})
}

// lost: the socket is closed; what was under way to it will not come.
func (s *session) lost() {
	s.ready.Store(false)
	s.page.part()
	if s.whole.Err() == nil {
		s.page.giveUp(socketClosed)
	}
}

// deafened: the user reads no more and has said so.
func (s *session) deafened() {
	s.page.part()
	s.page.forget()
}

// touch notes that the story was changed, here or by another member.
func (s *session) touch() { nudge(s.dirty) }

// autosave saves the story after a pause of savePause without a change. Every
// captureInterval the SPA draws the pages it shows into the story, a change.
func (s *session) autosave() {
	capture := time.NewTicker(captureInterval)
	defer capture.Stop()
	pause := time.NewTimer(savePause)
	pause.Stop() // nothing is changed yet
	defer pause.Stop()
	for {
		select {
		case <-s.active.Done():
			return
		case <-s.dirty:
			pause.Reset(savePause)
		case <-capture.C:
			pause.Reset(savePause)
		case <-pause.C:
			s.saver.save(s.visit.whole)
		}
	}
}
