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

// Handler serves the metrics at path, a landing page, /-/healthy and /-/ready.
func Handler(c *Collector, path string) (http.Handler, error) {
	registry := prometheus.NewRegistry()
	if err := registry.Register(c); err != nil {
		return nil, err
	}
	landing, err := web.NewLandingPage(web.LandingConfig{
		Name: "pixelload collect", Version: c.Version, Profiling: "false",
		Description: "Memory of containers and processes, and what the last runs said.",
		Links: []web.LandingLinks{
			{Address: path, Text: "Metrics"},
			{Address: "/-/healthy", Text: "Healthy"},
			{Address: "/-/ready", Text: "Ready"},
		},
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", landing)
	mux.Handle("GET "+path, promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorLog:            slog.NewLogLogger(c.Log.Handler(), slog.LevelError),
		ErrorHandling:       promhttp.ContinueOnError,
		MaxRequestsInFlight: maxScrapes,
		EnableOpenMetrics:   true,
	}))
	mux.HandleFunc("GET /-/healthy", fine)
	mux.HandleFunc("GET /-/ready", fine) // whoever is answered is served
	return mux, nil
}

func fine(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, "OK\n") // the client may be gone
}
