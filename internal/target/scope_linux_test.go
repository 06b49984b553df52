package target

import (
	"context"
	"os"
	"path/filepath"
	"slices"
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

// The way over systemd, with a stand-in for systemd-run that makes real cgroups.
func TestStartScope(t *testing.T) {
	needCgroup(t)
	h, err := findHierarchy(self, "memory")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	environment := []string{
		"SCOPES=" + h.mount,
		"LIMIT=" + map[int]string{1: "memory.limit_in_bytes", 2: "memory.max"}[h.version],
	}
	for _, v := range environment {
		name, value, _ := strings.Cut(v, "=")
		t.Setenv(name, value)
	}
	spec := play(t, "listen")
	spec.LimitBytes, spec.Env = 64<<20, slices.Concat(spec.Env, environment)
	r := request{name: "pixelload-test-scope", limit: spec.LimitBytes}
	defer os.Remove(filepath.Join(h.mount, r.name+"-try.scope")) // systemd collects it by itself
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	p, err := startScope(ctx, r, spec)
	if err != nil {
		t.Fatal(err)
	}
	listening(t, p)
	if limit, ok := p.Enforced(); limit != 64<<20 || !ok {
		t.Errorf("Enforced() = %d, %v; want 64 MiB", limit, ok)
	}
	if got := filepath.Base(p.group.memory); got != r.name+".scope" {
		t.Errorf("the target is in %s; want its scope", got)
	}
	if _, err := p.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	p.Source().Close()
	checkGone(t, p.PID(), p.group.dirs())
}
