//go:build linux

package calibration

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/gorilla/websocket"
)

// Handler is the program over HTTP.
func (p *Program) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { p.answer(w) })
	mux.HandleFunc("POST /{$}", func(w http.ResponseWriter, r *http.Request) {
		if err := p.Set(r.URL.Query()); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		p.answer(w)
	})
	mux.HandleFunc("POST /collect", func(w http.ResponseWriter, _ *http.Request) { p.answerAfter(w, p.Collect()) })
	mux.HandleFunc("GET /page", p.page)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if websocket.IsWebSocketUpgrade(r) {
			p.socket(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func (p *Program) answerAfter(w http.ResponseWriter, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	p.answer(w)
}

func (p *Program) answer(w http.ResponseWriter) {
	holding, err := p.Holding()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(holding) // a client that left is none of ours
}

func (p *Program) page(w http.ResponseWriter, r *http.Request) {
	var delay time.Duration
	if text := r.FormValue("delay"); text != "" {
		var err error
		if delay, err = time.ParseDuration(text); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	err := p.Page()
	select {
	case <-time.After(delay):
	case <-r.Context().Done():
	}
	p.answerAfter(w, err)
}

// upgrader takes every caller, of any page: this target has nothing to guard.
var upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}

// socket holds its memory until the other end leaves.
func (p *Program) socket(w http.ResponseWriter, r *http.Request) {
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	defer conn.Close()
	if err := p.Connect(1); err != nil {
		_ = conn.WriteMessage(websocket.TextMessage, []byte(err.Error())) // it is closed next
	}
	for err == nil {
		_, _, err = conn.NextReader()
	}
	_ = p.Connect(-1) // giving back cannot fail for want of memory
}
