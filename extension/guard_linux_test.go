package extension

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/grafana/sobek"
	"go.k6.io/k6/v2/errext"
	"go.k6.io/k6/v2/errext/exitcodes"

	"github.com/pixeltales/pixelload/internal/config"
	"github.com/pixeltales/pixelload/internal/guard"
	"github.com/pixeltales/pixelload/internal/guard/guardtest"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
)

// interrupted is why the script was ended, with k6's exit code; "" when it was not.
func interrupted(err error) (code exitcodes.ExitCode, why string) {
	var stopped *sobek.InterruptedError
	var coded errext.HasExitCode
	if !errors.As(err, &stopped) || !errors.As(err, &coded) {
		return 0, ""
	}
	return coded.ExitCode(), err.Error()
}

// TestScriptsCannotCatchARefusal.
func TestScriptsCannotCatchARefusal(t *testing.T) {
	t.Parallel()
	for _, make := range []string{
		`new pt.User({url: 'http://203.0.113.7:8000', accounts: %q, phases: [{name: 'a', users: 1, hold_seconds: 1}]})`,
		`new pt.User({url: 'http://me:canary@127.0.0.1:8000', accounts: %q, phases: [{name: 'a', users: 1, hold_seconds: 1}]})`,
		`new pt.Crowd({url: 'file:///etc/passwd', rooms: [['/ws/']], phases: [{name: %q, users: 1, hold_seconds: 1}]})`,
	} {
		b := newScriptBench(t)
		_, err := b.VU.Runtime().RunString("try { " + fmt.Sprintf(make, writeManifest(t, 1)) + " } catch (e) {}")
		if code, why := interrupted(err); code != refusedCode || !strings.Contains(why, "refused by the guard") || strings.Contains(why, "canary") {
			t.Errorf("%s: %v, code %d; want a refusal", make, err, code)
		}
	}
}

// TestCapsOfAnotherMachine: what is above them is refused or waits.
func TestCapsOfAnotherMachine(t *testing.T) {
	n := guardtest.Enter(t)
	if n == nil {
		return
	}
	n.Serve(guardtest.Staging+":8000", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, guard.Token(guardtest.StagingName))
	}))
	file := filepath.Join(t.TempDir(), config.Name)
	text := "allow:\n  - {host: " + guardtest.StagingName + ", ports: [8000], users: 3, rate: 10, minutes: 0.1}\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv(config.Variable, file)
	const url = "http://" + guardtest.StagingName + ":8000"

	b, manifest := newScriptBench(t), writeManifest(t, 9)
	for phase, want := range map[string]string{
		`{name: 'a', users: 4, hold_seconds: 1}`: "4 users are more than the 3",
		`{name: 'a', users: 1, hold_seconds: 9}`: "minutes are more than the 0.1",
		`{name: 'a', users: 3, hold_seconds: 6}`: "",
	} {
		_, err := newScriptBench(t).VU.Runtime().RunString(fmt.Sprintf(`new pt.User({url: %q, accounts: %q, phases: [%s]})`, url, manifest, phase))
		if _, why := interrupted(err); (want == "") != (err == nil) || !strings.Contains(why, want) {
			t.Errorf("%s: %v, want %q", phase, err, want)
		}
	}
	// Whatever the phases say, the sockets of crowds are counted too.
	b.mustRun(fmt.Sprintf(`var crowd = new pt.Crowd({url: %q, rooms: [['/a', '/b'], ['/c', '/d']], phases: [{name: 'a', users: 1, hold_seconds: 1}]})`, url))
	b.enter(true)
	if _, err := b.RunOnEventLoop(`crowd.hold()`); err == nil || !strings.Contains(err.Error(), "4 users are more than the 3") {
		t.Errorf("a crowd of four: %v, want a refusal", err)
	}

	var g gate
	target, err := g.admit(t.Context(), url)
	if err != nil || !g.remote() {
		t.Fatalf("%v, remote %v", err, g.remote())
	}
	held := throttle{limit: target.limit}
	began, late := time.Now(), 0
	for range 15 {
		wait, ok := held.pass(t.Context())
		if !ok {
			t.Fatal("the call was not let pass")
		}
		if wait > 0 {
			late++
		}
	}
	if took := time.Since(began); took < 400*time.Millisecond || late != 5 {
		t.Errorf("15 calls at 10 a second took %v, and %d were held back; want the last 5", took, late)
	}
	// Who loads pages over and over is counted from the first one on.
	if err := target.enter(1); err != nil {
		t.Fatal(err)
	}
	target.since = target.since.Add(-7 * time.Second)
	if err := target.enter(1); err == nil || !strings.Contains(err.Error(), "0.1 minutes are more than the 0.1") {
		t.Errorf("after 7 s of 6: %v, want a refusal", err)
	}
}

