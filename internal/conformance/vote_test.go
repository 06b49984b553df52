package conformance

import (
	"testing"

	"github.com/gorilla/websocket"
)

// TestVotes: a vote is called and cast by calls, and everybody in the session
// hears of it, who called and who cast included. Then the host ends the session.
func TestVotes(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	r := s.openRoom(t, 2)
	session := "/collaborate/" + r.id
	heard := func(kind string, field string, want any) {
		t.Helper()
		for member, k := range r.sockets {
			if got := k.must(t, kind)[field]; got != want {
				t.Errorf("member %d heard %s with %s = %v, want %v", member, kind, field, got, want)
			}
		}
	}
	for _, test := range []struct{ second, approved bool }{{true, true}, {false, false}} { // a draw is a no
		var vote struct {
			ID    string `json:"vote_id"`
			Total int    `json:"total_participants"`
		}
		s.mustCall(t, s.people[0], "POST", session+"/vote/", nil, &vote)
		if vote.Total != 2 {
			t.Errorf("%d may vote, want 2", vote.Total)
		}
		heard("vote_initiated", "vote_id", vote.ID)
		for i, agree := range []bool{true, test.second} {
			s.mustCall(t, s.people[i], "POST", session+"/vote/cast/", map[string]any{"vote_id": vote.ID, "agree": agree}, nil)
			heard("vote_update", "vote_id", vote.ID)
		}
		heard("vote_result", "approved", test.approved)
	}
	if status := s.call(t, s.people[1], "POST", session+"/end/", nil, nil); status != 403 {
		t.Errorf("a guest ends the session: status %d, want 403", status)
	}
	s.mustCall(t, s.people[0], "POST", session+"/end/", nil, nil)
	heard("session_ended", "ended_by", s.people[0].Username)
	if err := r.sockets[1].goodbye(websocket.CloseNormalClosure); err != nil {
		t.Fatal(err)
	}
	if left := r.sockets[0].must(t, "user_left"); left["user_id"] != s.people[1].number() {
		t.Errorf("user_left = %v, want it of user %d", left, s.people[1].ID)
	}
}
