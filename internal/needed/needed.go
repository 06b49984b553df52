// Package needed is how a test says that this machine lacks something it needs.
package needed

import (
	"os"
	"testing"
)

// Require names the variable that, when it is 1, turns a skip into a failure:
// CI, which installs everything, cannot pass by leaving out.
const Require = "PIXELLOAD_REQUIRE"

// Skip skips the test with the reason, or fails it where nothing may be
// missing.
func Skip(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv(Require) == "1" {
		t.Fatalf("required: "+format, args...)
	}
	t.Skipf(format, args...)
}
