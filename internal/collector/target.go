package collector

import (
	"cmp"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pixeltales/pixelload/internal/memory"
)

// How long a target that cannot be opened is left alone: longer each time.
const (
	firstPause   = time.Second
	longestPause = 30 * time.Second
)

// Target is something whose memory is read.
type Target struct {
	// Name is the value of the label "target".
	Name string
	// Source is the Name of the memory.Source that Open gives, as far as can be
	// told before it has been called.
	Source string
	// Open opens the source, again after each failure: by then the target may
	// be somewhere else.
	Open func() (memory.Source, error)
}

// target follows one target through its lives.
type target struct {
	Target
	log      *slog.Logger
	readings flight[reading]
	label    atomic.Value // string: the source's name, also while a reading hangs

	mu   sync.Mutex // guards what follows, for as long as a reading lasts
	src  memory.Source
	born bool // src was just opened

	epoch           memory.Epoch
	lives           memory.Lives
	kills, restarts uint64

	err   error // why the last reading failed
	pause time.Duration
	again time.Time // when to try again
}

// reading is what one scrape saw of a target.
type reading struct {
	sample          memory.Sample
	source          string
	kills, restarts uint64 // over all lives
	err             error
}

func newTarget(t Target, log *slog.Logger) *target {
	t.Name = clean(t.Name)
	return &target{Target: t, log: log}
}

// read takes a reading. Where the source fails, its place is looked up anew at
// once: a container that was restarted has a new cgroup.
func (t *target) read() reading {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err != nil && time.Now().Before(t.again) {
		return reading{source: t.source(), err: t.err}
	}
	wasOpen := t.src != nil
	s, err := t.sample()
	if err != nil && wasOpen {
		t.log.Debug("source ended, looking for the target's next life", "target", t.Name, "err", err)
		s, err = t.sample()
	}
	t.note(err)
	if err != nil {
		return reading{source: t.source(), err: err}
	}
	t.count(s)
	return reading{sample: s, source: t.source(), kills: t.kills, restarts: t.restarts}
}

// source is the value of the label "source".
func (t *target) source() string {
	if name, ok := t.label.Load().(string); ok {
		return name
	}
	return t.Source
}

// sample reads the source, which it opens where it is closed and closes where
// it fails.
func (t *target) sample() (memory.Sample, error) {
	if t.src == nil {
		src, err := t.Open()
		if err != nil {
			return memory.Sample{}, err
		}
		t.src, t.born = src, true
		t.label.Store(src.Name())
	}
	s, err := t.src.Read()
	if err != nil {
		_ = t.src.Close() // it was only read
		t.src = nil
	}
	return s, err
}

// note remembers how the reading went, and logs what changed.
func (t *target) note(err error) {
	switch {
	case err != nil && t.err == nil:
		t.log.Warn("source cannot be read", "target", t.Name, "from", t.source(), "err", err)
	case err == nil && t.err != nil:
		t.log.Info("source is read again", "target", t.Name, "from", t.source())
	}
	t.err = err
	if err == nil {
		t.pause = 0
		return
	}
	t.pause = min(cmp.Or(2*t.pause, firstPause), longestPause)
	t.again = time.Now().Add(t.pause)
}

// count adds what happened since the last sample to the counters. A source
// that was opened on a new life counts from that life's beginning, whatever the
// one before had counted.
func (t *target) count(s memory.Sample) {
	if t.born && !s.Epoch.Equal(t.epoch) {
		t.add(memory.Sample{Epoch: s.Epoch, OOMKills: memory.Known(0), Restarts: memory.Known(0)})
	}
	t.born, t.epoch = false, s.Epoch
	t.add(s)
}

func (t *target) add(s memory.Sample) {
	for _, c := range t.lives.Next(s) {
		switch c.Kind {
		case memory.OOMKilled:
			t.kills += c.Count
		case memory.Restarted, memory.Recreated:
			t.restarts += c.Count
		}
		t.log.Info("target changed", "target", t.Name, "what", c.String())
	}
}

// close ends the target once a reading that is under way has ended.
func (t *target) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.src != nil {
		_ = t.src.Close()
		t.src = nil
	}
}