// TestFull: on another machine the load is to end with the headroom.
func TestFull(t *testing.T) {
	n := guardtest.Enter(t)
	if n == nil {
		return
	}
	n.Serve(guardtest.Staging+":8000", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, guard.Token(guardtest.StagingName))
	}))
	module := New().NewModuleInstance(newScriptBench(t).VU).(*ModuleInstance)
	w := &Watch{module: module}
	if w.full(nil) != nil {
		t.Error("a target on this machine is driven as far as it goes")
	}
	module.world.gate.file = &config.File{Allow: []guard.Host{{Name: guardtest.StagingName, Ports: []uint16{8000}}}}
	if _, err := module.world.gate.admit(t.Context(), "http://"+guardtest.StagingName+":8000"); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		used  uint64
		limit memory.Figure
		ends  bool
	}{{94, memory.Known(100 << 20), false}, {95, memory.Known(100 << 20), true}, {200, memory.Figure{}, false}} {
		ctx, end := context.WithCancelCause(t.Context())
		w.full(end)(memory.Sample{Unreclaimable: memory.Known(row.used << 20), Limit: row.limit})
		if err := context.Cause(ctx); (err != nil) != row.ends || row.ends && !strings.Contains(err.Error(), "uses 95 of its 100 MiB") {
			t.Errorf("%+v: %v", row, err)
		}
		end(nil)
	}
}

// stage serves the users from another machine, which three may load for a minute.
func stage(t *testing.T, n *guardtest.Network) (url string) {
	t.Helper()
	app := newFakeServer(t)
	n.Serve(guardtest.Staging+":8000", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == guard.WellKnown {
			fmt.Fprintln(w, guard.Token(guardtest.StagingName))
			return
		}
		app.serve(w, r)
	}))
	file := filepath.Join(t.TempDir(), config.Name)
	text := "allow:\n  - {host: " + guardtest.StagingName + ", ports: [8000], users: 3, rate: 100, minutes: 1}\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv(config.Variable, file)
	return "http://" + guardtest.StagingName + ":8000"
}

// TestFullTargetEndsTheTest: at once, and not with the phases.
func TestFullTargetEndsTheTest(t *testing.T) {
	n := guardtest.Enter(t)
	if n == nil {
		return
	}
	url := stage(t, n)
	for _, row := range []struct {
		used int // of 100 MiB
		code int
	}{{94, 0}, {96, 108}} {
		cgroup, began := t.TempDir(), time.Now()
		for name, text := range map[string]string{
			"memory.current": fmt.Sprint(row.used << 20), "memory.max": fmt.Sprint(100 << 20), "memory.events": "oom_kill 0\n",
			"memory.stat": fmt.Sprintf("anon %d\nfile 0\nkernel 0\nsock 0\nshmem 0\nslab_reclaimable 0\ninactive_file 0\n", row.used<<20),
		} {
			if err := os.WriteFile(filepath.Join(cgroup, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		seconds := 4.0
		if row.code != 0 {
			seconds = 29
		}
		got := runK6(t, checkScript(t), "PIXELTALES_URL="+url, "PIXELTALES_ACCOUNTS="+writeManifest(t, 1), "PIXELTALES_SECRET_KEY=fake", "PIXELTALES_MEMORY=cgroup:"+cgroup,
			phasesJSON(t, run.Phase{Name: "users=1", Users: 1, HoldSeconds: seconds}, run.Phase{Name: "more", Users: 1, HoldSeconds: seconds}))
		said := strings.Contains(got.stderr, "uses 96 of its 100 MiB")
		if took := time.Since(began); got.code != row.code || said != (row.code != 0) || row.code != 0 && took > 15*time.Second {
			t.Errorf("%d of 100 MiB: exit code %d after %v, want %d: %s", row.used, got.code, took, row.code, got.stderr)
		}
	}
}

// TestTooManyInAllScenarios: each scenario's users are few enough, and all of
// them are not. No script can catch it.
func TestTooManyInAllScenarios(t *testing.T) {
	n := guardtest.Enter(t)
	if n == nil {
		return
	}
	url, manifest := stage(t, n), writeManifest(t, 4)
	for call, make := range map[string]string{
		"visit()":    "new User({ ...settings(__ENV), phases: plan })",
		"loadPage()": "new User({ ...settings(__ENV), phases: plan })",
		"hold()":     "new Crowd({ url: __ENV.PIXELTALES_URL, rooms: [['/ws/a/']], phases: plan })",
	} {
		began := time.Now()
		got := runK6(t, `
import { Crowd, User, settings } from 'k6/x/pixeltales';
import { sleep } from 'k6';
const plan = [{ name: 'a', users: 2, hold_seconds: 30 }];
const two = { executor: 'per-vu-iterations', vus: 2, iterations: 1, maxDuration: '40s', gracefulStop: '1s' };
export const options = { scenarios: { one: two, other: two } };
const user = `+make+`;
export default function () {
  try {
    for (;;) user.`+call+`;
  } catch (e) {}
  sleep(30);
}`, "PIXELTALES_URL="+url, "PIXELTALES_ACCOUNTS="+manifest, "PIXELTALES_SECRET_KEY=fake")
		if took := time.Since(began); got.code != int(refusedCode) || !strings.Contains(got.stderr, "4 users are more than the 3") || took > 15*time.Second {
			t.Errorf("%s: exit code %d after %v, want a refusal at once: %s", call, got.code, took, got.stderr)
		}
	}
}
