package memory

import (
	"fmt"
	"time"
)

// Epoch is one life of the target: from its start to its end, restart or
// replacement. Samples of different epochs are not one series. The zero value
// is a source that cannot tell lives apart.
type Epoch struct {
	// ID names what lives: a container's id, a process's number, a cgroup's
	// inode. A new one under the old name is another target.
	ID string
	// Started is when this life began, in UTC; zero where only the ID tells.
	Started time.Time
}

// Equal reports whether e and o are the same life.
func (e Epoch) Equal(o Epoch) bool { return e.ID == o.ID && e.Started.Equal(o.Started) }

// Kinds of changes from one sample to the next.
const (
	Restarted   = "restarted"    // the same target began Count new lives
	Recreated   = "recreated"    // another target has taken its place
	CounterFell = "counter fell" // a counter began anew within a life: it counts from 0 again
	OOMKilled   = "oom killed"   // the kernel killed Count processes for want of memory
)

// Change is something that happened between two samples.
type Change struct {
	Kind  string
	Count uint64 // at least 1
}

// String is the change in words: "oom killed 3".
func (c Change) String() string { return fmt.Sprintf("%s %d", c.Kind, c.Count) }

// Lives turns the samples of one source into what happened between them. The
// first sample is where counting begins. A counter that is unknown for a while
// is compared with its last known value; one that falls began anew, so all it
// shows is new: no difference is ever negative. The zero value is ready.
type Lives struct {
	began           bool
	epoch           Epoch
	kills, restarts rise
}

// Next returns what happened between the sample before and s, nil for nothing.
func (l *Lives) Next(s Sample) []Change {
	var changes []Change
	add := func(kind string, n uint64) {
		if n > 0 {
			changes = append(changes, Change{kind, n})
		}
	}
	restarts, restartsFell := l.restarts.to(s.Restarts)
	kills, killsFell := l.kills.to(s.OOMKills)
	before, first := l.epoch, !l.began
	l.epoch, l.began = s.Epoch, true
	if first {
		return nil
	}
	switch {
	case s.Epoch.ID != before.ID:
		add(Recreated, max(1, restarts))
	case !s.Epoch.Equal(before):
		add(Restarted, max(1, restarts))
	default:
		add(Restarted, restarts)
		if killsFell || restartsFell {
			add(CounterFell, 1)
		}
	}
	add(OOMKilled, kills)
	return changes
}

// rise follows a counter that may be unknown at times and may begin anew.
type rise struct{ last Figure }

// to returns by how much the counter rose to reach now, and whether it fell.
func (r *rise) to(now Figure) (by uint64, fell bool) {
	last := r.last
	if !now.known {
		return 0, false
	}
	r.last = now
	switch {
	case !last.known:
		return 0, false
	case now.value < last.value:
		return now.value, true
	}
	return now.value - last.value, false
}
