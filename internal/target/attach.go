package target

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pixeltales/pixelload/internal/memory"
)

// Attachment names whose memory is read of a target that runs already: exactly
// one of the fields is set.
type Attachment struct {
	Container string // name or ID
	Cgroup    string // directory of a memory cgroup
	PID       int    // a process and all below it
}

// Attached is a target that ran before pixelload came, and goes on when it
// leaves: nothing of it is limited, signalled or changed.
type Attached struct {
	name   string
	ref    string
	source memory.Source
	first  memory.Sample
	alive  func() (bool, error) // an error cannot tell
	pids   func() []int         // of its processes, those that can be seen from here
	boxed  *memory.Container    // nil: it is none, as far as we were told
	done   chan struct{}
	leave  chan struct{}
	once   sync.Once // closes leave
}

// attachedPoll is how often it is looked whether an attached target lives: seldom
// enough for a container engine.
const attachedPoll = 500 * time.Millisecond

// Attach finds the target and begins to look whether it lives.
func Attach(ctx context.Context, a Attachment) (*Attached, error) {
	t := &Attached{done: make(chan struct{}), leave: make(chan struct{})}
	if err := t.open(ctx, a); err != nil {
		if t.source != nil {
			_ = t.source.Close() // it was only read
		}
		return nil, fmt.Errorf("finding the running target: %w", err)
	}
	var err error
	if t.first, err = t.source.Read(); err != nil {
		return nil, errors.Join(fmt.Errorf("reading the running target's memory: %w", err), t.source.Close())
	}
	go t.watch()
	return t, nil
}

func (t *Attached) open(ctx context.Context, a Attachment) (err error) {
	switch {
	case a.Container != "":
		return t.openContainer(ctx, a.Container)
	case a.Cgroup != "":
		t.name = "cgroup " + filepath.Base(a.Cgroup)
		if t.source, err = memory.OpenCgroup(a.Cgroup); err != nil {
			return err
		}
		return t.followCgroup(a.Cgroup)
	default:
		t.name = fmt.Sprintf("process %d", a.PID)
		t.pids = func() []int { return descendants(a.PID) }
		if err := t.follow(a.PID); err != nil {
			return err
		}
		t.source, err = memory.OpenProcess(proc, a.PID)
		return err
	}
}

func (t *Attached) openContainer(ctx context.Context, nameOrID string) error {
	c, err := memory.FindContainer(ctx, "", nameOrID)
	if err != nil {
		return err
	}
	if c.Pid == 0 {
		return fmt.Errorf("container %s does not run: start it first", c.Name)
	}
	t.name, t.ref, t.boxed = "container "+c.Name, short(c.Image), &c
	t.pids = func() []int { return nil }
	t.alive = func() (bool, error) {
		now, err := memory.FindContainer(context.Background(), "", nameOrID)
		if errors.Is(err, memory.ErrNoContainer) {
			return false, nil
		}
		return now.Pid != 0 && now.ID == c.ID && now.Started.Equal(c.Started), err
	}
	if t.source, err = memory.OpenDocker(ctx, memory.DockerOptions{Container: nameOrID}); err != nil {
		return err
	}
	if dir, err := memory.CgroupOf(c.Pid); err == nil && t.source.Name() != "docker" { // else the number is another machine's
		t.pids = func() []int { return tenants(dir) }
	}
	return nil
}

// short is as much of an image's digest as tells it from others.
func short(image string) string {
	_, digest, _ := strings.Cut(image, ":")
	return digest[:min(12, len(digest))]
}

// follow takes the life of a process for the target's.
func (t *Attached) follow(pid int) error {
	main, err := identify(pid)
	t.alive = func() (bool, error) { return main.alive(), nil }
	return err
}

// followCgroup takes the life of the cgroup's main process for the target's. From
// a container beside the target's no process of it can be seen, only that
// they have memory: then the target lives as long as its cgroup is there.
func (t *Attached) followCgroup(dir string) error {
	t.pids = func() []int { return tenants(dir) }
	if pid := oldest(dir); pid > 0 {
		return t.follow(pid)
	}
	sample, err := t.source.Read()
	if anon, known := sample.Anon.Get(); err == nil && known && anon == 0 {
		err = fmt.Errorf("no process lives in %s: is the target running?", dir)
	}
	t.alive = func() (bool, error) {
		_, err := os.Stat(dir)
		return err == nil, nil
	}
	return err
}

// oldest returns the first process that was started of those in the cgroup and
// below it: a container's or a service's main process. It is 0 when none can be
// seen from here.
func oldest(cgroup string) int {
	var first process
	for _, pid := range tenants(cgroup) {
		p, err := identify(pid)
		if err == nil && (first.PID == 0 || p.Start < first.Start) {
			first = p
		}
	}
	return first.PID
}

// tenants lists the processes in the cgroup and below it that can be seen from here.
func tenants(cgroup string) (pids []int) {
	_ = filepath.WalkDir(cgroup, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "cgroup.procs" {
			return nil // it is gone, with its processes
		}
		list, _ := os.ReadFile(path)
		for field := range strings.FieldsSeq(string(list)) {
			if pid, _ := strconv.Atoi(field); pid > 0 { // 0 for one that cannot be seen
				pids = append(pids, pid)
			}
		}
		return nil
	})
	return pids
}

// watch closes done when the target has ended.
func (t *Attached) watch() {
	tick := time.NewTicker(attachedPoll)
	defer tick.Stop()
	for {
		select {
		case <-t.leave:
			return
		case <-tick.C:
		}
		if alive, err := t.alive(); err == nil && !alive {
			close(t.done)
			return
		}
	}
}

// Name says what the target is, for a person.
func (t *Attached) Name() string { return t.name }

// Ref begins the digest of the container's image; "" for another target.
func (t *Attached) Ref() string { return t.ref }

// Source reads the target's memory. The caller closes it.
func (t *Attached) Source() memory.Source { return t.source }

// Enforced returns the memory limit in bytes that the target runs under, the
// smallest of its cgroup and those around it; false where the source knows none.
func (t *Attached) Enforced() (limit int64, ok bool) {
	v, ok := t.first.Limit.Get()
	return int64(v), ok
}

// Why says why no limit is known; "" when one is.
func (t *Attached) Why() string {
	if _, ok := t.Enforced(); ok {
		return ""
	}
	return fmt.Sprintf("%s runs under none that its source (%s) could read", t.name, t.source.Name())
}

// Done is closed when the target's main process has ended, also when another
// one has taken its place.
func (t *Attached) Done() <-chan struct{} { return t.done }

// Leave ends the looking; the target goes on. It may be called more than once.
func (t *Attached) Leave() { t.once.Do(func() { close(t.leave) }) }
