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

// TestUsersGoWithout: an endpoint that is not there is asked for thrice, and is no
// trouble; an object that is not there is, each time, and so is the page where
// users were not told to go without, or where the endpoint has answered before.
func TestUsersGoWithout(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := asked.Add(1)
		if r.URL.Path == "/api/saved/" && n == 2 || r.URL.Path == "/api/feed/" && n != 2 {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `[]`)
			return
		}
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
		ok                             int
	}{
		{"no such endpoint", "/friends/", &lacks{}, 3, 5, 0, 0, 0},
		{"no such story", "/stories/7/", &lacks{}, 5, 0, 5, 5, 0},
		{"an endpoint is due", "/friends/", nil, 5, 0, 5, 5, 0},
		{"lost for a moment", "/feed/", &lacks{}, 5, 0, 1, 1, 4},
		{"lost for good", "/saved/", &lacks{}, 5, 1, 3, 3, 1},
	} {
		asked.Store(0)
		b := newScriptBench(t)
		set := newMetrics(b.VU.InitEnvField.Registry)
		b.enter(true)
		state := b.VU.State()
		c := newClient(server.URL, state, emitter{b.samples, state.Tags.GetCurrentValues().Tags}, set, func() string { return "users=1" })
		c.lacks = row.lacks
		succeeded := 0
		for range 5 {
			if a := c.do(context.Background(), get("it", row.path)); a.ok() {
				succeeded++
			}
		}
		if succeeded != row.ok {
			t.Errorf("%s: %d calls succeeded, want %d", row.name, succeeded, row.ok)
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
