package extension

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// tale answers what personas ask for beside what everybody does, always the
// same, and passes invitations, starts and votes on.
func (f *fakeServer) tale(key string, user int, body []byte) string {
	var sent struct {
		Friend  int    `json:"friend_id"`
		Session string `json:"session_id"`
	}
	_ = json.Unmarshal(body, &sent)
	_, place, _ := strings.Cut(key, " /")
	room := ""
	if parts := strings.Split(place, "/"); len(parts) > 2 && strings.HasPrefix(parts[1], "room-") {
		room = "/ws/collaborate/" + parts[1] + "/"
	}
	switch {
	case strings.HasPrefix(key, "GET /friends/ "), key == "GET /friends/":
		return `{"success":true,"friends":[{"id":2,"name":"two"},{"id":3,"name":"three"}]}`
	case strings.HasPrefix(key, "GET /users/search/"):
		return `{"success":true,"users":[{"id":3,"is_friend":true},{"id":4,"is_friend":false}]}`
	case key == "GET /games/available_stories/":
		return `{"stories":[{"id":7}],"total":1}`
	case key == "GET /games/story/7/":
		return `{"games":[{"id":5}]}`
	case key == "POST /games/5/start_game/":
		return `{"attempt_id":9,"questions":[{"id":1,"options":["a","b"]},{"id":2,"options":{"grid":[]}}]}`
	case key == "POST /collaborate/invite/":
		f.page(sent.Friend, fmt.Sprintf(`{"type":"collaboration_invite","message":{"id":11,"session_id":%q}}`, sent.Session))
	case room != "" && strings.HasSuffix(key, "/start/"):
		f.mu.Lock()
		for n := range f.pagers {
			go f.page(n, fmt.Sprintf(`{"type":"collaboration_session_started","session_id":%q}`, strings.Split(room, "/")[3]))
		}
		f.mu.Unlock()
	case room != "" && strings.HasSuffix(key, "/vote/"):
		f.tellAll(room, fmt.Sprintf(`{"type":"vote_initiated","vote_id":"v","initiated_by":%d}`, user))
	case room != "" && strings.HasSuffix(key, "/vote/cast/"):
		f.mu.Lock()
		f.votes++
		all := f.votes%len(f.rooms[room]) == 0
		f.mu.Unlock()
		if all {
			f.tellAll(room, `{"type":"vote_result","approved":true}`)
		}
	case room != "" && strings.Count(place, "/") == 2:
		return `{"success":true,"session":{"is_lobby_open":true}}`
	}
	return `{"success":true}`
}

// page sends a message to the user's notification socket. The client may know
// that it is open a moment before the server does.
func (f *fakeServer) page(user int, message string) {
	for deadline := time.Now().Add(2 * time.Second); !f.hasPager(user) && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	f.mu.Lock()
	m := f.pagers[user]
	f.mu.Unlock()
	if m != nil {
		m.send(json.RawMessage(message))
	}
}

func (f *fakeServer) hasPager(user int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.pagers[user] != nil
}

func (f *fakeServer) tellAll(room, message string) {
	f.mu.Lock()
	members := append([]*fakeMember(nil), f.rooms[room]...)
	f.mu.Unlock()
	for _, m := range members {
		m.send(json.RawMessage(message))
	}
}

// did returns what the user did, in the order of arrival.
func (f *fakeServer) did(user int) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.acts[user]...)
}
