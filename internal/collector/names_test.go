package collector

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestDiscovery: targets come and go; while nobody can be asked, those that
// are known are read on.
func TestDiscovery(t *testing.T) {
	var listErr error
	names := []string{"a", "b"}
	c := collectorOf(t, Options{
		Targets: []Target{usageOf(7).target("b")},
		Discover: []Discovery{{Name: "team=art", List: func() ([]Target, error) {
			var all []Target
			for _, name := range names {
				all = append(all, usageOf(1).target(name))
			}
			return all, listErr
		}}},
	})
	got := gather(t, c)
	wantValue(t, got, "pixelload_source_up", `source="docker",target="team=art"`, 1)
	wantValue(t, got, "pixelload_memory_usage_bytes", `source="fake",target="a"`, 1)
	wantValue(t, got, "pixelload_memory_usage_bytes", `source="fake",target="b"`, 7) // the one that was named

	listErr = errors.New("no engine")
	got = gather(t, c)
	wantValue(t, got, "pixelload_source_up", `source="docker",target="team=art"`, 0)
	wantValue(t, got, "pixelload_memory_usage_bytes", `source="fake",target="a"`, 1)

	names, listErr = []string{"c"}, nil
	got = gather(t, c)
	wantAbsent(t, got, "pixelload_source_up", `source="fake",target="a"`)
	wantValue(t, got, "pixelload_memory_usage_bytes", `source="fake",target="c"`, 1)
}

// TestHostileNames: faults 48 and 49. Whatever a container is called, labels
// are clean and the series few.
func TestHostileNames(t *testing.T) {
	var found []Target
	for i := range 10_000 {
		name := fmt.Sprintf("%s\n\"><script>\x1b[31m%d\xff", strings.Repeat("x", 100*(i%100)), i)
		found = append(found, usageOf(1).target(name))
	}
	c := collectorOf(t, Options{Discover: []Discovery{{Name: "all", List: func() ([]Target, error) { return found, nil }}}})
	series := 0
	for name, family := range gather(t, c) {
		series += len(family.GetMetric())
		for _, m := range family.GetMetric() {
			for _, l := range m.GetLabel() {
				if v := l.GetValue(); len(v) > maxLabel || strings.ContainsAny(v, "\n\x1b\xff") {
					t.Fatalf("%s has the label %.200q", name, v)
				}
			}
		}
	}
	if most := maxTargets*len(metrics) + 10; series > most || series < maxTargets {
		t.Errorf("%d series of 10,000 names, want at most %d", series, most)
	}
}

func TestClean(t *testing.T) {
	long := strings.Repeat("é", 200)
	for _, row := range []struct{ in, want string }{
		{"web", "web"},
		{"Ünïcode 猫", "Ünïcode 猫"},
		{"a\nb", "a_b~"},
		{"\xff", "_~"},
		{"", ""},
		{long, strings.Repeat("é", 59) + "~"},
	} {
		got := clean(row.in)
		if cut, _, changed := strings.Cut(got, "~"); got != row.want && (!changed || cut+"~" != row.want) {
			t.Errorf("clean(%.20q) = %q, want %q", row.in, got, row.want)
		}
	}
	if clean("a\nb") == clean("a\rb") || clean(long+"1") == clean(long+"2") {
		t.Error("two names became one")
	}
}
