package extension

import (
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/pixeltales/pixelload/internal/persona"
)

const (
	startAfter       = 2 * time.Second // the host gives guests time to come
	pageChangeAfter  = 500 * time.Millisecond
	firstPresence    = 1500 * time.Millisecond
	presenceInterval = 10 * time.Second
	presenceAfter    = 500 * time.Millisecond // somebody joined or left
	createPause      = 5 * time.Second
)

// session is the collaboration session in tab two.
type session struct {
	*visit
	id     string
	socket *socket
	seq    int64         // of the last draw
	dirty  chan struct{} // the story was changed
	saver  *saver
	ready  atomic.Bool // the server has sent the session's state
}

// tabTwo holds a session from arrival to leaving: the host creates it, the
// others join by its code.
func (v *visit) tabTwo(g *group) {
	v.start(v.words)
	v.start(v.shell)
	id, ok := v.join(g)
	if !ok {
		return
	}
	s := &session{visit: v, id: id, dirty: make(chan struct{}, 1), saver: newSaver(v)}
	s.http.do(s.whole, call{name: "collaborate", method: "GET", path: "/collaborate/" + id + "/", timeout: patientTimeout})
	s.socket = v.keep(&socket{
		name: "collaborate", path: "/ws/collaborate/" + id + "/",
		pauses: seconds(1, 2, 4, 8, 16), final: []int{1000, 1001},
		frame: s.frame, closed: s.lost, deaf: s.deafened,
	})
	v.start(func() { v.hold(s.socket) })
	if s.isHost() {
		v.start(s.begin)
	}
	v.start(s.watchPresence)
	v.start(s.autosave)
	v.start(s.perform)
}

func (v *visit) isHost() bool { return v.index%persona.GroupSize == 0 }

// join returns the id of the group's session, which its host creates first.
func (v *visit) join(g *group) (id string, ok bool) {
	if v.isHost() && !v.create(g) {
		return "", false
	}
	id, code, ok := g.await(v.active)
	if !ok || v.isHost() {
		return id, ok
	}
	body, _ := json.Marshal(map[string]string{"join_code": code})
	c := call{name: "collaborate_join", method: "POST", path: "/collaborate/join-by-code/", body: body, timeout: patientTimeout}
	for !v.http.do(v.whole, c).ok() {
		if !wait(v.active, createPause) {
			return "", false
		}
	}
	return id, true
}

// create makes the group's session, again after a pause until it is made; not
// when the host comes back to a group that has one.
func (v *visit) create(g *group) bool {
	body, _ := json.Marshal(map[string]any{
		"canvas_name": fmt.Sprintf("Paper boats %d", v.index), "max_participants": persona.GroupSize, "duration_hours": 24,
	})
	c := call{name: "collaborate_create", method: "POST", path: "/collaborate/create/", body: body, keep: true, timeout: patientTimeout}
	for !g.isCreated() {
		var made struct {
			Session struct {
				ID   string `json:"session_id"`
				Code string `json:"join_code"`
			}
		}
		a := v.http.do(v.whole, c)
		if a.ok() && json.Unmarshal(a.body, &made) == nil && made.Session.ID != "" {
			g.publish(made.Session.ID, made.Session.Code)
		} else if !wait(v.active, createPause) {
			return false
		}
	}
	return true
}

// begin closes the lobby, as the host does when the guests are there.
func (s *session) begin() {
	if wait(s.active, startAfter) {
		s.http.do(s.whole, call{name: "collaborate_start", method: "POST", path: "/collaborate/" + s.id + "/start/", timeout: patientTimeout})
	}
}

// watchPresence asks who is there: soon after entering, then on a timer.
func (s *session) watchPresence() {
	for pause := firstPresence; wait(s.active, pause); pause = presenceInterval {
		s.presence()
	}
}

func (s *session) presence() {
	c := call{name: "collaborate_presence", method: "GET", path: "/collaborate/" + s.id + "/presence/", timeout: patientTimeout}
	if s.isHost() && !s.socket.isOpen() {
		c.known = 500 // the view adds the host a second time and fails
	}
	s.http.do(s.whole, c)
}

// frame works off a message of the session's socket.
func (s *session) frame(kind string, data []byte) {
	switch kind {
	case "draw":
		if sender, seq, ok := readItem(data); ok {
			s.page.receive(sender, seq, time.Now(), s.phase())
		}
	case "init":
		s.entered()
	case "user_joined", "user_left":
		s.start(func() {
			if wait(s.active, presenceAfter) {
				s.presence()
			}
		})
	case "text_edit", "title_edit", "page_added", "page_deleted":
		s.touch()
	}
}

// entered: the server has put the socket into the session and said so, and
// from now on draws of the others are expected.
func (s *session) entered() {
	if s.active.Err() == nil {
		s.page.join()
	}
	s.ready.Store(true)
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
func (s *session) touch() {
	select {
	case s.dirty <- struct{}{}:
	default:
	}
}

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
			s.saver.save(s.whole)
		}
	}
}
