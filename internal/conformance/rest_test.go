package conformance

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// ownValues are keys below which each server has values of its own, by group:
// names of achievements, what is drawn at random for games, and how long one
// took, which is a second on a busy machine.
var ownValues = map[string]map[string]bool{
	"social": {"achievements": true, "total_words": true},
	"games": {
		"question_text": true, "correct_answer": true, "options": true, "hint": true, "context": true,
		"feedback": true, "question__question_text": true, "question__correct_answer": true, "time_taken_seconds": true,
	},
}

// TestREST replays the recorded calls. The groups keep their order, for later
// ones use what earlier ones made; one call waits a minute for an invitation
// to go stale.
func TestREST(t *testing.T) {
	t.Parallel()
	chapters := recording(t, "rest.ndjson")
	s := startServer(t)
	s.logIn(t)
	n := newNames(t, s)
	calls := 0
	for _, group := range chapters {
		t.Run(group.name, func(t *testing.T) {
			for _, l := range group.lines {
				calls++
				for _, difference := range s.replay(n, l) {
					t.Errorf("%s: %s %s: %s", l.Name, l.Method, l.Path, difference)
				}
			}
		})
	}
	t.Logf("%d calls in %d groups", calls, len(chapters))
}

// replay makes a recorded call and returns what differs.
func (s *server) replay(n *names, l line) []string {
	time.Sleep(time.Duration(l.Wait * float64(time.Second)))
	body, err := n.fillJSON(l.Request)
	if err != nil {
		return []string{err.Error()}
	}
	if l.Raw != nil {
		body = []byte(*l.Raw)
	}
	got, err := s.send(l.Method, pathOf(n, l), body, headerOf(n, l, body))
	if err != nil {
		return []string{err.Error()}
	}
	want, err := decodeJSON(l.Response)
	if err != nil {
		return []string{err.Error()}
	}
	found := headDifferences(l, got)
	for name, path := range l.Save {
		if err := n.save(name, path, got.body); err != nil {
			found = append(found, err.Error())
		}
	}
	return append(found, comparison{n, ownValues[l.Group]}.differences(want, got.body, "")...)
}

func headDifferences(l line, got reply) (found []string) {
	for _, pair := range [][3]string{
		{"status", fmt.Sprint(l.Status), fmt.Sprint(got.status)},
		{"content type", l.ContentType, got.contentType},
		{"location", l.Location, got.location},
	} {
		if pair[1] != pair[2] {
			found = append(found, fmt.Sprintf("%s: %q in place of %q", pair[0], pair[2], pair[1]))
		}
	}
	return found
}

func pathOf(n *names, l line) string {
	query := url.Values{}
	for key, value := range l.Query {
		query.Set(key, n.fillText(strings.Trim(string(value), `"`)))
	}
	path := n.fillText(l.Path)
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

func headerOf(n *names, l line, body []byte) http.Header {
	header := http.Header{}
	if token := n.token(l); token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	if body != nil {
		header.Set("Content-Type", "application/json")
	}
	for key, value := range l.Headers {
		header.Set(key, value)
	}
	return header
}
