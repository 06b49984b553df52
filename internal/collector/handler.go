package collector

import (
	"io"
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/exporter-toolkit/web"
)

// maxScrapes is how many scrapes are served at a time.
const maxScrapes = 16

// HistoryPath is where the history is served, if there is one.
const HistoryPath = "/history"

// Handler serves the metrics at path, the history at HistoryPath, a landing page,
// /-/healthy and /-/ready.
func Handler(c *Collector, path string) (http.Handler, error) {
	links := []web.LandingLinks{{Address: path, Text: "Metrics"}}
	mux := http.NewServeMux()
	if err := serve(mux, path, c, c.Log); err != nil {
		return nil, err
	}
	if c.past != nil {
		links = append(links, web.LandingLinks{Address: HistoryPath, Text: "History of all runs, as metrics"})
		if err := serve(mux, HistoryPath, c.past, c.Log); err != nil {
			return nil, err
		}
	}
	landing, err := web.NewLandingPage(web.LandingConfig{
		Name: "pixelload collect", Version: c.Version, Profiling: "false",
		Description: "Memory of containers and processes, and what the last runs said.",
		Links:       append(links, web.LandingLinks{Address: "/-/healthy", Text: "Healthy"}, web.LandingLinks{Address: "/-/ready", Text: "Ready"}),
	})
	if err != nil {
		return nil, err
	}
	mux.Handle("GET /", landing)
	mux.HandleFunc("GET /-/healthy", fine)
	mux.HandleFunc("GET /-/ready", fine) // whoever is answered is served
	return mux, nil
}

// serve serves the metrics of one collector.
func serve(mux *http.ServeMux, path string, c prometheus.Collector, log *slog.Logger) error {
	registry := prometheus.NewRegistry()
	if err := registry.Register(c); err != nil {
		return err
	}
	mux.Handle("GET "+path, promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorLog:            slog.NewLogLogger(log.Handler(), slog.LevelError),
		ErrorHandling:       promhttp.ContinueOnError,
		MaxRequestsInFlight: maxScrapes,
		EnableOpenMetrics:   true,
	}))
	return nil
}

func fine(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, "OK\n") // the client may be gone
}
