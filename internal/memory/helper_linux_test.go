package memory

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/needed"
)

// hog is the path of the built program testdata/hog: static, so that a
// container needs nothing else.
var hog = sync.OnceValues(func() (string, error) {
	path := filepath.Join(hogDir, "hog")
	cmd := exec.Command("go", "build", "-o", path, "./testdata/hog")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building testdata/hog: %w: %s", err, out)
	}
	return path, nil
})

func builtHog(t testing.TB) string {
	t.Helper()
	path, err := hog()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var hogDir string

func TestMain(m *testing.M) {
	if os.Getenv(stopped) != "" {
		watchFixture()
		return
	}
	var err error
	if hogDir, err = os.MkdirTemp("", "pixelload-hog-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	removeImage()
	_ = os.RemoveAll(hogDir)
	os.Exit(code)
}

// A realGroup is a memory cgroup of this machine's kernel, made for a test.
type realGroup struct{ dir string }

// newGroup makes a memory cgroup with a limit; the test is skipped where it may
// not.
func newGroup(t testing.TB, limit int) *realGroup {
	t.Helper()
	own, err := CgroupOf(os.Getpid())
	if err != nil {
		needed.Skip(t, "no real cgroup to test in: %v", err)
	}
	g := &realGroup{dir: filepath.Join(own, fmt.Sprintf("pixelload-test-%d-%d", os.Getpid(), time.Now().UnixNano()))}
	if err := g.make(limit); err != nil {
		needed.Skip(t, "no real cgroup to test in: %v", err)
	}
	t.Cleanup(func() { g.remove(t) })
	return g
}

func (g *realGroup) make(limit int) error {
	if err := os.Mkdir(g.dir, 0o755); err != nil {
		return err
	}
	name := "memory.limit_in_bytes"
	if !exists(g.dir, name) {
		name = "memory.max"
	}
	return os.WriteFile(filepath.Join(g.dir, name), fmt.Append(nil, limit), 0)
}

func (g *realGroup) remove(t testing.TB) {
	t.Helper()
	var err error
	for range 100 { // a killed process leaves its cgroup a moment later
		if err = os.Remove(g.dir); err == nil || os.IsNotExist(err) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("removing the cgroup: %v", err)
}

// run starts the hog within the cgroup. Each line written to the returned
// writer lets it pass one "stdin".
func (g *realGroup) run(t testing.TB, args string) (*exec.Cmd, io.Writer) {
	t.Helper()
	// A shell that enters the cgroup and becomes the hog.
	cmd := exec.Command("/bin/sh", "-c", `echo $$ >"$0/cgroup.procs" && exec "$@"`, g.dir, builtHog(t))
	cmd.Args = append(cmd.Args, strings.Fields(args)...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd, in
}

// eventually waits for what a kernel or an engine does in its own time.
func eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after 20 s: no %s", what)
		}
	}
}
