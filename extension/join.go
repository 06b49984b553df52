package extension

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/pixeltales/pixelload/internal/persona"
)

const (
	createPause   = 5 * time.Second
	lobbyPoll     = 2 * time.Second // the host's
	lobbyPresence = 3 * time.Second // the guests'
	wishEvery     = time.Minute     // an invitation is good for that long
)

// join returns the id and the number of the group's next session after the one
// of the number. The first of the group creates it, a host's guests wait to be
// invited, others join by its code. It returns false when the user stops before.
func (t *tab) join(g *group, after int) (id string, number int, ok bool) {
	if t.seat.First && !t.create(g, after) {
		return "", 0, false
	}
	if t.seat.Role == persona.Guest && t.seat.Hosted {
		return t.beInvited(g)
	}
	for {
		number, id, code, ok := g.await(t.active, after)
		if !ok || t.seat.First {
			return id, number, ok
		}
		c := send("POST", "collaborate_join", "/collaborate/join-by-code/", map[string]string{"join_code": code})
		c.timeout = patientTimeout
		if t.http.do(t.whole, c).ok() {
			return id, number, true
		}
		if !wait(t.active, createPause) {
			return "", 0, false
		}
	}
}

// create makes the group's next session, again after a pause until it is made;
// not when there is one already, to which the user comes back.
func (t *tab) create(g *group, after int) bool {
	if t.seat.Role == persona.Host {
		t.http.do(t.whole, get("friends", "/friends/"))
	}
	c := send("POST", "collaborate_create", "/collaborate/create/", map[string]any{
		"canvas_name": fmt.Sprintf("Paper boats %d", t.index), "max_participants": persona.GroupSize, "duration_hours": 24,
	})
	c.timeout = patientTimeout
	for !g.isCreated(after) {
		var made struct {
			Session struct {
				ID   string `json:"session_id"`
				Code string `json:"join_code"`
			}
		}
		if t.ask(c, &made) && made.Session.ID != "" {
			g.publish(made.Session.ID, made.Session.Code)
		} else if !wait(t.active, createPause) {
			return false
		}
	}
	return true
}

// invitation is one to a session, as pushed and as listed.
type invitation struct {
	ID      int    `json:"id"`
	Session string `json:"session_id"`
}

// beInvited lets the host know that the user is there, waits for its invitation
// and accepts it.
func (t *tab) beInvited(g *group) (id string, number int, ok bool) {
	invited := make(chan invitation, 8)
	defer t.pushes.listen(func(kind string, data []byte) {
		var push struct{ Message invitation }
		if kind == "collaboration_invite" && json.Unmarshal(data, &push) == nil {
			select {
			case invited <- push.Message:
			default: // it has others to choose from
			}
		}
	})()
	select {
	case <-t.reachable: // an invitation that comes before is not seen
	case <-t.active.Done():
		return "", 0, false
	}
	again := time.NewTicker(wishEvery)
	defer again.Stop()
	for {
		g.wish(t.who.ID)
		select {
		case <-t.active.Done():
			return "", 0, false
		case <-again.C:
		case i := <-invited:
			accept := send("POST", "invite_respond", path("/collaborate/invites/%s/respond/", i.ID), map[string]string{"action": "accept"})
			accept.timeout = patientTimeout
			if t.http.do(t.whole, accept).ok() {
				return i.Session, 0, true
			}
			if !wait(t.active, createPause) {
				return "", 0, false
			}
		}
	}
}

// isOpen looks at the session before its socket is opened, and tells whether it
// is still in its lobby.
func (s *session) isOpen() bool {
	var detail struct {
		Session struct {
			Lobby bool `json:"is_lobby_open"`
		}
	}
	return s.ask(s.call("GET", "collaborate", "", nil), &detail) && detail.Session.Lobby
}

// receive is a host's lobby: who wants to come is invited, also later, the
// session is looked at, and after some time it starts.
func (s *session) receive(g *group) {
	s.start(func() { s.inviteAll(g) })
	lobby, close := context.WithTimeout(s.active, inSeconds(s.options.Habits.LobbySeconds))
	defer close()
	s.every(lobby, lobbyPoll, s.call("GET", "collaborate", "", nil))
	if s.active.Err() != nil {
		return
	}
	s.http.do(s.visit.whole, s.call("GET", "collaborate", "", nil))
	s.http.do(s.visit.whole, s.call("POST", "collaborate_start", "start/", nil))
}

func (s *session) inviteAll(g *group) {
	for {
		select {
		case <-s.active.Done():
			return
		case guest := <-g.wishes:
			c := send("POST", "invite", "/collaborate/invite/", map[string]any{
				"session_id": s.id, "friend_id": guest, "story_title": "Paper boats", "is_session_active": true,
			})
			c.timeout = patientTimeout
			s.http.do(s.visit.whole, c)
		}
	}
}

// waitInLobby asks who is there until the host starts.
func (s *session) waitInLobby() {
	lobby, leave := context.WithCancel(s.active)
	defer leave()
	s.start(func() { s.every(lobby, lobbyPresence, s.call("GET", "collaborate_presence", "presence/", nil)) })
	select {
	case <-s.started:
	case <-s.active.Done():
	}
}

// pushed: news about the session that come on the notification socket.
func (s *session) pushed(kind string, data []byte) {
	if kind != "collaboration_session_started" && kind != "collaboration_host_left" {
		return
	}
	var push struct {
		Session string `json:"session_id"`
	}
	switch {
	case json.Unmarshal(data, &push) != nil || push.Session != s.id:
	case kind == "collaboration_host_left":
		s.end()
	default:
		s.onceStarted.Do(func() { close(s.started) })
	}
}
