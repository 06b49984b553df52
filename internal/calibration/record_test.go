//go:build linux

package calibration_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/calibration"
	"github.com/pixeltales/pixelload/internal/calibration/calibtest"
	"github.com/pixeltales/pixelload/internal/memory"
)

var record = flag.String("record", "", "write the files of real v2 cgroups there; `.ci/test-v2 -record` does")

// TestRecord makes the fixtures that internal/memory reads: the kernel's own
// files, beside what the program held (holding.json).
func TestRecord(t *testing.T) {
	if *record == "" {
		t.Skip("nothing to record without -record")
	}
	c := calibtest.Start(t, 200<<20)
	if c.Source().Name() != "cgroup2" {
		t.Fatalf("the memory controller is %s here; want cgroup v2", c.Source().Name())
	}
	dir, err := memory.CgroupOf(c.PID())
	if err != nil {
		t.Fatal(err)
	}
	c.Set("cache=1") // the program's own text is page cache too
	c.Set("cache=0")
	c.Settled()
	keep(t, c.Holding(), dir, "idle")
	c.Set("anon=50&cache=20&buffers=4")
	c.Settled()
	keep(t, c.Holding(), dir, "loaded")
	c.Set("own=300&children=1")
	c.Settled()
	keep(t, c.Holding(), dir, "killed")
	c.Set("anon=0&cache=0&buffers=0")
	thrash(t, c, dir)
	underParent(t, c, dir)
}

// underParent moves the program below a cgroup with a limit of its own, and
// lets it take memory there.
func underParent(t *testing.T, c *calibtest.Target, from string) {
	t.Helper()
	parent := filepath.Join(filepath.Dir(from), "pixelload-record")
	child := filepath.Join(parent, "child")
	mkdir(t, parent)
	put(t, parent, "memory.max", strconv.Itoa(96<<20))
	put(t, parent, "cgroup.subtree_control", "+memory")
	mkdir(t, child)
	put(t, child, "cgroup.procs", strconv.Itoa(c.PID()))
	c.Set("anon=30")
	c.Settled()
	keep(t, c.Holding(), parent, "parent")
	keep(t, c.Holding(), child, "parent/child")
	put(t, from, "cgroup.procs", strconv.Itoa(c.PID()))
}

// thrash holds the program back for want of memory until the kernel tells it.
// The program answers only afterwards.
func thrash(t *testing.T, c *calibtest.Target, dir string) {
	t.Helper()
	before := c.Holding()
	put(t, dir, "memory.high", strconv.Itoa(24<<20))
	answered := make(chan error)
	go func() {
		_, err := c.Try(http.MethodPost, "/?anon=40")
		answered <- err
	}()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Second) {
		if p := c.Read().Pressure; p != nil && p.Some > 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("no pressure above memory.high")
		}
	}
	keep(t, before, dir, "pressure")
	put(t, dir, "memory.high", "max")
	if err := <-answered; err != nil {
		t.Error(err)
	}
	c.Set("anon=0")
}

// keep copies the memory files of a cgroup.
func keep(t *testing.T, holding calibration.Holding, dir, name string) {
	t.Helper()
	to := filepath.Join(*record, name)
	if err := os.MkdirAll(to, 0o755); err != nil {
		t.Fatal(err)
	}
	held, err := json.MarshalIndent(holding, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"holding.json": append(held, '\n')}
	for _, name := range []string{"current", "peak", "stat", "events", "events.local", "max", "high", "swap.current", "swap.max", "pressure"} {
		name = "memory." + name
		if files[name], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(to, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// mkdir makes a cgroup that goes with the test.
func mkdir(t *testing.T, dir string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.Remove(dir); err != nil {
			t.Error(err)
		}
	})
}

func put(t *testing.T, dir, name, value string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(value), fs.ModePerm); err != nil {
		t.Fatal(fmt.Errorf("writing %q: %w", value, err))
	}
}
