package extension

import (
	"encoding/json"
	"slices"
	"testing"
	"time"
)

// FuzzMessage gives the decoders of what a target sends anything at all. They
// must not panic, take what JSON takes, and not depend on where an answer is
// cut into pieces.
func FuzzMessage(f *testing.F) {
	for _, message := range []string{
		`{"type":"init","canvas_data":{},"story_draft":{"title":"Sky boats","pages":[{"text":"One day","id":"c1d2"}]},"participants":[{"user_id":17,"username":"user0017","cursor_color":"#45B7D1"}],"your_color":"#F7DC6F","current_user_id":41,"current_username":"user0041"}`,
		`{"type":"user_joined","user_id":17,"username":"user0017","cursor_color":"#45B7D1"}`,
		`{"type": "cursor", "user_id": 17, "position": {"x": 251.33, "y": 133.67}, "page_id": "mk1a", "page_index": 0, "is_cover_image": false}`,
		`{"type":"vote_initiated","vote_id":"5b","initiated_by":17,"total_participants":null,"question":"Save?"}`,
		`{"type":"collaboration_invite","message":{"id":803,"sender_id":17,"session_id":"0b6e","story_title":"Sky boats"}}`,
		`{"type":"error","message":"'CollaborationConsumer' object has no attribute 'session_group_name'"}`,
		`{"type":"draw","data":{"itemId":"item_1_u2n3"}}`,
		`{"type":"draw","data":{"itemId":"item_1767312345678_k3x9"}}`,
		`{"type":""}`, `{"type":1}`, `{"type":null}`, `{"TYPE":"init"}`, `{"type":"init"}x`, `[]`, `null`, `"type"`, ``, `{`, "\xff\xfe", `{"type":"\ud800"}`,
		`{"count":2,"results":[{"id":7,"canvas_data":"[{\"id\":99}]"},{"id": 8}]}`, `{"id":99999999999999999999}`, `{"id":-1}`, `{"id":12`,
		`"item_`, `"item_1_u1n9223372036854775807"`, `"item_1_u1n9223372036854775808"`, `"item__u+1n+1"`,
	} {
		f.Add([]byte(message), uint16(len(message)/2))
	}
	f.Add(drawFrame(1, 2, 0, time.Unix(0, 0), []point{{1, 2}}), uint16(40))
	f.Fuzz(func(t *testing.T, text []byte, at uint16) {
		checkKind(t, text)
		if user, seq, ok := readItem(text); ok && (user < 0 || seq < 1) {
			t.Errorf("draw %d of user %d, want numbers from 1 and from 0", seq, user)
		}
		checkIDs(t, text, int(at))
	})
}

// checkKind: what has a type is an object, or carries one of our own draws.
func checkKind(t *testing.T, text []byte) {
	kind, ok := kindOf(text)
	if ok && kind == "" {
		t.Error("a type without a name")
	}
	if _, _, ours := readItem(text); ok && !ours && kind != "draw" && !json.Valid(text) {
		t.Errorf("the type %q of what is no JSON", kind)
	}
}

// checkIDs: an answer that comes in two pieces holds the ids it holds in one.
func checkIDs(t *testing.T, text []byte, at int) {
	at = min(at, len(text))
	var whole, pieces []int
	findIDs(slices.Clone(text), &whole, 10)
	tail := findIDs(slices.Clone(text[:at]), &pieces, 10)
	findIDs(append(tail, text[at:]...), &pieces, 10)
	if !slices.Equal(whole, pieces) {
		t.Errorf("ids %v, cut at %d %v", whole, at, pieces)
	}
}
