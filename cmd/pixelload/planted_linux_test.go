package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/account"
	causes "github.com/pixeltales/pixelload/internal/explain"
	"github.com/pixeltales/pixelload/internal/guard"
	"github.com/pixeltales/pixelload/internal/probe"
	"github.com/pixeltales/pixelload/internal/target"
)

// plantedRuns is how many fresh starts must name the cause.
const plantedRuns = 3

// Each planted cause is ranked first with its kind, by where it lies, each time.
func TestLongPlantedCauses(t *testing.T) {
	long(t)
	census(t)
	for _, planted := range []struct{ cause, name, kind string }{
		{"leak", "friends", causes.Leak},
		{"cyclic", "rewards", causes.Garbage},
		{"cache", "search", causes.Cache},
		{"large", "leaderboard", causes.Large},
		{"queue", "slow_notifications", causes.Queue},
	} {
		t.Run(planted.cause, func(t *testing.T) {
			for run := range plantedRuns {
				d := explained(t, planted.cause, true)
				if len(d.Rows) == 0 {
					t.Fatalf("run %d: nothing was measured: %+v", run+1, d.Evidence)
				}
				first := d.Rows[0]
				t.Logf("run %d, %.0f s: first %s, %s, %.1f MiB; %s", run+1, d.Evidence.Seconds, first.Name, first.Kind, float64(first.Bytes)/(1<<20), first.Evidence)
				if e := first.InFlight; e != nil {
					t.Logf("run %d: beyond that, while a call is answered, %.1f MiB [%.1f, %.1f], %d bursts", run+1, e.Mean/(1<<20), e.CI95[0]/(1<<20), e.CI95[1]/(1<<20), e.N)
				}
				if d.Outcome != causes.Complete || first.Name != planted.name || first.Kind != planted.kind {
					t.Errorf("run %d: %s; first is %s (%s), want %s (%s); then %+v", run+1, d.Outcome, first.Name, first.Kind, planted.name, planted.kind, d.Rows[1:min(3, len(d.Rows))])
				}
			}
		})
	}
}

// A target that has not loaded the hook is ranked all the same, and what that
// leaves open is said.
func TestLongPlantedWithoutHook(t *testing.T) {
	long(t)
	census(t)
	d := explained(t, "large", false)
	if len(d.Rows) == 0 || d.Rows[0].Name != "leaderboard" || d.Evidence.NoHook == "" {
		t.Fatalf("rows %+v, no hook %q; want the leaderboard first", d.Rows, d.Evidence.NoHook)
	}
	for _, r := range d.Rows {
		if r.Garbage != nil || r.Held != nil {
			t.Errorf("%s: garbage and held are told without the hook: %+v", r.Name, r)
		}
	}
}

// explained starts the planted app fresh and measures it.
func explained(t *testing.T, cause string, hooked bool) *causes.Document {
	t.Helper()
	app, err := target.FindReference("")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp(scratchFolder, "p") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	hook, err := target.NewHook(dir)
	if err != nil {
		t.Fatal(err)
	}
	settings := map[string]string{"PLANTED": cause, "PYTHONDONTWRITEBYTECODE": "1"}
	if hooked {
		hook.Load(settings)
	}
	port, err := target.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	folder, err := filepath.Abs(filepath.Join("testdata", "planted"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := target.Start(t.Context(), target.Spec{
		Command: []string{app.Python(), "-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", strconv.Itoa(port), "planted:application"},
		Dir:     folder, Env: target.Env(settings), Port: port, LogPath: filepath.Join(dir, "log"),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		p.Stop(context.Background())
		p.Source().Close()
	}()
	if err := p.WaitListening(t.Context()); err != nil {
		t.Fatalf("%v; its log: %s", err, p.LogTail(5))
	}
	e := causes.Evidence{Started: time.Now()}
	probe.Measure(t.Context(), probe.Target{
		Pass: guard.Here(p.URL()), Source: p.Source(), CPU: p.CPU, Hook: hook, Users: []account.User{{ID: 1}, {ID: 2}},
		Token: func(account.User) (string, error) { return "tok", nil },
	}, probe.Options{Time: 3 * time.Minute, Step: func(string, ...any) {}}, &e)
	e.Seconds = time.Since(e.Started).Seconds()
	return causes.Judge(e)
}
