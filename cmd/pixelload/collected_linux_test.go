package main

import (
	"slices"
	"testing"

	"github.com/pixeltales/pixelload/internal/phase"
	"github.com/pixeltales/pixelload/internal/run"
)

// Each hold of a collected trial ends with a collection in the real app, and U
// is read after it; a natural trial knows neither.
func TestLongCollectedTrial(t *testing.T) {
	long(t)
	census(t)
	dir := t.TempDir()
	pixelload(t, "check", "--collected", "--trials", "1", "--users", "0,3", "--warmup", "5s", "--hold", "15s", "--out", dir).expectNot(t, 104)
	r := readRun(t, dir)
	if r.Header.Kind != run.Collected {
		t.Errorf("kind %q", r.Header.Kind)
	}
	holds := phase.Cut(r)
	if len(holds) != 3 {
		t.Fatalf("%d holds, want idle, 3 users and drained", len(holds))
	}
	for _, h := range holds {
		if _, ok := h.Collected.Get(); !ok {
			t.Errorf("%s: nothing was read after a collection; events %+v", h.Name, r.Events)
		}
	}
	if !slices.ContainsFunc(r.Events, func(e run.Event) bool { return e.Kind == run.EventCollection && e.Count > 0 && e.Seconds > 0 }) {
		t.Errorf("events %+v, want what was collected", r.Events)
	}
}
