//go:build linux

// Package calibtest starts the calibration program as a target, in a memory
// cgroup of its own, for tests that compare what is measured with the truth.
package calibtest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/calibration"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/needed"
	"github.com/pixeltales/pixelload/internal/target"
)

// Target is the program as it runs.
type Target struct {
	*target.Process
	t testing.TB
}

// Path is the built program. It fails the test, with the remedy, where it has
// not been built.
func Path(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		_, err := os.Stat(filepath.Join(dir, "go.mod"))
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			t.Fatalf("looking for the module: %v", err)
		}
	}
	path := filepath.Join(dir, "bin", "calibration")
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("this test needs bin/calibration: run `make bin/calibration`: %v", err)
	}
	return path
}

// CacheFile names the variable with the file that page cache is filled from;
// unset, it is a temporary one, which does where its folder is on a disk.
const CacheFile = "PIXELLOAD_CACHE_FILE"

// Start starts the program with settings such as "anon=50", and stops it when
// the test ends. It skips the test where no memory cgroup can be made, and
// fails it then with PIXELLOAD_REQUIRE=1. limit is in bytes, 0 for none.
func Start(t testing.TB, limit int64, settings ...string) *Target {
	t.Helper()
	port, err := target.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	command := []string{Path(t), "-listen", "127.0.0.1:" + strconv.Itoa(port), "-file", os.Getenv(CacheFile)}
	p, err := target.Start(t.Context(), target.Spec{
		Command: append(command, settings...), Env: []string{"TMPDIR=" + t.TempDir()},
		Port: port, LimitBytes: limit, LogPath: filepath.Join(t.TempDir(), "calibration.log"),
	})
	if err != nil {
		t.Fatal(err)
	}
	c := &Target{p, t}
	t.Cleanup(func() {
		c.Stop()
		p.Source().Close()
	})
	if !strings.HasPrefix(p.Source().Name(), "cgroup") {
		needed.Skip(t, "%s", p.Why())
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := p.WaitListening(ctx); err != nil {
		t.Fatalf("%v; log: %s", err, p.LogTail(20))
	}
	for range 10 { // what Go's runtime takes for the first requests is no load
		c.Holding()
	}
	return c
}

// Stop ends the program and says how it ended. It may be called twice.
func (c *Target) Stop() target.Exit {
	c.t.Helper()
	exit, err := c.Process.Stop(context.Background())
	if err != nil {
		c.t.Errorf("stopping the calibration program: %v", err)
	}
	return exit
}

// Set changes settings, as "anon=50&own=2", and returns what is held then.
func (c *Target) Set(settings string) calibration.Holding {
	c.t.Helper()
	return c.ask(http.MethodPost, "/?"+settings)
}

// Collect frees the garbage.
func (c *Target) Collect() calibration.Holding {
	c.t.Helper()
	return c.ask(http.MethodPost, "/collect")
}

// Page asks for a page.
func (c *Target) Page() calibration.Holding {
	c.t.Helper()
	return c.ask(http.MethodGet, "/page")
}

// Holding asks what is held.
func (c *Target) Holding() calibration.Holding {
	c.t.Helper()
	return c.ask(http.MethodGet, "/")
}

func (c *Target) ask(method, path string) (h calibration.Holding) {
	c.t.Helper()
	body, err := c.Try(method, path)
	if err == nil {
		err = json.Unmarshal(body, &h)
	}
	if err != nil {
		c.t.Fatalf("%s %s: %v: %s", method, path, err, body)
	}
	return h
}

// Try sends a request that the program may not survive.
func (c *Target) Try(method, path string) ([]byte, error) {
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.URL()+path, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = errors.New(response.Status)
	}
	return body, err
}

// Read reads the program's memory.
func (c *Target) Read() memory.Sample {
	c.t.Helper()
	s, err := c.Source().Read()
	if err != nil {
		c.t.Fatal(err)
	}
	return s
}

// Settled is Read after 3 s: the kernel gathers its per-CPU counts every 2 s.
func (c *Target) Settled() memory.Sample {
	c.t.Helper()
	time.Sleep(3 * time.Second)
	return c.Read()
}
