package collector

import (
	"cmp"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pixeltales/pixelload/internal/memory"
)

// How long a target that could not be opened is left alone: longer each time.
const (
	firstPause   = time.Second
	longestPause = 30 * time.Second
)

// Target is something whose memory is read.
type Target struct {
	// Name is the value of the label "target".
	Name string
	// Source is the Name of the memory.Source that Open gives, as far as can be
	// told before it has.
	Source string
	// Open opens the source. It is called until it succeeds: from then on it is
	// the source that follows the target through its lives.
	Open func() (memory.Source, error)
}

// target follows one target through its lives.
type target struct {
	Target
	log      *slog.Logger
	readings flight[reading]
	label    atomic.Value // string: the open source's name, also while a reading hangs
	hangs    atomic.Bool  // and that was logged

	mu              sync.Mutex // guards what follows, for as long as a reading lasts
	src             memory.Source
	lives           memory.Lives
	epoch           memory.Epoch // of the last sample
	began           bool         // there was one
	kills, restarts uint64       // over all lives

	err   error         // why the last reading failed
	pause time.Duration // before the source is opened again
	again time.Time
}

// reading is what one scrape saw of a target. Of one that has ended it holds
// the kills, if they are known: that is when they matter.
type reading struct {
	sample          memory.Sample
	kills, restarts memory.Figure // over all lives
	err             error
}

func newTarget(t Target, log *slog.Logger) *target {
	t.Name = clean(t.Name)
	return &target{Target: t, log: log}
}

// source is the value of the label "source".
func (t *target) source() string {
	if name, ok := t.label.Load().(string); ok {
		return name
	}
	return t.Source
}

// read takes a reading.
func (t *target) read() reading {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.src == nil && time.Now().Before(t.again) {
		return reading{err: t.err}
	}
	s, err := t.sample()
	t.note(err)
	var ended *memory.EndedError
	switch {
	case errors.As(err, &ended) && t.began:
		s = memory.Sample{Epoch: t.epoch, OOMKills: ended.OOMKills}
	case err != nil:
		return reading{err: err}
	}
	t.count(s)
	r := reading{sample: s, restarts: memory.Known(t.restarts), err: err}
	if !s.OOMKills.IsZero() {
		r.kills = memory.Known(t.kills)
	}
	return r
}

// sample reads the source, which it opens at first.
func (t *target) sample() (memory.Sample, error) {
	if t.src == nil {
		src, err := t.Open()
		if err != nil {
			t.pause = min(cmp.Or(2*t.pause, firstPause), longestPause)
			t.again = time.Now().Add(t.pause)
			return memory.Sample{}, err
		}
		t.src = src
		t.label.Store(src.Name())
	}
	return t.src.Read()
}

// note remembers how the reading went, and logs when that is new.
func (t *target) note(err error) {
	switch {
	case err != nil && t.err == nil:
		t.log.Warn("target cannot be read", "target", t.Name, "from", t.source(), "err", err)
	case err == nil && t.err != nil:
		t.log.Info("target is read again", "target", t.Name, "from", t.source())
	}
	t.err = err
}

// count adds what happened since the last sample to the counters. The first
// sample shows what was counted before.
func (t *target) count(s memory.Sample) {
	if !t.began {
		t.lives.Next(memory.Sample{Epoch: s.Epoch, OOMKills: memory.Known(0), Restarts: memory.Known(0)})
	}
	t.began, t.epoch = true, s.Epoch
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
		_ = t.src.Close() // it was only read
	}
}
