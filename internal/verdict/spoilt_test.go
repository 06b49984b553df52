package verdict_test

import (
	"slices"
	"testing"

	"github.com/pixeltales/pixelload/internal/verdict"
)

// What the harness did wrong spoils a trial. What the target did never does,
// whatever the verdict is.
func TestSpoilt(t *testing.T) {
	t.Parallel()
	harness := []string{"one-sample", "gap", "gap-in-warm-up", "stalled", "late", "delivery-95-late", "users-silent", "no-lag"}
	known := 0
	for _, c := range cases {
		for _, r := range c.runs() {
			want := slices.Contains(harness, c.name)
			if why := verdict.Spoilt(r); (why != "") != want {
				t.Errorf("%s: spoilt %q, want %v", c.name, why, want)
			}
		}
		if slices.Contains(harness, c.name) {
			known++
		}
	}
	if known != len(harness) {
		t.Errorf("%d of %q are cases", known, harness)
	}
}
