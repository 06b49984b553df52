package collector

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// engine is a Docker engine that only lists containers, as answer says.
func engine(t *testing.T, answer http.HandlerFunc) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", "1.41")
		if strings.HasSuffix(r.URL.Path, "/containers/json") {
			if got := r.URL.Query().Get("filters"); got != `{"label":{"team=art":true}}` {
				t.Errorf("asked for %s", got)
			}
			answer(w, r)
		}
	}))
	t.Cleanup(server.Close)
	t.Setenv("DOCKER_HOST", strings.Replace(server.URL, "http", "tcp", 1))
}

// TestEngineInTrouble: fault 11. Whatever the engine does, the scrape is
// answered and says that it could not look for containers.
func TestEngineInTrouble(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"error":     func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "kettle", http.StatusInternalServerError) },
		"half JSON": func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `[{"Id":"0123`) },
		"hangs":     func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"resets":    func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			engine(t, answer)
			c := collectorOf(t, Options{
				Patience: 2 * time.Second, Discover: []Discovery{Labelled("team=art")}, Targets: []Target{usageOf(7).target("well")},
			})
			got := gather(t, c)
			wantValue(t, got, "pixelload_source_up", `source="docker",target="label team=art"`, 0)
			wantValue(t, got, "pixelload_memory_usage_bytes", `source="fake",target="well"`, 7)
			if name == "hangs" { // it gives up by itself
				time.Sleep(engineTimeout)
			}
		})
	}
	t.Run("away", func(t *testing.T) {
		t.Setenv("DOCKER_HOST", "unix://"+t.TempDir()+"/none")
		got := gather(t, collectorOf(t, Options{Discover: []Discovery{Labelled("team=art")}}))
		wantValue(t, got, "pixelload_source_up", `source="docker",target="label team=art"`, 0)
	})
}

// TestLabelled: the containers that the engine lists are the targets, by name.
func TestLabelled(t *testing.T) {
	engine(t, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `[{"Id":"0123456789ab","Names":["/app/db","/web"]},{"Id":"fedcba987654","Names":[]}]`)
	})
	found, err := Labelled("team=art").List()
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 2 || found[0].Name != "web" || found[1].Name != "fedcba987654" {
		t.Errorf("found %+v", found)
	}
}
