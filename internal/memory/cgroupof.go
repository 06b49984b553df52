package memory

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// CgroupOf returns the directory of the memory cgroup that the process pid is
// in, on cgroup v1, v2 and where both are mounted: memory is in one of them.
// Within a container the path that the kernel names may not be visible; then
// it is the root of the mount, if that lists the process, and else an error.
func CgroupOf(pid int) (string, error) {
	return system{proc: "/proc"}.cgroupOf(pid)
}

// A system is where the kernel's files are. Mount points are looked up below
// root, which is empty except in tests.
type system struct{ proc, root string }

func (sys system) cgroupOf(pid int) (string, error) {
	groups, err := os.ReadFile(filepath.Join(sys.proc, strconv.Itoa(pid), "cgroup"))
	if err != nil {
		return "", fmt.Errorf("finding the cgroup of process %d: %w", pid, err)
	}
	mounts, err := sys.mounts()
	if err != nil {
		return "", err
	}
	for _, m := range mounts {
		path, ok := pathIn(string(groups), m.v1)
		if !ok || !m.memory() {
			continue
		}
		dir, err := m.resolve(path, pid)
		if err != nil {
			return "", fmt.Errorf("finding the cgroup of process %d: %w", pid, err)
		}
		return dir, nil
	}
	return "", fmt.Errorf("finding the cgroup of process %d: no mounted hierarchy has the memory controller", pid)
}

// A mount is a hierarchy of cgroups: v1's memory or v2's.
type mount struct {
	v1          bool
	root, point string // the cgroup that is mounted, and where
}

// mounts lists the hierarchies that may hold memory. A line of proc(5)
// mountinfo is
//
//	35 31 0:32 ROOT POINT rw,relatime ... - cgroup cgroup rw,memory
func (sys system) mounts() ([]mount, error) {
	data, err := os.ReadFile(filepath.Join(sys.proc, "self", "mountinfo"))
	if err != nil {
		return nil, fmt.Errorf("finding cgroups: %w", err)
	}
	var mounts []mount
	for line := range bytes.Lines(data) {
		left, right, _ := strings.Cut(string(line), " - ")
		l, r := strings.Fields(left), strings.Fields(right)
		if len(l) < 5 || len(r) < 3 {
			continue
		}
		v1 := r[0] == "cgroup" && slices.Contains(strings.Split(r[2], ","), "memory")
		if v1 || r[0] == "cgroup2" {
			mounts = append(mounts, mount{v1: v1, root: l[3], point: filepath.Join(sys.root, l[4])})
		}
	}
	return mounts, nil
}

// memory reports whether the hierarchy has the memory controller: v2 says so
// at its root.
func (m mount) memory() bool {
	if m.v1 {
		return true
	}
	data, err := os.ReadFile(filepath.Join(m.point, "cgroup.controllers"))
	return err == nil && slices.Contains(strings.Fields(string(data)), "memory")
}

// resolve returns the directory of the cgroup that the kernel calls path.
func (m mount) resolve(path string, pid int) (string, error) {
	below := strings.TrimPrefix(path, strings.TrimSuffix(m.root, "/"))
	dir := filepath.Join(m.point, filepath.Join("/", below))
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	procs, err := os.ReadFile(filepath.Join(m.point, "cgroup.procs"))
	if err == nil && slices.Contains(strings.Fields(string(procs)), strconv.Itoa(pid)) {
		return m.point, nil
	}
	return "", errors.Join(fmt.Errorf("%s does not exist and %s does not list the process: "+
		"mount the host's /sys/fs/cgroup read-only to see it", dir, m.point), err)
}

// pathIn finds the line of /proc/PID/cgroup, NUMBER:CONTROLLERS:PATH; v2's is
// 0::PATH. PATH may hold colons.
func pathIn(groups string, v1 bool) (path string, ok bool) {
	for line := range strings.Lines(groups) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		switch {
		case len(fields) != 3:
		case v1 && slices.Contains(strings.Split(fields[1], ","), "memory"):
			return fields[2], true
		case !v1 && fields[0] == "0" && fields[1] == "":
			return fields[2], true
		}
	}
	return "", false
}
