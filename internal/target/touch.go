package target

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"github.com/pixeltales/pixelload/internal/guard"
	"github.com/pixeltales/pixelload/internal/persona"
)

// A step touches one endpoint. A word in braces in the path stands for an id
// that an earlier step learnt.
type step struct {
	name, method, path, body string
	// learn is where in the answer ids are found, as WORD=FIELD.FIELD.
	learn []string
}

// steps touch each endpoint that a user needs, with the smallest answer that it
// can give: a list that finds nothing, a story without pictures. A list with a
// story in it would leave as much behind as the story's pictures weigh, and that
// is load. The first is the first request of all.
var steps = []step{
	{name: "words", path: "/profanity/active/?language=all"},
	{name: "profile", path: "/auth/profile/"},
	{name: "stories", path: "/stories/?page_size=1&search=nothing-like-it"},
	{name: "stories_public", path: "/stories/?public=true&page_size=1&search=nothing-like-it"},
	{name: "story_create", method: "POST", path: "/stories/create/", learn: []string{"story=story.id"},
		body: `{"title":"` + persona.TouchedTitles[0] + `","content":"Once.","canvas_data":"[{\"id\":\"p1\",\"order\":0,\"canvasData\":\"\"}]","summary":"",` +
			`"category":"adventure","genres":["adventure"],"language":"en","creation_type":"manual","is_published":false}`},
	{name: "story_update", method: "PATCH", path: "/stories/{story}/update/", body: `{"title":"` + persona.TouchedTitles[1] + `"}`},
	{name: "story", path: "/stories/{story}/"},
	{name: "story_stats", path: "/stories/{story}/stats/"},
	{name: "friends", path: "/friends/"},
	{name: "friend_requests", path: "/friends/requests/"},
	{name: "conversations", path: "/messages/conversations/"},
	{name: "invites", path: "/collaborate/invites/"},
	{name: "collaborate_create", method: "POST", path: "/collaborate/create/", learn: []string{"session=session.session_id", "code=session.join_code"},
		body: `{"canvas_name":"Touched","max_participants":5,"duration_hours":24}`},
	{name: "collaborate_join", method: "POST", path: "/collaborate/join-by-code/", body: `{"join_code":"{code}"}`},
	{name: "collaborate", path: "/collaborate/{session}/"},
	{name: "collaborate_start", method: "POST", path: "/collaborate/{session}/start/"},
	{name: "collaborate_presence", path: "/collaborate/{session}/presence/"},
	{name: "collaborate_draft", path: "/collaborate/{session}/draft/"},
	{name: "socket_notifications", method: socket, path: "/ws/notifications/"},
	{name: "socket_collaborate", method: socket, path: "/ws/collaborate/{session}/"},
}

// Endpoint is one that a user needs: its name in reports, and a path of its
// kind, below /api or, of a socket, from the root.
type Endpoint struct {
	Name, Path string
	Socket     bool
}

// examples stand for the words in braces.
var examples = strings.NewReplacer("{story}", "1", "{session}", "9b0e1a52-6f0c-4c8e-9b51-0d6f2f6a7c11", "{code}", "12345")

// Endpoints lists them.
func Endpoints() (all []Endpoint) {
	for _, s := range steps {
		path, _, _ := strings.Cut(s.path, "?")
		all = append(all, Endpoint{Name: s.name, Path: examples.Replace(path), Socket: s.method == socket})
	}
	return all
}

// placeholder is a word in braces that nothing was learnt for.
var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

// socket is the method of a step that opens a websocket, reads one message and
// closes it.
const socket = "SOCKET"

// Touch asks each endpoint of the target once, as the user of token, so
// that what the target loads lazily is loaded. observe is called after the
// first request. untouched names the endpoints that did not answer as they
// should; an error means that the target answers no more, or that ctx ended.
func Touch(ctx context.Context, pass guard.Pass, token string, observe func(name string)) (untouched []string, err error) {
	t := toucher{client: newClient(pass, token), learnt: map[string]string{}}
	defer t.client.close()
	for i, s := range steps {
		ok, err := t.touch(ctx, s)
		if err != nil {
			return untouched, fmt.Errorf("touching %s: %w", s.name, err)
		}
		if !ok {
			untouched = append(untouched, s.name)
		}
		if i == 0 {
			observe(s.name)
		}
	}
	return untouched, nil
}

type toucher struct {
	client *client
	learnt map[string]string
}

func (t *toucher) touch(ctx context.Context, s step) (ok bool, err error) {
	path, body := t.fill(s.path), t.fill(s.body)
	switch {
	case placeholder.MatchString(path + body):
		return false, nil // the step that should have told the id failed
	case s.method == socket:
		return t.openSocket(ctx, path)
	}
	status, answer, err := t.client.do(ctx, s.method, path, body)
	if err != nil {
		return false, err
	}
	return status < 300 && t.learn(s.learn, answer), nil
}

// fill puts what was learnt in place of the words in braces.
func (t *toucher) fill(text string) string {
	for word, value := range t.learnt {
		text = strings.ReplaceAll(text, "{"+word+"}", value)
	}
	return text
}

// learn keeps the ids that are wanted from an answer.
func (t *toucher) learn(wanted []string, answer []byte) bool {
	for _, w := range wanted {
		word, path, _ := strings.Cut(w, "=")
		value, ok := field(answer, strings.Split(path, "."))
		if !ok {
			return false
		}
		t.learnt[word] = value
	}
	return true
}

// field returns the text or number at the path of names in a JSON object.
func field(object []byte, path []string) (string, bool) {
	for _, name := range path {
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(object, &fields); err != nil {
			return "", false
		}
		object = fields[name]
	}
	value := string(bytes.Trim(object, `"`))
	return value, value != "" && value != "null"
}

// openSocket opens a socket, waits for the greeting and says goodbye.
func (t *toucher) openSocket(ctx context.Context, path string) (ok bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, touchPatience)
	defer cancel()
	dialer := websocket.Dialer{HandshakeTimeout: touchPatience, NetDialContext: t.client.pass.Dialer().DialContext}
	conn, response, err := dialer.DialContext(ctx, strings.Replace(t.client.pass.URL, "http", "ws", 1)+path+"?token="+t.client.token, nil)
	if response != nil {
		response.Body.Close()
	}
	if errors.Is(err, websocket.ErrBadHandshake) {
		return false, nil // the target refused
	}
	if err != nil {
		return false, err
	}
	defer conn.Close()
	_ = conn.SetReadDeadline(time.Now().Add(touchPatience))
	if _, _, err := conn.ReadMessage(); err != nil {
		return false, nil // it closed without a greeting
	}
	goodbye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	return true, conn.WriteControl(websocket.CloseMessage, goodbye, time.Now().Add(time.Second))
}
