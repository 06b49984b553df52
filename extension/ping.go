package extension

import (
	"time"

	"go.k6.io/k6/v2/metrics"
)

// ping sends the application's own ping, which its server answers with a pong.
func (s *socket) ping() error {
	s.pinged.Store(time.Now().UnixNano())
	return s.write([]byte(`{"type":"ping"}`))
}

// ponged emits k6's ws_ping for the answer to a ping.
func (w *wire) ponged(s *socket) {
	if at := s.pinged.Swap(0); at != 0 {
		took := time.Since(time.Unix(0, at))
		w.emit.push(w.state.BuiltinMetrics.WSPing, w.phase(), metrics.D(took), "name", s.name, "url", s.name)
	}
}
