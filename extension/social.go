package extension

import (
	"encoding/json"
	"math/rand/v2"
	"net/url"
	"time"
)

const searchDebounce = 300 * time.Millisecond

// meet is the social page: the user looks for people by name, asks one to be
// its friend, and agrees to who asks it.
func (t *tab) meet(s *spell, random *rand.Rand) {
	defer t.pushes.listen(func(kind string, data []byte) { t.befriended(kind, data) })()
	name := t.options.manifest.Users[random.IntN(len(t.options.manifest.Users))].Username
	typed := max(1, len(name)-random.IntN(3))
	var found struct {
		Users []struct {
			ID       int
			Friend   bool `json:"is_friend"`
			Sent     bool `json:"request_sent"`
			Received bool `json:"request_received"`
		}
	}
	// Two bursts of typing, each followed by a pause that lets the search begin.
	for _, letters := range []string{name[:(typed+1)/2], name[:typed]} {
		if !t.typeText(s, letters) || !s.pause(searchDebounce) {
			return
		}
		t.ask(get("search", "/users/search/?q="+url.QueryEscape(letters)+"&offset=0&limit=20&exclude_friends=true"), &found)
	}
	for _, u := range found.Users {
		if t.asked < t.options.Habits.Friends && !u.Friend && !u.Sent && !u.Received {
			t.asked++
			t.http.do(t.whole, send("POST", "friend_request", "/friends/send-request/", map[string]int{"receiver_id": u.ID}))
			break
		}
	}
	<-s.Done()
}

// befriended: the page asks anew for what a push says has changed.
func (t *tab) befriended(kind string, data []byte) {
	switch kind {
	case "friend_request":
		var push struct{ Friendship struct{ ID int } }
		if json.Unmarshal(data, &push) != nil {
			return
		}
		t.start(func() {
			t.http.do(t.whole, get("friend_requests", "/friends/requests/"))
			accept := send("PUT", "friend_respond", path("/friends/respond/%s/", push.Friendship.ID), map[string]string{"action": "accept"})
			t.http.do(t.whole, accept)
		})
	case "friend_request_accepted":
		t.start(func() { t.http.do(t.whole, get("friends", "/friends/")) })
	}
}

// chat opens a conversation with one of the user's friends and writes.
func (t *tab) chat(s *spell, random *rand.Rand) {
	var list struct{ Friends []struct{ ID int } }
	pick := random.Float64()
	t.start(func() { t.http.do(t.whole, get("conversations", "/messages/conversations/")) })
	if !t.ask(get("friends", "/friends/"), &list) || len(list.Friends) == 0 {
		return
	}
	friend := list.Friends[int(pick*float64(len(list.Friends)))].ID
	read := send("PUT", "mark_read", path("/messages/mark-read/%s/", friend), nil)
	defer t.pushes.listen(func(kind string, data []byte) {
		if kind == "new_message" && senderOf(data) == friend {
			t.start(func() { t.http.do(t.whole, read) })
		}
	})()
	history := get("messages", path("/messages/%s/", friend))
	t.parallel(history, history, read)
	for range t.options.Habits.Messages {
		text := phrase(random)
		if !s.pause(between(random, time.Second, 5*time.Second)) || !t.typeText(s, text) {
			return
		}
		t.http.do(t.whole, send("POST", "message_send", "/messages/send/", map[string]any{"receiver_id": friend, "content": text}))
	}
	<-s.Done()
}

func senderOf(data []byte) int {
	var push struct {
		Message struct{ Sender struct{ ID int } }
	}
	_ = json.Unmarshal(data, &push) // 0 is nobody
	return push.Message.Sender.ID
}
