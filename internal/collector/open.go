package collector

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/moby/moby/client"

	"github.com/pixeltales/pixelload/internal/memory"
)

// Cgroup is the memory cgroup whose directory is path.
func Cgroup(name, path string) Target {
	return Target{Name: name, Source: cgroupSource(), Open: func() (memory.Source, error) { return memory.OpenCgroup(path) }}
}

// Process is the process pid and all below it.
func Process(name string, pid int) Target {
	return Target{Name: name, Source: "proc", Open: func() (memory.Source, error) { return memory.OpenProcess("/proc", pid) }}
}

// Container is the container of that name, id or Compose service. The Docker
// engine at DOCKER_HOST is asked where it is and to tell of its ends; its
// memory is read from its cgroup, also while the engine is away. An id needs
// no engine.
func Container(name, nameOrID string) Target {
	return Target{Name: name, Source: cgroupSource(), Open: func() (memory.Source, error) { return openContainer(nameOrID) }}
}

// engineTimeout ends a question that the Docker engine does not answer.
const engineTimeout = 3 * time.Second

// isID matches a container's id, whole or as docker ps prints it.
var isID = regexp.MustCompile(`^([0-9a-f]{12}|[0-9a-f]{64})$`)

func openContainer(nameOrID string) (memory.Source, error) {
	ctx, cancel := context.WithTimeout(context.Background(), engineTimeout)
	defer cancel()
	src, err := memory.OpenDocker(ctx, memory.DockerOptions{Container: nameOrID})
	var ended *memory.EndedError
	if err == nil || errors.As(err, &ended) {
		return src, err
	}
	if !isID.MatchString(nameOrID) {
		return nil, fmt.Errorf("%w (without an engine: give the container's id, or its cgroup with --cgroup)", err)
	}
	path, pathErr := cgroupOfContainer(memoryRoot(), nameOrID)
	if pathErr != nil {
		return nil, errors.Join(err, pathErr)
	}
	return memory.OpenCgroup(path)
}

// memoryRoot is where the hierarchy with the memory controller is mounted.
func memoryRoot() string {
	const root = "/sys/fs/cgroup"
	if v1 := filepath.Join(root, "memory"); isFolder(v1) {
		return v1
	}
	return root
}

func cgroupSource() string {
	if strings.HasSuffix(memoryRoot(), "memory") {
		return "cgroup1"
	}
	return "cgroup2"
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// cgroupOfContainer finds the cgroup below root that is named after the
// container's id, as docker/ID, docker-ID.scope or libpod-ID.scope.
func cgroupOfContainer(root, id string) (path string, err error) {
	err = filepath.WalkDir(root, func(at string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil && at == root:
			return err
		case err != nil: // a cgroup that ended meanwhile, or is closed to us
			return nil
		case entry.IsDir() && strings.Contains(entry.Name(), id):
			path = at
			return fs.SkipAll
		}
		return nil
	})
	if err == nil && path == "" {
		err = fmt.Errorf("no cgroup below %s is named after container %.12s: it does not run, or the host's /sys/fs/cgroup is not mounted here", root, id)
	}
	return path, err
}

// Labelled finds the running containers that have the label, "KEY" or
// "KEY=VALUE". Its name is no container's: it holds a space.
func Labelled(label string) Discovery {
	return Discovery{Name: "label " + label, List: func() ([]Target, error) {
		api, err := client.New(client.FromEnv)
		if err != nil {
			return nil, fmt.Errorf("opening the Docker engine: %w", err)
		}
		defer api.Close()
		ctx, cancel := context.WithTimeout(context.Background(), engineTimeout)
		defer cancel()
		list, err := api.ContainerList(ctx, client.ContainerListOptions{Filters: make(client.Filters).Add("label", label)})
		if err != nil {
			return nil, fmt.Errorf("listing containers: %w", err)
		}
		var found []Target
		for _, c := range list.Items {
			name := c.ID
			for _, n := range c.Names {
				if strings.Count(n, "/") == 1 { // else it is how another container calls it
					name = n[1:]
				}
			}
			found = append(found, Container(name, name))
		}
		return found, nil
	}}
}
