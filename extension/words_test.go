package extension

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// A list that is good is not asked for again at keystrokes; with one that is
// empty each keystroke is a request.
func TestWordsAreFetchedAtKeystrokes(t *testing.T) {
	t.Parallel()
	const writer = `{personas: 'writer'}`
	good, empty := newFakeServer(t), newFakeServer(t)
	empty.wrong = func(r *http.Request) (int, string) {
		if strings.Contains(r.URL.Path, "/profanity/") {
			return http.StatusNotFound, "<html>"
		}
		return 0, ""
	}
	sums := visitOnce(t, good, 4, writer)
	if n := good.called("GET /profanity/active/?language=all"); n != 1 || sums["ws_msgs_sent"] < 10 {
		t.Errorf("asked for the words %d times with %g messages, want once", n, sums["ws_msgs_sent"])
	}
	if failed := visitOnce(t, empty, 4, writer)["http_req_failed"]; failed < 5 {
		t.Errorf("%g failed calls, want one a keystroke", failed)
	}
}

// The bottom bar asks when it appears and at each push that concerns it.
func TestBarAsksAtPushes(t *testing.T) {
	t.Parallel()
	server := newFakeServer(t)
	calls := func() int { return server.called("GET /messages/conversations/") }
	done := make(chan struct{})
	go func() {
		defer close(done)
		for deadline := time.Now().Add(2 * time.Second); time.Now().Before(deadline); {
			if calls() > 0 && server.hasPager(1) {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		time.Sleep(200 * time.Millisecond) // the bar is done with its three
		server.page(1, `{"type":"friend_online","user_id":2}`)
		server.page(1, `{"type":"new_message","message":{"sender":{"id":2}}}`)
	}()
	visitOnce(t, server, 3, `{personas: 'lurker'}`)
	<-done
	if n := calls(); n != 2 {
		t.Errorf("the bar asked %d times, want at first and at the message", n)
	}
}
