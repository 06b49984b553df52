package memory

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The lines are those of real machines: v1 with an empty v2 beside it, v2
// alone, and within a container with and without a cgroup namespace.
func TestFault07WhichHierarchy(t *testing.T) {
	t.Parallel()
	const (
		v1     = "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
		hybrid = v1 + "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n"
		v2     = "35 24 0:30 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
	)
	tests := []struct {
		name, mounts, groups string
		files                map[string]string
		want, err            string
	}{
		{name: "v1 beside a v2 without controllers", mounts: hybrid, groups: "4:memory:/docker/ab\n0::/docker/ab\n",
			files: map[string]string{"sys/fs/cgroup/memory/docker/ab/tasks": "", "sys/fs/cgroup/unified/docker/ab/memory.pressure": ""},
			want:  "sys/fs/cgroup/memory/docker/ab"},
		{name: "the v2 mount is listed first", mounts: "1 2 0:1 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n" + v1,
			groups: "4:cpu,memory:/a\n0::/a\n",
			files:  map[string]string{"sys/fs/cgroup/unified/cgroup.controllers": "\n", "sys/fs/cgroup/memory/a/tasks": ""},
			want:   "sys/fs/cgroup/memory/a"},
		{name: "v2", mounts: v2, groups: "0::/system.slice/docker-ab.scope\n",
			files: map[string]string{"sys/fs/cgroup/cgroup.controllers": "cpu memory pids\n", "sys/fs/cgroup/system.slice/docker-ab.scope/memory.max": ""},
			want:  "sys/fs/cgroup/system.slice/docker-ab.scope"},
		{name: "a path with colons", mounts: v2, groups: "0::/a:b:c\n",
			files: map[string]string{"sys/fs/cgroup/cgroup.controllers": "memory\n", "sys/fs/cgroup/a:b:c/memory.max": ""},
			want:  "sys/fs/cgroup/a:b:c"},
		{name: "a mount of the container's own cgroup", mounts: strings.Replace(v1, " / /sys", " /docker/ab /sys", 1), groups: "4:memory:/docker/ab\n",
			files: map[string]string{"sys/fs/cgroup/memory/tasks": ""},
			want:  "sys/fs/cgroup/memory"},
		{name: "a private namespace", mounts: v1, groups: "4:memory:/docker/ab\n",
			files: map[string]string{"sys/fs/cgroup/memory/cgroup.procs": "1\n7\n"},
			want:  "sys/fs/cgroup/memory"},
		{name: "another's namespace is not guessed at", mounts: v1, groups: "4:memory:/docker/ab\n",
			files: map[string]string{"sys/fs/cgroup/memory/cgroup.procs": "1\n70\n"},
			err:   "sys/fs/cgroup/memory does not list the process: mount the host's /sys/fs/cgroup read-only to see it"},
		{name: "v2 without the controller", mounts: v2, groups: "0::/a\n",
			files: map[string]string{"sys/fs/cgroup/cgroup.controllers": "cpu pids\n"},
			err:   "finding the cgroup of process 7: no mounted hierarchy has the memory controller"},
		{name: "no cgroups", mounts: "23 1 8:1 / / rw - ext4 /dev/vda rw\n", groups: "", err: "no mounted hierarchy"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sys := system{root: t.TempDir()}
			sys.proc = filepath.Join(sys.root, "proc")
			write(t, filepath.Join(sys.proc, "self"), "mountinfo", tt.mounts)
			write(t, filepath.Join(sys.proc, "7"), "cgroup", tt.groups)
			for name, text := range tt.files {
				write(t, filepath.Join(sys.root, filepath.Dir(name)), filepath.Base(name), text)
			}
			got, err := sys.cgroupOf(7)
			if want := filepath.Join(sys.root, tt.want); tt.err == "" && got != want || !strings.Contains(errorText(err), tt.err) {
				t.Errorf("cgroupOf = %q, %v; want %q, an error with %q", got, err, want, tt.err)
			}
		})
	}
}

// The real one names a directory that lists this process.
func TestCgroupOfSelf(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/cgroup"); err != nil {
		t.Skipf("this kernel has no cgroups: %v", err)
	}
	dir, err := CgroupOf(os.Getpid())
	if err != nil {
		t.Skipf("this process has no memory cgroup: %v", err)
	}
	procs, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
	if err != nil || len(procs) == 0 {
		t.Errorf("%s lists no process: %v", dir, err)
	}
}
