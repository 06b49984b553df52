package extension

import (
	"encoding/json"
	"time"
)

const (
	ownVoteAfter = 500 * time.Millisecond
	votePatience = 15 * time.Second // others vote within 10 s
	endPatience  = 10 * time.Second
)

// How long a member thinks about its vote; the SPA votes for it after 10 s.
var voteTime = [2]time.Duration{2 * time.Second, 10 * time.Second}

// chair is the host's last duty: after the session's time it calls the vote.
// Approved, the story is finalised; else, or without an answer, it ends anyway.
func (s *session) chair() {
	time := durations(s.options.Habits.SessionSeconds)
	if !wait(s.active, between(s.random(forChair|uint64(s.number)<<40), time[0], time[1])) {
		return
	}
	s.http.do(s.visit.whole, s.call("POST", "vote", "vote/", nil))
	if s.approved() {
		s.finalise()
		if !wait(s.active, endPatience) {
			return
		}
	}
	if s.active.Err() == nil {
		s.http.do(s.visit.whole, s.call("POST", "collaborate_end", "end/", nil))
	}
	s.end()
}

func (s *session) approved() bool {
	patience := time.NewTimer(votePatience)
	defer patience.Stop()
	select {
	case approved := <-s.result:
		return approved
	case <-patience.C:
	case <-s.active.Done():
	}
	return false
}

// finalise gives the draft its last details and makes it a story; the server
// then ends the session for all.
func (s *session) finalise() {
	s.http.do(s.visit.whole, s.call("GET", "draft", "draft/", nil))
	s.http.do(s.visit.whole, s.call("POST", "draft_update", "draft/update/", map[string]any{"story_draft": map[string]any{
		"title": "Paper boats", "pages": []map[string]string{{"id": pageID(0), "text": s.saver.text()}},
		"genres": []string{"adventure"}, "category": "adventure", "summary": "",
	}}))
	s.saver.save(s.visit.whole)
	_ = s.socket.write([]byte(`{"type":"finalize_collaborative_story"}`))
}

// voted: somebody called the vote. Everybody asks who is there and votes yes,
// who called it first.
func (s *session) voted(data []byte) {
	var vote struct {
		ID string `json:"vote_id"`
		By int    `json:"initiated_by"`
	}
	if json.Unmarshal(data, &vote) != nil || vote.ID == "" {
		return // a vote called on the socket has no id to vote with
	}
	after := between(s.random(forVote|uint64(s.number)<<40), voteTime[0], voteTime[1])
	if vote.By == s.who.ID {
		after = ownVoteAfter
	}
	s.start(func() {
		s.presence()
		if wait(s.active, after) {
			s.http.do(s.visit.whole, s.call("POST", "vote_cast", "vote/cast/", map[string]any{"vote_id": vote.ID, "agree": true}))
		}
	})
}

func (s *session) decided(data []byte) {
	var vote struct{ Approved bool }
	if json.Unmarshal(data, &vote) != nil {
		return
	}
	select {
	case s.result <- vote.Approved:
	default: // decided already
	}
}
