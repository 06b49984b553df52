package collector

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

func textLog(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }

func get(t *testing.T, h http.Handler, path, accept string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestHandler(t *testing.T) {
	h, err := Handler(collectorOf(t, Options{Targets: []Target{full().target("a \"b\"\\ c\nd")}}), "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]struct {
		code int
		text string
	}{
		"/": {200, "/metrics"}, "/-/healthy": {200, "OK"}, "/-/ready": {200, "OK"}, "/metrics": {200, "pixelload_build_info"},
		"/debug/pprof/": {404, ""}, "/kettle": {404, ""},
	} {
		w := get(t, h, path, "")
		if w.Code != want.code || !strings.Contains(w.Body.String(), want.text) {
			t.Errorf("%s: %d %.200s", path, w.Code, w.Body)
		}
		if strings.Contains(w.Body.String(), "/debug/pprof") {
			t.Errorf("%s speaks of pprof", path)
		}
	}
	post := httptest.NewRecorder()
	h.ServeHTTP(post, httptest.NewRequest(http.MethodPost, "/metrics", nil))
	if post.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST /metrics: %d", post.Code)
	}
}

// TestParsesBack: what is sent is what Prometheus reads, in each format.
func TestParsesBack(t *testing.T) {
	h, err := Handler(collectorOf(t, Options{Targets: []Target{full().target("a \"b\"\\ c\nd")}}), "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	text := get(t, h, "/metrics", "text/plain;version=0.0.4")
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text.Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	name := clean("a \"b\"\\ c\nd")
	if !strings.Contains(name, `"b"\`) {
		t.Fatalf("%q tests no escaping", name)
	}
	found := false
	for _, l := range families["pixelload_memory_limit_bytes"].GetMetric()[0].GetLabel() {
		found = found || l.GetName() == "target" && l.GetValue() == name
	}
	if !found {
		t.Errorf("the target %q did not come back:\n%s", name, text.Body)
	}

	open := get(t, h, "/metrics", "application/openmetrics-text;version=1.0.0")
	if kind := open.Header().Get("Content-Type"); !strings.HasPrefix(kind, "application/openmetrics-text") {
		t.Errorf("content type %q", kind)
	}
	for _, want := range []string{"# TYPE pixelload_oom_kills counter\n", "pixelload_oom_kills_total{", "# EOF\n"} {
		if !strings.Contains(open.Body.String(), want) {
			t.Errorf("OpenMetrics lacks %q", want)
		}
	}
}

// TestListen: nothing but loopback without a web config.
func TestListen(t *testing.T) {
	for _, row := range []struct {
		address string
		guarded bool
		refused bool
	}{
		{"127.0.0.1:0", false, false}, {"localhost:0", false, false}, {"[::1]:0", false, false}, {"127.9.9.9:0", false, false},
		{":0", false, true}, {"0.0.0.0:0", false, true}, {"[::]:0", false, true}, {"[::ffff:0.0.0.0]:0", false, true},
		{"192.0.2.1:0", false, true}, {"0.0.0.0:0", true, false},
	} {
		l, err := Listen(row.address, row.guarded)
		if l != nil {
			l.Close()
		}
		if refused := errors.Is(err, ErrExposed); refused != row.refused || (err != nil && !refused && !strings.Contains(row.address, "::1")) {
			t.Errorf("Listen(%q, %v): %v", row.address, row.guarded, err)
		}
	}
}
