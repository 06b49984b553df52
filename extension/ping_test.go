package extension

import (
	"testing"

	"github.com/gorilla/websocket"
	"go.k6.io/k6/v2/lib"
	"go.k6.io/k6/v2/metrics"
)

// A pong is timed when a ping is under way, and once.
func TestPing(t *testing.T) {
	t.Parallel()
	registry := metrics.NewRegistry()
	samples := make(chan metrics.SampleContainer, 10)
	w := &wire{
		state:   &lib.State{BuiltinMetrics: metrics.RegisterBuiltinMetrics(registry)},
		metrics: newMetrics(registry), phase: func() string { return "a" },
		emit: emitter{samples: samples, tags: registry.RootTagSet()},
	}
	s := &socket{name: "notifications"}
	_ = s.ping() // the socket is not open; it is asked all the same
	for range 2 {
		if err := w.work(s, websocket.TextMessage, []byte(`{"type":"pong"}`)); err != nil {
			t.Fatal(err)
		}
	}
	got := metrics.GetBufferedSamples(samples)
	if len(got) != 1 || got[0].GetSamples()[0].Metric.Name != metrics.WSPingName {
		t.Errorf("%d samples for a ping and two pongs, want one of ws_ping", len(got))
	}
}
