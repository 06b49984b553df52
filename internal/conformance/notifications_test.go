package conformance

import (
	"fmt"
	"testing"

	"github.com/gorilla/websocket"
)

// TestNotifications makes the calls that tell somebody, and looks at who is
// told. Each is followed by a message to everybody who listens: what came
// before it is all that the call brought.
func TestNotifications(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	asker := s.listen(t, 5) // first, so that nobody is told
	listeners := []*socket{s.listen(t, 0), s.listen(t, 1)}
	s.listen(t, 2) // a friend of both comes, stays, and tells nobody anything
	expect := func(what string, want ...string) {
		t.Helper()
		for i, k := range listeners {
			s.mustCall(t, s.people[2], "POST", "/messages/send/", map[string]any{"receiver_id": s.people[i].ID, "content": what}, nil)
			if got := k.before(t, isMessage(what)); got != want[i] {
				t.Errorf("%s: user %d was told %q, want %q", what, i+1, got, want[i])
			}
		}
	}
	me, friend := s.people[0], s.people[1]
	expect("a friend came", "friend_online friend_online", "friend_online")

	s.mustCall(t, me, "POST", "/messages/send/", map[string]any{"receiver_id": friend.ID, "content": "Kettle"}, nil)
	expect("a message", "", "new_message")

	var asked struct {
		Friendship struct{ ID int }
	}
	s.mustCall(t, s.people[5], "POST", "/friends/send-request/", map[string]any{"receiver_id": me.ID}, &asked)
	expect("a request", "friend_request", "")
	s.mustCall(t, me, "PUT", fmt.Sprintf("/friends/respond/%d/", asked.Friendship.ID), map[string]any{"action": "accept"}, nil)
	expect("its acceptance", "", "")
	asker.must(t, "friend_request_accepted")

	var made struct {
		Session struct {
			ID   string `json:"session_id"`
			Code string `json:"join_code"`
		}
	}
	s.mustCall(t, me, "POST", "/collaborate/create/", map[string]any{"max_participants": 5}, &made)
	s.mustCall(t, me, "POST", "/collaborate/invite/", map[string]any{"session_id": made.Session.ID, "friend_id": friend.ID}, nil)
	expect("an invitation", "", "collaboration_invite")
	s.mustCall(t, friend, "POST", "/collaborate/join-by-code/", map[string]any{"join_code": made.Session.Code}, nil)
	s.mustCall(t, me, "POST", "/collaborate/"+made.Session.ID+"/start/", nil, nil)
	expect("the start", "collaboration_session_started", "collaboration_session_started")
	s.mustCall(t, me, "POST", "/collaborate/"+made.Session.ID+"/end/", nil, nil)
	expect("the end", "collaboration_host_left", "collaboration_host_left")

	if err := listeners[1].goodbye(websocket.CloseNormalClosure); err != nil {
		t.Fatal(err)
	}
	if gone := listeners[0].must(t, "friend_offline"); gone["user_id"] != friend.number() {
		t.Errorf("friend_offline = %v, want it of user %d", gone, friend.ID)
	}

	for message, want := range map[string]string{
		`{"type":"mark_read","notification_id":1}`: "", `{"type":"none_such"}`: "", `not json`: "error",
	} {
		listeners[0].say(t, message)
		listeners[0].say(t, `{"type":"ping"}`)
		if got := listeners[0].before(t, isPong); got != want {
			t.Errorf("%s was answered by %q, want %q", message, got, want)
		}
	}
}

// isMessage recognises the message of one user to another with the content.
func isMessage(content string) func(map[string]any) bool {
	return func(m map[string]any) bool {
		inner, _ := m["message"].(map[string]any)
		return m["type"] == "new_message" && inner["content"] == content
	}
}

func isPong(m map[string]any) bool { return m["type"] == "pong" }

// listen opens the notification socket of the user.
func (s *server) listen(t *testing.T, user int) *socket {
	t.Helper()
	k := s.open(t, s.people[user], "/ws/notifications/")
	k.must(t, "connection")
	return k
}
