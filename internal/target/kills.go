package target

import (
	"errors"

	"github.com/pixeltales/pixelload/internal/memory"
)

// A killCounter counts the processes that the kernel killed in a cgroup since
// the counter was made. It has a Source of its own: one serves one goroutine.
// The nil killCounter can count nothing.
type killCounter struct {
	src    memory.Source
	before uint64
}

var errNoCount = errors.New("the cgroup does not count kills")

func (c *killCounter) count() (uint64, error) {
	if c == nil {
		return 0, errNoCount
	}
	now, err := c.total()
	if err != nil || now < c.before {
		return 0, errors.Join(err, errNoCount)
	}
	return now - c.before, nil
}

func (c *killCounter) total() (uint64, error) {
	s, err := c.src.Read()
	if err != nil {
		return 0, err
	}
	kills, ok := s.OOMKills.Get()
	if !ok {
		return 0, errNoCount
	}
	return kills, nil
}

func (c *killCounter) close() {
	if c != nil {
		_ = c.src.Close() // it was only read
	}
}
