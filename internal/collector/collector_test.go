package collector

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/promslog"

	"github.com/pixeltales/pixelload/internal/claim"
)

// TestLint holds names, help and units to the conventions of Prometheus.
func TestLint(t *testing.T) {
	doc, err := claim.Load()
	if err != nil {
		t.Fatal(err)
	}
	c := New(Options{
		Targets: []Target{Cgroup("app", "../memory/testdata/v2/plan/pixelload-1"), Cgroup("dead", t.TempDir())},
		Claims:  doc.Claims, Version: "test", Log: promslog.NewNopLogger(),
	})
	problems, err := testutil.CollectAndLint(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}
