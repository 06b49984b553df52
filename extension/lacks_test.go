package extension

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"go.k6.io/k6/v2/metrics"
)

// TestUsersGoWithout: an endpoint that is not there is asked for once, and is no
// trouble; an object that is not there is, each time, and so is the page where
// users were not told to go without.
func TestUsersGoWithout(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		kind := "text/html; charset=utf-8"
		if r.URL.Path == "/api/stories/7/" {
			kind = "application/json"
		}
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"detail":"Not found."}`)
	}))
	t.Cleanup(server.Close)
	for _, row := range []struct {
		name, path                     string
		lacks                          *lacks
		asked, skipped, troubles, fail int
	}{
		{"no such endpoint", "/friends/", &lacks{}, 1, 3, 0, 0},
		{"no such story", "/stories/7/", &lacks{}, 3, 0, 3, 3},
		{"an endpoint is due", "/friends/", nil, 3, 0, 3, 3},
	} {
		asked.Store(0)
		b := newScriptBench(t)
		set := newMetrics(b.VU.InitEnvField.Registry)
		b.enter(true)
		state := b.VU.State()
		c := newClient(server.URL, state, emitter{b.samples, state.Tags.GetCurrentValues().Tags}, set, func() string { return "users=1" })
		c.lacks = row.lacks
		for range 3 {
			if a := c.do(context.Background(), get("it", row.path)); a.ok() {
				t.Errorf("%s: the call succeeded", row.name)
			}
		}
		counts := map[string]int{}
		for _, s := range metrics.GetBufferedSamples(b.samples) {
			for _, sample := range s.GetSamples() {
				counts[sample.Metric.Name] += int(sample.Value)
			}
		}
		got := [4]int{int(asked.Load()), counts[nameSkipped], counts[nameTroubles], counts[metrics.HTTPReqFailedName]}
		if want := [4]int{row.asked, row.skipped, row.troubles, row.fail}; got != want {
			t.Errorf("%s: asked, skipped, troubles, failed = %v, want %v", row.name, got, want)
		}
	}
}
