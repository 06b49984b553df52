package probe

import (
	"context"
	"fmt"
	"strings"

	"github.com/pixeltales/pixelload/internal/explain"
)

// message is one that users send on a socket. {n} is a number that no other
// message of the kind has.
type message struct{ name, socket, text string }

const (
	notifications = "/ws/notifications/"
	collaborate   = "/ws/collaborate/{session}/"
	place         = `"page_id":"mk1a","page_index":0,"is_cover_image":false`
)

// said are the messages that a session and the notifications know, in the sizes
// that the UI sends.
var said = []message{
	{"ping", notifications, `{"type":"ping"}`},
	{"mark_read", notifications, `{"type":"mark_read","notification_id":1}`},
	{"page_change", collaborate, `{"type":"page_change","page_number":0}`},
	{"add_page", collaborate, `{"type":"add_page","page_data":{},"page_index":0}`},
	{"cursor", collaborate, `{"type":"cursor","position":{"x":251.33,"y":133.67},` + place + `}`},
	{"presence_update", collaborate, presence()},
	{"text_edit", collaborate, `{"type":"text_edit","page_id":"mk1a","page_index":0,"text":"` + strings.Repeat("the paper boat ", 20) + `{n}"}`},
	{"title_edit", collaborate, `{"type":"title_edit","title":"Paper boats {n}"}`},
	{"draw", collaborate, stroke(90)},
	{"clear", collaborate, `{"type":"clear",` + place + `}`},
	{"transform", collaborate, `{"type":"transform","data":{"itemId":"item_{n}","matrix":[1,0,0,1,12,8]}}`},
	{"delete", collaborate, `{"type":"delete","data":{"itemId":"item_{n}"}}`},
	{"text_edit_advanced", collaborate, `{"type":"text_edit_advanced","data":{"pageId":"mk1a","pageIndex":0,"isCoverImage":false,"text":"boat {n}"}}`},
	{"transform_operation", collaborate, `{"type":"transform_operation","data":{"pageId":"mk1a","pageIndex":0,"isCoverImage":false,"itemId":"item_{n}"}}`},
	{"delete_item", collaborate, `{"type":"delete_item","data":{"pageId":"mk1a","pageIndex":0,"isCoverImage":false,"itemId":"item_{n}"}}`},
	{"layer_operation", collaborate, `{"type":"layer_operation","operation":"create","data":{"name":"layer {n}"}}`},
	{"canvas_state", collaborate, `{"type":"canvas_state","canvas_data":{"projectData":"` + strings.Repeat("[251.33,133.67],", 20*140) + `"},"target_user_id":0,` + place + `}`},
	{"canvas_snapshot", collaborate, `{"type":"canvas_snapshot","page_id":"mk1a","is_cover_image":false,"canvas_data_url":"data:image/png;base64,` + strings.Repeat("iVBORw0KGgo", 7000) + `"}`},
	{"request_sync", collaborate, `{"type":"request_sync",` + place + `}`},
	{"get_page_viewers", collaborate, `{"type":"get_page_viewers"}`},
	{"initiate_vote", collaborate, `{"type":"initiate_vote"}`},
	{"vote_save", collaborate, `{"type":"vote_save","vote":true}`},
	{"delete_page", collaborate, `{"type":"delete_page","page_index":0,"page_id":"mk1a"}`},
}

// unsaid are messages that cannot be repeated, and why.
var unsaid = []explain.Missing{
	{What: "message kick_user", Why: "it ends the receiver's part in the session"},
	{What: "message finalize_collaborative_story", Why: "it ends the session"},
}

// stroke is the draw message of a line of so many points.
func stroke(points int) string {
	return `{"type":"draw","data":{"type":"brush","tool":"brush","itemId":"item_{n}","points":[` +
		strings.Repeat(`{"x":251.33482,"y":133.67193},`, points) + `{"x":1,"y":1}],` +
		`"strokeColor":"rgb(20,20,20)","strokeWidth":5,"opacity":1,"filled":false,` + place + `},` + place + `}`
}

// presence carries the text cursor twice, as the UI's does.
func presence() string {
	caret := fmt.Sprintf(`{"cursorPos":300,"textLength":300,"elementId":"page-text-0","textValue":%q,"x":120.5,"y":340.25}`, strings.Repeat("the paper boat ", 20))
	return `{"type":"presence_update","cursor_position":` + caret + `,"cursor":` + caret + `,"current_tool":"text","activity":"typing_text","typing":true,"timestamp":{n}}`
}

// messages measures each kind of message alone, with one who sends and one who
// receives.
func (p *prober) messages(ctx context.Context) error {
	p.found.NotMeasured = append(p.found.NotMeasured, unsaid...)
	for _, path := range []string{notifications, collaborate} {
		pair, err := p.openPair(ctx, p.fill(path, 0))
		if err != nil {
			p.missing("the messages of "+path, err)
			if ctx.Err() != nil {
				return err
			}
			continue
		}
		err = p.messagesOf(ctx, path, pair)
		pair.close()
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *prober) messagesOf(ctx context.Context, path string, pair *pair) error {
	for _, m := range said {
		if m.socket != path {
			continue
		}
		if p.late(0) {
			p.missing("message "+m.name, errTime)
			continue
		}
		p.Step("message %s", m.name)
		s := explain.Subject{Name: m.name, What: "message " + m.name + " on " + path, Of: explain.Message}
		err := p.repeat(ctx, &s, asking{
			same:     func(_ context.Context, n int) (int64, error) { return 0, pair.say(p.fill(m.text, n)) },
			answered: pair.answered, calls: mostCalls,
		})
		if err := p.note(ctx, s, err); err != nil {
			if ctx.Err() != nil {
				return err
			}
			p.missing("the messages after "+m.name, err)
			return nil
		}
	}
	return nil
}
