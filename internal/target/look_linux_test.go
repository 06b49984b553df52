package target

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// seen is a program with what explain looks for: loops that hold text, a queue
// with items, a connection, a list that grows, and an object that must not be
// asked for anything.
const seen = `
import asyncio, gc, os, sqlite3, threading, time
gc.disable()
class Author: pass
class Story: pass
class Lazy:
    @property
    def __class__(self): os._exit(3)
lazy = Lazy()
def loops(n):
    for _ in range(n):
        a, s = Author(), Story()
        a.story, s.author, s.text = s, a, os.urandom(10000)
        a.shared = s.shared = shared
kept = []
shared = os.urandom(3000000)
def keep(n):
    for _ in range(n):
        kept.append(Story())
queue = asyncio.Queue()
for i in range(7): queue.put_nowait(i)
database = sqlite3.connect(":memory:")
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
gc.collect()
loops(500)
keep(300)
open(os.environ["READY"], "w").close()
while True:
    time.sleep(0.05)
    kept.append(bytearray(1000))
`

func TestLook(t *testing.T) {
	h, ready := newHook(t), filepath.Join(t.TempDir(), "ready")
	python(t, h, seen, "READY="+ready)
	eventually(t, func() error {
		_, err := os.Stat(ready)
		return err
	})
	ctx := t.Context()
	if err := h.Trim(ctx); err != nil {
		t.Error(err)
	}
	s, err := h.State(ctx)
	if err != nil || s.Queued != 7 || s.Connections != 1 || s.Threads != 2 {
		t.Errorf("State() = %+v, %v; want 7 items in a queue, 1 connection, 2 threads", s, err)
	}
	g, err := h.Garbage(ctx)
	if err != nil || g.Bytes < 500*10000 || g.Objects < 1000 {
		t.Errorf("Garbage() = %d objects, %d bytes, %v; want 1000 with 5 MB of text", g.Objects, g.Bytes, err)
	}
	if g.Bytes > 7e6 {
		t.Errorf("Garbage() is %d bytes: those that are needed elsewhere are not freed with it", g.Bytes)
	}
	if len(g.Kinds) == 0 || g.Kinds[0].Name != "bytes" || countOf(g.Kinds, "__main__.Author") != 500 {
		t.Errorf("kinds of garbage %+v, want bytes first, and 500 authors", g.Kinds)
	}
	if !slices.ContainsFunc(g.Loops, func(l []string) bool { return strings.Join(l, " ") == "Author Story Author" }) {
		t.Errorf("loops %v, want Author Story Author", g.Loops)
	}
	if again, err := h.Garbage(ctx); err != nil || countOf(again.Kinds, "__main__.Author") != 0 {
		t.Errorf("Garbage() again = %+v, %v; want no authors: they were freed", again, err)
	}
	living, err := h.Count(ctx)
	if err != nil || countOf(living, "__main__.Story") != 300 {
		t.Errorf("Count() has %d stories, %v; want the 300 that are kept", countOf(living, "__main__.Story"), err)
	}
	if by, err := h.Holders(ctx, "__main__.Story"); err != nil || countOf(by, "list") == 0 {
		t.Errorf("Holders() = %+v, %v; want a list", by, err)
	}
	if r, err := h.Routes(ctx); err != nil || len(r.HTTP)+len(r.Sockets) > 0 {
		t.Errorf("Routes() = %+v, %v; want none of a program without Django", r, err)
	}
	if err := h.Trace(ctx); err != nil {
		t.Fatal(err)
	}
	if err := h.Mark(ctx); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error {
		lines, err := h.Lines(ctx)
		if err == nil && len(lines) == 0 {
			return os.ErrNotExist
		}
		return err
	})
	if err := h.Untrace(ctx); err != nil {
		t.Error(err)
	}
}

// A heap that is too large to walk is said, and not counted in part.
func TestLookTooMuch(t *testing.T) {
	h, ready := newHook(t), filepath.Join(t.TempDir(), "ready")
	python(t, h, `
import os, sys, time
sys.modules["sitecustomize"].look()
sys.modules["pixelload_look"].MOST_OBJECTS = 1000
open(os.environ["READY"], "w").close()
time.sleep(60)
`, "READY="+ready)
	eventually(t, func() error {
		_, err := os.Stat(ready)
		return err
	})
	if kinds, err := h.Count(t.Context()); err == nil || !strings.Contains(err.Error(), "more than the 1000") {
		t.Errorf("Count() = %d kinds, %v; want that there are too many objects", len(kinds), err)
	}
}

func countOf(kinds []Kind, name string) (n int64) {
	for _, k := range kinds {
		if k.Name == name {
			n += k.Count
		}
	}
	return n
}
