package target

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A hierarchy is a mounted tree of cgroups that carries a controller.
type hierarchy struct {
	version int    // 1 or 2
	mount   string // its root, such as /sys/fs/cgroup/memory
	own     string // the directory of the process that asked
}

var errNoController = errors.New("not mounted")

// findHierarchy returns the hierarchy that carries controller ("memory" or
// "cpu"), as the process self sees it: self is /proc/self. A machine may mount
// v2 beside v1; the controller is in one of them only.
func findHierarchy(self, controller string) (hierarchy, error) {
	mounts, err := os.ReadFile(filepath.Join(self, "mountinfo"))
	if err != nil {
		return hierarchy{}, fmt.Errorf("finding cgroups: %w", err)
	}
	groups, err := os.ReadFile(filepath.Join(self, "cgroup"))
	if err != nil {
		return hierarchy{}, fmt.Errorf("finding cgroups: %w", err)
	}
	for line := range bytes.Lines(mounts) {
		m, ok := parseMount(string(line))
		if !ok || !m.carries(controller) {
			continue
		}
		own, ok := ownPath(string(groups), m.version, controller)
		if !ok {
			continue
		}
		return hierarchy{version: m.version, mount: m.point, own: m.resolve(own)}, nil
	}
	return hierarchy{}, fmt.Errorf("finding the cgroup controller %q: %w", controller, errNoController)
}

// A cgroupMount is a line of mountinfo that mounts cgroups.
type cgroupMount struct {
	version     int
	root, point string // which cgroup is mounted, and where
	controllers []string
}

// parseMount reads a line of proc(5) mountinfo:
//
//	35 31 0:32 ROOT POINT rw,relatime ... - cgroup cgroup rw,memory
//
// ok is false for a line that does not mount cgroups.
func parseMount(line string) (m cgroupMount, ok bool) {
	left, right, found := strings.Cut(line, " - ")
	l, r := strings.Fields(left), strings.Fields(right)
	if !found || len(l) < 5 || len(r) < 3 {
		return cgroupMount{}, false
	}
	m = cgroupMount{root: l[3], point: l[4]}
	switch r[0] {
	case "cgroup":
		m.version, m.controllers = 1, strings.Split(r[2], ",")
	case "cgroup2":
		m.version = 2
	default:
		return cgroupMount{}, false
	}
	return m, true
}

// carries reports whether the mount has the controller. A v2 mount says so in
// a file at its root.
func (m cgroupMount) carries(controller string) bool {
	if m.version == 1 {
		return slices.Contains(m.controllers, controller)
	}
	return hasWord(filepath.Join(m.point, "cgroup.controllers"), controller)
}

// resolve returns the directory of the cgroup that /proc/self/cgroup calls
// path. In a container it may not be visible; then it is the mount's root.
func (m cgroupMount) resolve(path string) string {
	below := strings.TrimPrefix(path, strings.TrimSuffix(m.root, "/"))
	dir := filepath.Join(m.point, filepath.Join("/", below))
	if _, err := os.Stat(dir); err != nil {
		return m.point
	}
	return dir
}

// ownPath finds the line of /proc/self/cgroup, NUMBER:CONTROLLERS:PATH; v2's
// is 0::PATH. PATH may hold colons.
func ownPath(groups string, version int, controller string) (path string, ok bool) {
	for line := range strings.Lines(groups) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) != 3 {
			continue
		}
		if version == 2 && fields[0] == "0" && fields[1] == "" {
			return fields[2], true
		}
		if version == 1 && slices.Contains(strings.Split(fields[1], ","), controller) {
			return fields[2], true
		}
	}
	return "", false
}

// upwards lists dir and its parents up to the mount.
func (h hierarchy) upwards() []string {
	dirs := []string{h.own}
	for dir := h.own; dir != h.mount && strings.HasPrefix(dir, h.mount); {
		dir = filepath.Dir(dir)
		dirs = append(dirs, dir)
	}
	return dirs
}

// hasWord reports whether the file at path holds word among its words.
func hasWord(path, word string) bool {
	data, err := os.ReadFile(path)
	return err == nil && slices.Contains(strings.Fields(string(data)), word)
}
