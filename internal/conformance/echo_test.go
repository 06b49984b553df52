package conformance

import (
	"fmt"
	"testing"

	"github.com/gorilla/websocket"
)

const place = `"page_id":"p1","page_index":0,"is_cover_image":false`

// echoes says who hears of each message: the types that come to the sender
// and to the two others in the room. The order matters, for later messages
// need what earlier ones made.
var echoes = []struct{ message, self, others string }{
	{`{"type":"draw","data":{"points":[]},` + place + `}`, "", "draw"},
	{`{"type":"cursor","position":{"x":1,"y":2},` + place + `}`, "", "cursor"},
	{`{"type":"presence_update","current_tool":"text","activity":"typing_text"}`, "", "presence_update"},
	{`{"type":"add_page","page_data":{"text":""},"page_index":0}`, "page_added", "page_added"},
	{`{"type":"add_page","page_data":{},"page_index":1}`, "page_added", "page_added"},
	{`{"type":"text_edit","text":"It folds.",` + place + `}`, "", "text_edit"},
	{`{"type":"title_edit","title":"Moon"}`, "", "title_edit"},
	{`{"type":"page_change","page_number":0}`, "page_change", "page_change"},
	{`{"type":"get_page_viewers"}`, "page_viewers_response", ""},
	{`{"type":"delete_page","page_index":1,"page_id":"p2"}`, "page_deleted", "page_deleted"},
	{`{"type":"delete_page","page_index":9,"page_id":"p9"}`, "error", ""},
	{`{"type":"clear",` + place + `}`, "clear", "clear"},
	{`{"type":"transform","data":{}}`, "", "transform"},
	{`{"type":"delete","data":{}}`, "", "delete"},
	{`{"type":"text_edit_advanced","data":{"pageId":"p1"}}`, "", "text_edit_advanced"},
	{`{"type":"transform_operation","data":{"pageId":"p1"}}`, "", "transform_operation"},
	{`{"type":"delete_item","data":{"pageId":"p1"}}`, "", "delete_item"},
	{`{"type":"layer_operation","operation":"create","data":{}}`, "", "layer_operation"},
	{`{"type":"canvas_snapshot","canvas_data_url":"data:image/png;base64,AA==",` + place + `}`, "", ""},
	{`{"type":"request_sync",` + place + `}`, "error", ""}, // nothing is stored
	{`{"type":"canvas_state","canvas_data":{"projectData":"[]"},"target_user_id":0,` + place + `}`, "", ""},
	{`{"type":"canvas_state","canvas_data":{"projectData":"[]"},"target_user_id":1,` + place + `}`, "error", ""},
	{`{"type":"request_sync",` + place + `}`, "canvas_state", ""},
	{`{"type":"initiate_vote"}`, "vote_initiated", "vote_initiated"},
	{`{"type":"vote_save","vote":true}`, "vote_update", "vote_update"},
	{`{"type":"story_saved_success"}`, "", ""},
	{`{"type":"session_ended"}`, "", ""},
	{`{"type":"save_cancelled"}`, "", ""},
	{`{"type":"ping"}`, "", ""}, // known to the other socket only
	{`{"type":"none_such"}`, "", ""},
	{`not json`, "error", ""},
	{`[]`, "error", ""},
	{`{"type":"finalize_collaborative_story"}`, "story_finalized session_ended", "story_finalized session_ended"},
}

// TestEchoes sends each message of the session's socket, and after each one a
// `clear`, which comes back to everybody in its turn: what came before it is
// all that the message brought. So silence is shown without waiting for it.
func TestEchoes(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	r := s.openRoom(t, 3)
	for i, echo := range echoes {
		sender := r.sockets[1]
		sender.say(t, echo.message)
		end := fmt.Sprintf("end-%d", i)
		sender.say(t, `{"type":"clear","page_id":"`+end+`","page_index":0}`)
		for member, k := range r.sockets {
			want := echo.others
			if k == sender {
				want = echo.self
			}
			if got := k.before(t, isClear(end)); got != want {
				t.Errorf("%s: member %d heard %q, want %q", echo.message, member, got, want)
			}
		}
	}
	s.kick(t, r)
}

// isClear recognises the `clear` of the page.
func isClear(page string) func(map[string]any) bool {
	return func(m map[string]any) bool { return m["type"] == "clear" && m["page_id"] == page }
}

// kick: the host sends a guest away, all hear of it, and the guest's socket is closed.
func (s *server) kick(t *testing.T, r *room) {
	t.Helper()
	r.sockets[0].say(t, fmt.Sprintf(`{"type":"kick_user","user_id":%d}`, s.people[2].ID))
	for member, k := range r.sockets {
		if got := k.must(t, "user_kicked")["kicked_user_id"]; got != s.people[2].number() {
			t.Errorf("member %d heard that %v was kicked, want %d", member, got, s.people[2].ID)
		}
	}
	if code := r.sockets[2].closed(t); code != websocket.CloseNormalClosure {
		t.Errorf("the kicked socket was closed with %d, want 1000", code)
	}
}
