package target

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestScopeCommand(t *testing.T) {
	got := scopeCommand("systemd-run", request{limit: 512 << 20, cpus: 0.1}, "pixelload-1-1.scope")
	want := strings.Fields("systemd-run --user --scope --quiet --collect --unit pixelload-1-1.scope " +
		"--property MemorySwapMax=0 --property MemoryMax=536870912 --property CPUQuota=10% --")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("scopeCommand (-want +got):\n%s", diff)
	}
}

// standIn puts a systemd-run into PATH that makes real cgroups without a
// systemd, and returns what a target's environment needs for it.
func standIn(t *testing.T) (h hierarchy, env []string) {
	t.Helper()
	needCgroup(t)
	h, err := findHierarchy(self, "memory")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	limit := map[int]string{1: "memory.limit_in_bytes", 2: "memory.max"}[h.version]
	scopes := filepath.Join(h.mount, "pixelload-test-scopes")
	if err := os.Mkdir(scopes, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := retry(3*time.Second, func() error { return os.Remove(scopes) }); err != nil {
			t.Error(err)
		}
	})
	if h.version == 2 {
		if err := delegate(scopes, false); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	t.Setenv("SCOPES", scopes)
	t.Setenv("LIMIT", limit)
	return h, []string{"PATH=" + os.Getenv("PATH"), "SCOPES=" + scopes, "LIMIT=" + limit}
}

func TestStartScope(t *testing.T) {
	_, env := standIn(t)
	spec := play(t, "listen")
	spec.LimitBytes, spec.Env = 64<<20, append(spec.Env, env...)
	p, err := startScope(t.Context(), request{name: "pixelload-test", limit: spec.LimitBytes}, spec)
	if err != nil {
		t.Fatal(err)
	}
	listening(t, p)
	if limit, ok := p.Enforced(); limit != 64<<20 || !ok {
		t.Errorf("Enforced() = %d, %v; want 64 MiB", limit, ok)
	}
	if got := filepath.Base(p.group.memory); got != "pixelload-test.scope" {
		t.Errorf("the target is in %s; want its scope", got)
	}
	if _, err := p.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	p.Source().Close()
	checkGone(t, p.PID(), p.group.dirs())
}

// The scope is gone when its target was killed, and yet the kill is seen.
func TestScopeKilledOverTheLimit(t *testing.T) {
	h, env := standIn(t)
	if h.version == 1 {
		t.Skip("memory is in cgroup v1 here, where users' scopes have no memory limit")
	}
	spec := play(t, "touch:200")
	spec.LimitBytes, spec.Env = 100<<20, append(spec.Env, env...)
	p, err := startScope(t.Context(), request{name: "pixelload-test", limit: spec.LimitBytes}, spec)
	if err != nil {
		t.Fatal(err)
	}
	listening(t, p)
	conn, err := net.Dial("tcp", address(spec.Port))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	waitDone(t, p)
	if err := retry(time.Minute, func() error { return isGone(p.group.memory) }); err != nil {
		t.Fatal(err)
	}
	exit, err := p.Stop(t.Context())
	if err != nil || !exit.Killed() || exit.OOMKills != 1 {
		t.Errorf("Stop() = %+v, %v; want killed once by the kernel", exit, err)
	}
	p.Source().Close()
}
