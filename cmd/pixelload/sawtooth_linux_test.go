package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/target"
)

// collecting is a start-up hook from outside the application: on SIGUSR1 it
// forces a full garbage collection.
const collecting = `import gc, signal
signal.signal(signal.SIGUSR1, lambda *_: gc.collect())
`

// TestLongSawtooth shows what makes the target's memory: on heavy data each answer
// of the public list stays behind, a full collection takes it back, and under
// the plan a single client gets the target killed.
func TestLongSawtooth(t *testing.T) {
	long(t)
	census(t)
	app, err := target.FindReference("")
	if err != nil {
		t.Fatal(err)
	}
	data, err := app.Seed(t.Context(), filepath.Join(stateFolder, "data"), "heavy", 20, 1, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	hook := t.TempDir()
	if err := os.WriteFile(filepath.Join(hook, "sitecustomize.py"), []byte(collecting), 0o644); err != nil {
		t.Fatal(err)
	}
	start := func(limit int64) *target.Process {
		t.Helper()
		database := filepath.Join(t.TempDir(), "db.sqlite3")
		if err := data.Copy(database); err != nil {
			t.Fatal(err)
		}
		port, err := target.FreePort()
		if err != nil {
			t.Fatal(err)
		}
		p, err := target.Start(t.Context(), target.Spec{
			Command: app.Command(), Dir: app.Dir(), Port: port, LimitBytes: limit,
			Env: target.Env(map[string]string{
				"SECRET_KEY": "kettle", "ALLOWED_HOSTS": "127.0.0.1", "PORT": strconv.Itoa(port),
				"DATABASE_URL": "sqlite:///" + database, "PYTHONPATH": hook,
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			p.Stop(context.Background())
			p.Source().Close()
		})
		if err := p.WaitListening(t.Context()); err != nil {
			t.Fatal(err)
		}
		return p
	}

	t.Run("climbs without a limit", func(t *testing.T) {
		p := start(0)
		list(t, p)
		first := unreclaimable(t, p)
		peak := first
		for range 19 {
			list(t, p)
			peak = max(peak, unreclaimable(t, p))
		}
		before := unreclaimable(t, p)
		if err := syscall.Kill(p.PID(), syscall.SIGUSR1); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		after := unreclaimable(t, p)
		t.Logf("after one list %.0f MiB, highest %.0f, before the collection %.0f, after it %.0f", first, peak, before, after)
		if peak < first+200 {
			t.Errorf("20 lists lifted memory from %.0f to %.0f MiB, want tens of MiB each", first, peak)
		}
		if after > before/2 {
			t.Errorf("a full collection brought %.0f MiB back to %.0f, want less than half", before, after)
		}
	})
	t.Run("is killed under the plan", func(t *testing.T) {
		p := start(512 << 20)
		asked := 0
		for ; asked < 20; asked++ {
			if !list(t, p) {
				break
			}
		}
		select {
		case <-p.Done():
		case <-time.After(5 * time.Second):
		}
		exit, err := p.Stop(t.Context())
		t.Logf("list request %d: %s", asked+1, exit)
		if err != nil || !exit.Killed() || asked > 10 {
			t.Errorf("after %d lists: %v, %v; want killed within a few", asked, exit, err)
		}
	})
}

// list asks for the public list and reports whether it was answered whole.
func list(t *testing.T, p *target.Process) bool {
	t.Helper()
	response, err := http.Get(p.URL() + "/api/stories/?public=true&page_size=100")
	if err != nil {
		return false
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return err == nil && response.StatusCode == http.StatusOK
}

// unreclaimable is U in MiB.
func unreclaimable(t *testing.T, p *target.Process) float64 {
	t.Helper()
	s, err := p.Source().Read()
	if err != nil {
		t.Fatal(err)
	}
	u, ok := s.Unreclaimable.Get()
	if !ok {
		t.Fatal("unreclaimable memory is not known")
	}
	return float64(u) / memory.MiB
}
