package extension

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/pixeltales/pixelload/internal/account"
)

// pointsAStroke is what a mouse yields in a stroke of a second; with some 50
// bytes a point a draw is about 4.5 KB.
const pointsAStroke = 90

type point struct{ x, y float64 }

// newStroke returns a line that wanders over the canvas of 500 x 500.
func newStroke(random *rand.Rand) []point {
	stroke := make([]point, pointsAStroke)
	at := point{500 * random.Float64(), 500 * random.Float64()}
	for i := range stroke {
		at.x += 6 * (random.Float64() - 0.5)
		at.y += 6 * (random.Float64() - 0.5)
		stroke[i] = at
	}
	return stroke
}

// itemMark begins the ids of the strokes, in the SPA's form item_TIME_WORD.
// Ours are item_MICROSECONDS_uUSERnNUMBER: when it was sent, by whom, and
// which of the sender's draws it is.
var itemMark = []byte(`"item_`)

// pageID is the client's own id of the page of the index.
func pageID(index int) string { return "mk" + strconv.Itoa(index+1) + "a" }

// drawFrame is the draw message of a finished stroke on the page of the index.
func drawFrame(user int, seq int64, page int, now time.Time, stroke []point) []byte {
	b := make([]byte, 0, 5200)
	b = fmt.Appendf(b, `{"type":"draw","data":{"type":"brush","tool":"brush","itemId":"item_%d_u%dn%d","points":[`, now.UnixMicro(), user, seq)
	for i, p := range stroke {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(strconv.AppendFloat(append(b, `{"x":`...), p.x, 'f', -1, 64), `,"y":`...)
		b = append(strconv.AppendFloat(b, p.y, 'f', -1, 64), '}')
	}
	place := fmt.Sprintf(`"page_id":"%s","page_index":%d,"is_cover_image":false}`, pageID(page), page)
	return append(b, `],"strokeColor":"rgb(20,20,20)","strokeWidth":5,"opacity":1,"filled":false,`+place+`,`+place...)
}

// readItem finds whose draw a frame carries, and which of that user's.
func readItem(frame []byte) (user int, seq int64, ok bool) {
	_, rest, ok := bytes.Cut(frame, itemMark)
	if !ok {
		return 0, 0, false
	}
	id, _, ok := bytes.Cut(rest[:min(len(rest), 64)], []byte(`"`))
	if !ok {
		return 0, 0, false
	}
	_, word, _ := bytes.Cut(id, []byte("_u"))
	sender, number, _ := bytes.Cut(word, []byte("n"))
	user, err := strconv.Atoi(string(sender))
	if err != nil {
		return 0, 0, false
	}
	seq, err = strconv.ParseInt(string(number), 10, 64)
	return user, seq, err == nil && seq > 0
}

func cursorFrame(page int, p point) []byte {
	return fmt.Appendf(nil, `{"type":"cursor","position":{"x":%.2f,"y":%.2f},"page_id":"%s","page_index":%d,"is_cover_image":false}`,
		p.x, p.y, pageID(page), page)
}

// canvasFrame is the drawing of so many strokes in the drawing library's form,
// JSON text inside the message.
func canvasFrame(strokes int) []byte {
	path := `["Path",{"applyMatrix":true,"segments":[` + strings.Repeat(`[251.33,133.67],`, stateAStroke/16) + `[0,0]]}]`
	project := `[["Layer",{"applyMatrix":true,"children":[` + strings.Repeat(path+",", strokes-1) + path + `]}]]`
	quoted, _ := json.Marshal(project)
	return fmt.Appendf(nil, `{"type":"canvas_state","canvas_data":{"projectData":%s},"target_user_id":0,"page_id":"%s","page_index":0,"is_cover_image":false}`,
		quoted, pageID(0))
}

func textFrame(text string) []byte {
	quoted, _ := json.Marshal(text)
	return fmt.Appendf(nil, `{"type":"text_edit","page_id":"%s","page_index":0,"text":%s}`, pageID(0), quoted)
}

// caret is what the SPA says of a text cursor: with the whole text of the page.
type caret struct {
	CursorPos  int     `json:"cursorPos"`
	TextLength int     `json:"textLength"`
	ElementID  string  `json:"elementId"`
	TextValue  string  `json:"textValue"`
	X          float64 `json:"x"`
	Y          float64 `json:"y"`
}

// presenceFrame carries the caret twice, as the SPA's does.
func presenceFrame(who account.User, text string, now time.Time) []byte {
	at := caret{len(text), len(text), "page-text-0", text, 120.5, 340.25}
	frame, _ := json.Marshal(struct {
		Type     string `json:"type"`
		Position caret  `json:"cursor_position"`
		Cursor   caret  `json:"cursor"`
		Tool     string `json:"current_tool"`
		Activity string `json:"activity"`
		UserID   int    `json:"user_id"`
		UserName string `json:"user_name"`
		Typing   bool   `json:"typing"`
		Time     int64  `json:"timestamp"`
	}{"presence_update", at, at, "text", "typing_text", who.ID, who.Username, true, now.UnixMilli()})
	return frame
}

var vocabulary = []string{"the", "paper", "boat", "sails", "over", "a", "quiet", "lake", "and", "the", "moon", "looks", "down", "at", "its", "small", "crew"}

// phrase returns some words, each followed by a space.
func phrase(random *rand.Rand) string {
	var b []byte
	for range wordsAPhrase {
		b = append(append(b, vocabulary[random.IntN(len(vocabulary))]...), ' ')
	}
	return string(b)
}
