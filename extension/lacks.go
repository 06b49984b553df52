package extension

import (
	"net/http"
	"strings"
	"sync"
)

// lacks are the endpoints that a target does not have, by the names of their
// calls: the first user to ask finds out, and all do without from then on. The
// nil lacks learn nothing: there an answer from nowhere is an error.
type lacks struct{ names sync.Map }

func (l *lacks) has(name string) bool {
	if l == nil {
		return false
	}
	_, found := l.names.Load(name)
	return found
}

// learn says whether the answer is that of a route that is not there: a page, and
// not the API's own JSON, with which it says that one object is missing.
func (l *lacks) learn(name string, w *watched) bool {
	if l == nil || w.status != http.StatusNotFound || strings.HasPrefix(w.header.Get("Content-Type"), "application/json") {
		return false
	}
	l.names.Store(name, true)
	return true
}
