package extension

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/pixeltales/pixelload/internal/run"
)

// Every script runs alone, keeps its thresholds on a target that is well, and is
// in the README.
func TestScripts(t *testing.T) {
	t.Parallel()
	scripts, err := filepath.Glob(filepath.Join("..", "scenarios", "*.js"))
	if err != nil || len(scripts) != 7 {
		t.Fatalf("scripts %q, %v; want 7", scripts, err)
	}
	readme, err := os.ReadFile(filepath.Join("..", "scenarios", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for _, script := range scripts {
		text, err := os.ReadFile(script)
		if err != nil {
			t.Fatal(err)
		}
		if name := filepath.Base(script); !strings.Contains(string(readme), "`"+name+"`") {
			t.Errorf("README.md does not list %s", name)
		}
		env := []string{
			"PIXELTALES_URL=" + newFakeServer(t).URL, "PIXELTALES_ACCOUNTS=" + writeManifest(t, 4), "PIXELTALES_SECRET_KEY=fake",
			"PIXELTALES_MEMORY=pid:" + strconv.Itoa(os.Getpid()), "PIXELTALES_BUDGET_MIB=4096",
			phasesJSON(t, run.Phase{Name: "before", Users: 2, HoldSeconds: 2}, run.Phase{Name: "spike", Users: 4, HoldSeconds: 8},
				run.Phase{Name: "after", Users: 2, HoldSeconds: 3}),
		}
		all.Go(func() {
			if got := runK6(t, string(text), env...); got.code != 0 {
				t.Errorf("%s: exit code %d, want 0: %s", script, got.code, got.stderr)
			}
		})
	}
	all.Wait()
}

// No script passes when the target lets nobody into a session: without a member
// no delivery is expected, and the rate of none is kept.
func TestScriptsNeedSockets(t *testing.T) {
	t.Parallel()
	var all sync.WaitGroup
	for _, name := range []string{"check", "before-deploy", "nightly", "spike", "soak", "slow-reader"} {
		text, err := os.ReadFile(filepath.Join("..", "scenarios", name+".js"))
		if err != nil {
			t.Fatal(err)
		}
		server := newFakeServer(t)
		server.wrong = func(r *http.Request) (int, string) {
			if strings.HasPrefix(r.URL.Path, "/ws/") {
				return 403, ""
			}
			return 0, ""
		}
		env := []string{
			"PIXELTALES_URL=" + server.URL, "PIXELTALES_ACCOUNTS=" + writeManifest(t, 2), "PIXELTALES_SECRET_KEY=fake",
			phasesJSON(t, run.Phase{Name: "after", Users: 2, HoldSeconds: 5}),
		}
		all.Go(func() {
			if got := runK6(t, string(text), env...); got.code != 99 || !strings.Contains(got.stderr, "pixeltales_ws_connect_failed") {
				t.Errorf("%s.js: exit code %d, want 99 and the handshakes that failed: %s", name, got.code, got.stderr)
			}
		})
	}
	all.Wait()
}

// No script passes when a budget is given and nothing says whose memory is meant.
func TestScriptsNeedMemoryForABudget(t *testing.T) {
	t.Parallel()
	var all sync.WaitGroup
	for _, name := range []string{"check", "before-deploy", "nightly", "spike", "soak", "slow-reader"} {
		text, err := os.ReadFile(filepath.Join("..", "scenarios", name+".js"))
		if err != nil {
			t.Fatal(err)
		}
		env := []string{
			"PIXELTALES_URL=" + newFakeServer(t).URL, "PIXELTALES_ACCOUNTS=" + writeManifest(t, 2), "PIXELTALES_SECRET_KEY=fake",
			"PIXELTALES_BUDGET_MIB=400", phasesJSON(t, run.Phase{Name: "after", Users: 2, HoldSeconds: 2}),
		}
		all.Go(func() {
			if got := runK6(t, string(text), env...); got.code != 99 || !strings.Contains(got.stderr, "pixeltales_memory") {
				t.Errorf("%s.js: exit code %d, want 99 and the memory: %s", name, got.code, got.stderr)
			}
		})
	}
	all.Wait()
}

// Half an hour is no hour: without a phase that has users nothing would be tested.
func TestSoakNeedsHours(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "scenarios", "soak.js"))
	if err != nil {
		t.Fatal(err)
	}
	for _, hours := range []string{"0.5", "two", "-1", "0"} {
		if got := runK6(t, string(text), "PIXELTALES_HOURS="+hours); got.code != 107 || !strings.Contains(got.stderr, "PIXELTALES_HOURS is "+hours) {
			t.Errorf("%s hours: exit code %d, want 107 and the setting: %s", hours, got.code, got.stderr)
		}
	}
}

// Without an environment a script stops at once and says what is missing, but
// for the one that needs nothing.
func TestScriptsNeedATarget(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"before-deploy", "nightly", "spike", "soak", "slow-reader"} {
		text, err := os.ReadFile(filepath.Join("..", "scenarios", name+".js"))
		if err != nil {
			t.Fatal(err)
		}
		if got := runK6(t, string(text)); got.code != 107 || !strings.Contains(got.stderr, "url is missing") {
			t.Errorf("%s.js: exit code %d, want 107 and what is missing: %s", name, got.code, got.stderr)
		}
	}
}
