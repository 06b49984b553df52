package main

import (
	"slices"
	"strings"
	"testing"
)

// A receiver that is down costs its figures, not the run: nobody listens on
// port 1.
func TestReceiverDownIsANote(t *testing.T) {
	long(t)
	census(t)
	dir := t.TempDir()
	pixelload(t, quick(dir, "--users", "0", "--hold", "1s", "--prometheus", "http://127.0.0.1:1/api/v1/write")...).expect(t, 0)
	r := read(t, dir)
	if r.Outcome != "pass" || r.Trials[0].Outcome != "complete" {
		t.Errorf("verdict = %+v, want a whole run", r)
	}
	if !slices.ContainsFunc(r.Reasons, func(why string) bool { return strings.Contains(why, "Prometheus lacks part of this run") }) {
		t.Errorf("reasons = %q, want that Prometheus lacks part of the run", r.Reasons)
	}
}
