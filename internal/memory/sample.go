// Package memory reads the memory of one target from one source.
//
// Every source yields the same Sample. What a source cannot know is absent
// from it, never zero; a file that cannot be read is an error, never a zero.
// The verdicts are made of Sample.Unreclaimable: with swap off it is what the
// kernel compares with the limit after it has dropped all it can drop.
package memory

import (
	"fmt"
	"strconv"
	"time"
)

// MiB is the unit of every figure that pixelload prints.
const MiB = 1 << 20

// Figure is one reading that a source may not be able to give, in bytes or as
// a count. The zero value is an unknown figure.
type Figure struct {
	value uint64
	known bool
}

// Known returns the figure v.
func Known(v uint64) Figure { return Figure{value: v, known: true} }

// Get returns the figure and whether it is known.
func (f Figure) Get() (uint64, bool) { return f.value, f.known }

// IsZero reports that the figure is not known, so that `json:",omitzero"`
// leaves it out.
func (f Figure) IsZero() bool { return !f.known }

// MarshalJSON writes the number, or null for an unknown figure.
func (f Figure) MarshalJSON() ([]byte, error) {
	if !f.known {
		return []byte("null"), nil
	}
	return strconv.AppendUint(nil, f.value, 10), nil
}

// UnmarshalJSON reads what MarshalJSON wrote. A run file has hundreds of
// thousands of figures, so it does without a decoder.
func (f *Figure) UnmarshalJSON(data []byte) error {
	*f = Figure{}
	if string(data) == "null" {
		return nil
	}
	v, err := strconv.ParseUint(string(data), 10, 64)
	if err != nil {
		return fmt.Errorf("a figure that is no number of bytes: %w", err)
	}
	*f = Known(v)
	return nil
}

// Sample is one reading of a source. The words are the kernel's and cAdvisor's.
type Sample struct {
	// Time is when the source was read; it carries the monotonic clock.
	Time time.Time `json:"-"`
	// Epoch is the life of the target that was read: samples of two are never
	// one series.
	Epoch Epoch `json:"-"`

	// Unreclaimable is U: anonymous, shared and kernel memory and socket
	// buffers, less what the kernel can take back.
	Unreclaimable Figure `json:"unreclaimable_bytes,omitzero"`
	// WorkingSet is usage less inactive file pages, what docker stats,
	// cAdvisor and the kubelet print.
	WorkingSet Figure `json:"working_set_bytes,omitzero"`
	// Usage is all that is charged: memory.usage_in_bytes, memory.current.
	Usage Figure `json:"usage_bytes,omitzero"`
	Anon  Figure `json:"anon_bytes,omitzero"`
	// File is page cache, shared memory included.
	File   Figure `json:"file_bytes,omitzero"`
	Kernel Figure `json:"kernel_bytes,omitzero"`
	// Sock is TCP buffers; cgroup v1 keeps them outside Usage.
	Sock  Figure `json:"sock_bytes,omitzero"`
	Shmem Figure `json:"shmem_bytes,omitzero"`
	Swap  Figure `json:"swap_bytes,omitzero"`
	// Peak is the kernel's own highest Usage: it holds page cache and is
	// clipped at the limit.
	Peak Figure `json:"peak_bytes,omitzero"`
	// Limit is the smallest limit of the cgroup and its ancestors. Unknown
	// where there is none.
	Limit Figure `json:"limit_bytes,omitzero"`
	// OOMKills counts processes that the kernel killed for want of memory: at
	// least those since the source was opened. It never falls while the source
	// is open, whatever becomes of the target.
	OOMKills Figure `json:"oom_kills,omitzero"`
	// Restarts counts the lives of the target that began since the source was
	// opened; it changes only together with Epoch.
	Restarts Figure `json:"restarts,omitzero"`
	// Pressure is how much the target was held up for want of memory; nil where
	// the kernel does not say.
	Pressure *Pressure `json:"pressure,omitempty"`
}

// Pressure is the kernel's pressure stall information on memory: the shares of
// the last ten seconds, from 0 to 1, in which some or all of the target's
// processes stood still waiting for memory.
type Pressure struct {
	Some float64 `json:"some"`
	Full float64 `json:"full"`
}

// Source reads one target's memory.
type Source interface {
	// Name is the source's one spelling: cgroup1, cgroup2, docker, proc,
	// prometheus, render.
	Name() string
	// Read takes one sample. After an error the source may be read again.
	Read() (Sample, error)
	// Close releases the open files.
	Close() error
}
