package target

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// selfIn copies a recorded /proc/self; TREE in it becomes a folder that holds
// the given files and folders (a name that ends in "/").
func selfIn(t *testing.T, fixture string, files map[string]string) (self, tree string) {
	t.Helper()
	self, tree = t.TempDir(), t.TempDir()
	for _, name := range []string{"mountinfo", "cgroup"} {
		data, err := os.ReadFile(filepath.Join("testdata/self", fixture, name))
		if err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(self, name), strings.ReplaceAll(string(data), "TREE", tree))
	}
	for name, text := range files {
		put(t, filepath.Join(tree, name), text)
	}
	return self, tree
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The v2 hierarchy beside v1 has no memory controller: it is not the one.
func TestHierarchyV1(t *testing.T) {
	self, _ := selfIn(t, "v1", nil)
	for controller, mount := range map[string]string{"memory": "/sys/fs/cgroup/memory", "cpu": "/sys/fs/cgroup/cpu"} {
		h, err := findHierarchy(self, controller)
		if err != nil || h.version != 1 || h.mount != mount {
			t.Errorf("findHierarchy(%s) = %+v, %v; want v1 at %s", controller, h, err, mount)
		}
	}
	if h, err := findHierarchy(self, "io"); !errors.Is(err, errNoController) {
		t.Errorf("findHierarchy(io) = %+v, %v; want errNoController", h, err)
	}
}

func TestHierarchyV2(t *testing.T) {
	self, tree := selfIn(t, "v2", map[string]string{
		"cgroup.controllers": "cpu memory\n",
		"user.slice/user-1000.slice/app.scope/cgroup.procs": "",
	})
	h, err := findHierarchy(self, "memory")
	own := filepath.Join(tree, "user.slice/user-1000.slice/app.scope")
	if err != nil || h != (hierarchy{version: 2, mount: tree, own: own}) {
		t.Fatalf("findHierarchy = %+v, %v; want own %s", h, err, own)
	}
	want := []string{own, filepath.Join(tree, "user.slice/user-1000.slice"), filepath.Join(tree, "user.slice"), tree}
	if diff := cmp.Diff(want, parents(h)); diff != "" {
		t.Errorf("parents (-want +got):\n%s", diff)
	}
}

// In a container the mount shows a part of the tree, which may not be where
// the process lives.
func TestHierarchyInContainer(t *testing.T) {
	self, tree := selfIn(t, "container", map[string]string{"worker/cgroup.procs": ""})
	if h, err := findHierarchy(self, "memory"); err != nil || h.own != filepath.Join(tree, "worker") {
		t.Errorf("own = %s, %v; want %s/worker", h.own, err, tree)
	}
	self, tree = selfIn(t, "container", nil)
	if h, err := findHierarchy(self, "memory"); err != nil || h.own != tree {
		t.Errorf("own = %s, %v; want the mount %s", h.own, err, tree)
	}
}

func TestOwnPath(t *testing.T) {
	groups := "4:memory:/jobs/a:b\n2:cpuacct,cpu:/x\n0::/unified\nrubbish\n"
	tests := []struct {
		version    int
		controller string
		want       string
		ok         bool
	}{
		{1, "memory", "/jobs/a:b", true},
		{1, "cpu", "/x", true},
		{2, "memory", "/unified", true},
		{1, "io", "", false},
	}
	for _, tt := range tests {
		if got, ok := ownPath(groups, tt.version, tt.controller); got != tt.want || ok != tt.ok {
			t.Errorf("ownPath(v%d, %s) = %q, %v; want %q, %v", tt.version, tt.controller, got, ok, tt.want, tt.ok)
		}
	}
}

func FuzzHierarchy(f *testing.F) {
	f.Add("35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory", "4:memory:/a:b\n0::/\n")
	f.Fuzz(func(_ *testing.T, mount, groups string) {
		parseMount(mount)
		ownPath(groups, 1, "memory")
		ownPath(groups, 2, "memory")
		parseThrottled(groups)
	})
}
