package conformance

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// endpoints is every call of the API that the reference app answers; a number
// or a name in a path is *.
const endpoints = `
GET /profanity/active/
POST /auth/login/
POST /auth/refresh/
POST /auth/logout/
POST /auth/register/
POST /auth/verify-email/
POST /auth/resend-verification/
POST /auth/verify-password/
GET /auth/profile/
PUT /auth/profile/
PATCH /auth/profile/
GET /stories/
GET /stories/saved/
POST /stories/create/
GET /stories/*/
GET /stories/*/stats/
PATCH /stories/*/update/
POST /stories/*/publish/
POST /stories/*/unpublish/
DELETE /stories/*/delete/
POST /stories/*/like/
POST /stories/*/save/
POST /stories/*/rate/
GET /stories/*/comments/
POST /stories/*/comments/create/
GET /friends/
GET /friends/requests/
POST /friends/send-request/
PUT /friends/respond/*/
GET /messages/conversations/
POST /messages/send/
GET /messages/*/
PUT /messages/mark-read/*/
GET /social/activity-feed/
GET /social/leaderboard/
GET /users/search/
GET /users/rewards/
GET /achievements/progress/
GET /games/available_stories/
GET /games/check/*/
GET /games/story/*/
POST /games/generate/
POST /games/submit_answer/
POST /games/complete/
POST /games/*/start_game/
GET /games/*/preview/
POST /collaborate/create/
POST /collaborate/join-by-code/
POST /collaborate/invite/
GET /collaborate/invites/
POST /collaborate/invites/*/respond/
GET /collaborate/*/
POST /collaborate/*/start/
POST /collaborate/*/end/
GET /collaborate/*/presence/
GET /collaborate/*/operations/
POST /collaborate/*/kick/
GET /collaborate/*/draft/
POST /collaborate/*/draft/update/
POST /collaborate/*/vote/
POST /collaborate/*/vote/cast/
`

// sent is every message that the servers of both sockets know, and received
// every one that they are known to send.
const (
	sent = `ping mark_read draw cursor presence_update text_edit title_edit page_change add_page delete_page clear transform
		delete text_edit_advanced transform_operation delete_item layer_operation canvas_snapshot canvas_state request_sync
		get_page_viewers kick_user initiate_vote vote_save finalize_collaborative_story`
	received = `connection pong error friend_online friend_offline friend_request friend_request_accepted new_message
		collaboration_invite collaboration_session_started collaboration_host_left init user_joined user_left draw cursor
		presence_update text_edit title_edit page_change page_added page_deleted clear transform delete text_edit_advanced
		transform_operation delete_item layer_operation canvas_state page_viewers_response vote_initiated vote_update
		vote_result vote_failed user_kicked story_finalized session_ended`
)

// TestEndpointsAreThoseServed: no route of the reference app is missing in
// the list that the recordings are held against.
func TestEndpointsAreThoseServed(t *testing.T) {
	t.Parallel()
	routes, err := os.ReadFile(filepath.Join("..", "..", "reference", "storybook", "urls.py"))
	if err != nil {
		t.Fatal(err)
	}
	served := map[string]bool{}
	for _, m := range regexp.MustCompile(`path\("([^"]+)"`).FindAllSubmatch(routes, -1) {
		served["/"+regexp.MustCompile(`<[^>]+>`).ReplaceAllString(string(m[1]), "*")] = true
	}
	listed := map[string]bool{}
	for call := range strings.SplitSeq(strings.TrimSpace(endpoints), "\n") {
		_, path, _ := strings.Cut(call, " ")
		listed[path] = true
		if !served[path] {
			t.Errorf("%s is not served", path)
		}
	}
	for path := range served {
		if !listed[path] {
			t.Errorf("%s is served, and in no list", path)
		}
	}
}

// TestEchoesHoldEverything: each message that the session's socket knows is
// sent live, by the table of echoes or by one who is named here.
func TestEchoesHoldEverything(t *testing.T) {
	t.Parallel()
	tried := map[string]bool{"kick_user": true, "ping": true, "mark_read": true} // kick and TestNotifications
	for _, e := range echoes {
		var message struct{ Type string }
		if json.Unmarshal([]byte(e.message), &message) == nil {
			tried[message.Type] = true
		}
	}
	for _, kind := range strings.Fields(sent) {
		if !tried[kind] {
			t.Errorf("nobody sends %s to a live server", kind)
		}
	}
}

var idInPath = regexp.MustCompile(`/(\d+|\{\w+\})/`)

// TestRecordingsHoldEverything: each call and each message is in a recording,
// so the replays exercise all of them.
func TestRecordingsHoldEverything(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, file := range []string{"rest.ndjson", "sockets.ndjson"} {
		for _, c := range recording(t, file) {
			for _, l := range c.lines {
				note(seen, l)
			}
		}
	}
	for call := range strings.SplitSeq(strings.TrimSpace(endpoints), "\n") {
		if !seen[call] {
			t.Errorf("no recording of %s", call)
		}
	}
	for dir, kinds := range map[string]string{"send": sent, "recv": received} {
		for _, kind := range strings.Fields(kinds) {
			if !seen[dir+" "+kind] {
				t.Errorf("no recording of %s %s", dir, kind)
			}
		}
	}
}

func note(seen map[string]bool, l line) {
	if l.Method != "" && !slices.Contains([]int{301, 401, 404, 405}, l.Status) { // its own view has answered
		path := strings.TrimPrefix(l.Path, "/api")
		seen[l.Method+" "+idInPath.ReplaceAllString(path, "/*/")] = true
	}
	var message struct{ Type string }
	if json.Unmarshal(l.Data, &message) == nil {
		seen[l.Dir+" "+message.Type] = true
	}
}
