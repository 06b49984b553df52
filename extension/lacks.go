package extension

import (
	"net/http"
	"strings"
	"sync"
)

// missing is how often an endpoint must answer as one that is not there, and
// never otherwise, before users do without: a proxy says the same for a moment.
const missing = 3

// lacks are the endpoints that a target does not have, by the names of their
// calls: the users find out together, and all do without from then on. The nil
// lacks learn nothing: there an answer from nowhere is an error.
type lacks struct {
	mu    sync.Mutex
	calls map[string]*found
}

// found is what is known of an endpoint.
type found struct {
	there  bool // it answered
	misses int
}

func (l *lacks) has(name string) bool {
	if l == nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.calls[name]
	return f != nil && !f.there && f.misses >= missing
}

// learn says whether the answer is that of a route that is not there: a page, and
// not the API's own JSON, with which it says that one object is missing. One that
// answered before is there, whatever it says now.
func (l *lacks) learn(name string, w *watched) bool {
	if l == nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.calls[name]
	if f == nil {
		f = &found{}
		if l.calls == nil {
			l.calls = map[string]*found{}
		}
		l.calls[name] = f
	}
	if w.status != http.StatusNotFound || strings.HasPrefix(w.header.Get("Content-Type"), "application/json") {
		f.there = f.there || w.ok()
		return false
	}
	f.misses++
	return !f.there
}
