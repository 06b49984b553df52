package memory

import (
	"path/filepath"
	"time"
)

// cgroup2 reads a memory cgroup v2.
//
//	U = anon + shmem + kernel - slab_reclaimable + sock
//
// all of memory.stat. Socket buffers are inside memory.current here. Linux
// before 5.18 has no sum "kernel"; there it is kernel_stack + pagetables +
// percpu + slab, which leaves out what those kernels do not itemise.
type cgroup2 struct {
	opener
	current, peak, stat, swap, events *kernelFile
	psi                               psiFile
	limits                            []*kernelFile // memory.max of the cgroup and its ancestors
	fields                            stat2
}

var _ Source = (*cgroup2)(nil)

func openCgroup2(dir string) (Source, error) {
	c := &cgroup2{opener: opener{dir: dir}}
	c.current = c.must("memory.current")
	c.stat = c.must("memory.stat")
	c.events = c.must("memory.events")
	c.peak = c.may("memory.peak") // since Linux 5.19
	c.swap = c.may("memory.swap.current")
	c.psi.file = c.open("memory.pressure", openPressure)
	c.openLimits()
	if c.err != nil {
		_ = c.Close()
		return nil, c.err
	}
	return c, nil
}

// openLimits opens memory.max here and upwards, as far as there is one: the
// root of the hierarchy has none.
func (c *cgroup2) openLimits() {
	for dir := c.dir; ; dir = filepath.Dir(dir) {
		up := opener{dir: dir, err: c.err}
		limit := up.may("memory.max")
		c.files, c.err = append(c.files, up.files...), up.err
		if limit == nil {
			return
		}
		c.limits = append(c.limits, limit)
	}
}

// Name returns "cgroup2".
func (c *cgroup2) Name() string { return "cgroup2" }

// Read takes one sample.
func (c *cgroup2) Read() (Sample, error) {
	s := Sample{Time: time.Now()}
	r := newReader()
	defer r.done()
	r.parse(c.stat, c.fields.parse)
	s.Usage = r.figure(c.current)
	s.Peak = r.figure(c.peak)
	s.Swap = r.figure(c.swap)
	s.Limit = c.smallestLimit(r)
	r.parse(c.events, func(data []byte) (err error) {
		s.OOMKills, err = parseOOMKills(data)
		return err
	})
	s.Pressure = r.pressure(&c.psi, s.Time)
	if r.err != nil {
		return Sample{}, r.err
	}
	f := &c.fields
	s.Anon, s.File, s.Shmem, s.Sock, s.Kernel = f.anon, f.file, f.shmem, f.sock, f.kernelSum()
	s.WorkingSet = less(s.Usage, f.inactiveFile)
	s.Unreclaimable = sum(s.Anon, s.Shmem, less(s.Kernel, f.slabReclaimable), s.Sock)
	return s, nil
}

func (c *cgroup2) smallestLimit(r *reader) (smallest Figure) {
	for _, f := range c.limits {
		limit := r.figure(f)
		if limit.known && (!smallest.known || limit.value < smallest.value) {
			smallest = limit
		}
	}
	return smallest
}

// stat2 is what is read of memory.stat.
type stat2 struct {
	anon, file, shmem, sock, inactiveFile         Figure
	kernel, kernelStack, pagetables, percpu, slab Figure
	slabReclaimable                               Figure
}

func (s *stat2) parse(data []byte) error {
	*s = stat2{}
	return parseKeyed(data, s.place)
}

func (s *stat2) place(key []byte) *Figure {
	switch string(key) {
	case "anon":
		return &s.anon
	case "file":
		return &s.file
	case "shmem":
		return &s.shmem
	case "sock":
		return &s.sock
	case "inactive_file":
		return &s.inactiveFile
	case "kernel":
		return &s.kernel
	case "kernel_stack":
		return &s.kernelStack
	case "pagetables":
		return &s.pagetables
	case "percpu":
		return &s.percpu
	case "slab":
		return &s.slab
	case "slab_reclaimable":
		return &s.slabReclaimable
	}
	return nil
}

// kernelSum is all memory of the kernel, reclaimable or not.
func (s *stat2) kernelSum() Figure {
	if s.kernel.known {
		return s.kernel
	}
	return sum(s.kernelStack, s.pagetables, s.percpu, s.slab)
}
