package memory

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// DockerOptions says which container to read.
type DockerOptions struct {
	// Host is the engine, unix:///PATH or tcp://HOST:PORT; empty is DOCKER_HOST
	// or the default socket.
	Host string
	// Container is a name, an id or a Compose service.
	Container string
}

// OpenDocker opens a running container. Where its cgroup is visible on this
// machine the figures are read there, as by OpenCgroup, and the Source has that
// one's name; the engine is only told to say when the container dies, starts
// anew or is replaced by another of its name, and reading goes on without it
// while it is away. Elsewhere they are asked of the engine, which takes about a
// second a sample, and the Source is named docker. ctx bounds opening only.
//
// Through the engine alone, the kernel's own memory cannot be told from
// rounding, and neither it nor sockets have a figure (see parseStats for U).
// While the connection is lost Restarts is unknown; kills that happen then are
// seen only where the cgroup counts them.
//
// Reading a container that has ended is an *EndedError.
func OpenDocker(ctx context.Context, o DockerOptions) (Source, error) {
	d, err := openEngine(ctx, o)
	if err != nil {
		return nil, err
	}
	if dir := (system{proc: "/proc"}).containerCgroup(d.life); dir != "" {
		d.cgroup = true
		if err := d.openFiles(); err != nil {
			return nil, errors.Join(err, d.Close())
		}
	}
	return d, nil
}

// EndedError says that a container does not run.
type EndedError struct {
	Name string
	// Removed says that it is there no more: then nobody knows Exit and
	// OOMKilled, and ErrNoContainer is in the chain.
	Removed bool
	Exit    int // its exit code, 137 when it was killed
	// OOMKilled says that the kernel killed a process of this life for want of
	// memory. OOMKills are those since the source was opened.
	OOMKilled bool
	OOMKills  Figure
}

func (e *EndedError) Error() string {
	if e.Removed {
		return fmt.Sprintf("container %s does not run: it was removed", e.Name)
	}
	text := fmt.Sprintf("container %s does not run: it ended with exit code %d", e.Name, e.Exit)
	if e.OOMKilled {
		text += " after the kernel had killed one of its processes: out of memory"
	}
	return text
}

func (e *EndedError) Unwrap() error {
	if e.Removed {
		return ErrNoContainer
	}
	return nil
}

// docker reads a container over all its lives.
type docker struct {
	control *control
	cgroup  bool // read the cgroup's files, not the engine
	life    Container
	files   Source // of the present life; nil through the engine

	kernel total // OOM kills by the cgroup's counter
	first  Figure
	closed bool
}

var _ Source = (*docker)(nil)

// openEngine opens a container to be read through the engine.
func openEngine(ctx context.Context, o DockerOptions) (*docker, error) {
	e, err := dialEngine(o.Host)
	if err != nil {
		return nil, err
	}
	c, err := e.find(ctx, o.Container)
	if err == nil && c.Pid == 0 {
		err = &EndedError{Name: c.Name, Exit: c.Exit, OOMKilled: c.OOMKilled}
	}
	if err != nil {
		e.close()
		return nil, err
	}
	name := o.Container
	if strings.HasPrefix(c.ID, name) {
		name = c.Name // the next one will have another id
	}
	return &docker{control: newControl(e, name, c), life: c}, nil
}

// containerCgroup returns the memory cgroup of a running container; empty where
// it cannot be seen. Its path holds the id: a process of the same number on
// another machine is not mistaken for it.
func (sys system) containerCgroup(c Container) string {
	if dir, err := sys.cgroupOf(c.Pid); err == nil && strings.Contains(dir, c.ID) {
		return dir
	}
	// Without a view of the host's processes: where cgroupfs and systemd, the
	// engine's two drivers, put it.
	mounts, _ := sys.mounts()
	for _, m := range mounts {
		for _, below := range []string{"docker/" + c.ID, "system.slice/docker-" + c.ID + ".scope"} {
			if dir := filepath.Join(m.point, below); m.memory() && exists(dir, "memory.stat") {
				return dir
			}
		}
	}
	return ""
}

// openFiles opens the cgroup of the present life.
func (d *docker) openFiles() error {
	dir := system{proc: "/proc"}.containerCgroup(d.life)
	if dir == "" {
		return fmt.Errorf("reading container %s: it has no visible cgroup", d.life.Name)
	}
	files, err := openVersion(dir)
	if err != nil {
		return err
	}
	if d.files != nil {
		_ = d.files.Close() // of the life before: nothing was written
	}
	d.files = files
	return nil
}

// Name returns docker, or cgroup1 or cgroup2 where those are read.
func (d *docker) Name() string {
	if d.cgroup {
		return d.files.Name()
	}
	return "docker"
}

// period is how often the engine answers; cgroups are read at any rate.
func (d *docker) period() time.Duration {
	if d.cgroup {
		return 0
	}
	return time.Second
}

// Close ends the conversation with the engine and closes the files.
func (d *docker) Close() error {
	d.closed = true
	d.control.close()
	if d.files != nil {
		return d.files.Close()
	}
	return nil
}

// Read takes one sample.
func (d *docker) Read() (Sample, error) {
	if d.closed {
		return Sample{}, fmt.Errorf("reading container %s: %w", d.life.Name, os.ErrClosed)
	}
	seen := d.control.now()
	if err := d.enter(seen); err != nil {
		return Sample{}, err
	}
	s, err := d.sample()
	if err != nil {
		return Sample{}, fmt.Errorf("reading container %s: %w", d.life.Name, err)
	}
	s.Epoch = d.life.epoch()
	s.OOMKills = d.kills(seen, s.OOMKills)
	if seen.connected {
		s.Restarts = Known(seen.restarts)
	}
	return s, nil
}

func (c Container) epoch() Epoch { return Epoch{ID: c.ID, Started: c.Started} }

// enter follows the container into the life that the engine tells of.
func (d *docker) enter(seen news) error {
	switch {
	case seen.removed:
		return &EndedError{Name: d.life.Name, Removed: true, OOMKills: d.kills(seen, Figure{})}
	case seen.life.Pid == 0:
		return &EndedError{
			Name: seen.life.Name, Exit: seen.life.Exit, OOMKilled: seen.life.OOMKilled,
			OOMKills: d.kills(seen, Figure{}),
		}
	case seen.life.epoch().Equal(d.life.epoch()):
		d.life = seen.life // its limit may be another
		return nil
	}
	before := d.life
	d.life = seen.life
	if !d.cgroup {
		return nil
	}
	if err := d.openFiles(); err != nil {
		d.life = before
		return err
	}
	d.kernel.newLife()
	return nil
}

func (d *docker) sample() (Sample, error) {
	if d.cgroup {
		return d.files.Read()
	}
	ctx, cancel := context.WithTimeout(context.Background(), engineTimeout)
	defer cancel()
	return d.control.engine.stats(ctx, d.life)
}

// kills is how many were killed since the source was opened. The kernel's
// counter sees each, but goes with its cgroup when the first process is
// killed; the engine's events see that, but not while it is away. Each misses
// some and neither makes up any: the larger is right.
func (d *docker) kills(seen news, counted Figure) Figure {
	if counted.known {
		counted = d.kernel.of(counted)
		if !d.first.known {
			d.first = counted
		}
	}
	byKernel := Known(d.kernel.before + d.kernel.last - d.first.value)
	switch {
	case !d.cgroup && !seen.connected:
		return Figure{}
	case !d.cgroup:
		return Known(seen.kills)
	}
	return Known(max(byKernel.value, seen.kills))
}
