package memory

import "time"

// noLimit1 is the least value that cgroup v1 means as "no limit": the largest
// signed number rounded down to a page, 9223372036854771712 with pages of 4 KiB
// and less with larger ones.
const noLimit1 = 1 << 62

// cgroup1 reads a memory cgroup v1.
//
//	U = total_rss + total_shmem + memory.kmem.usage_in_bytes + memory.kmem.tcp.usage_in_bytes
//
// total_rss is anonymous memory and not the RSS of the processes. Version 1
// does not say how much of the kernel's memory could be reclaimed, so U holds
// all of it: a few hundred KiB for a server with few files.
//
// Socket buffers are counted beside usage, and only after something was
// written to memory.kmem.tcp.limit_in_bytes. A zero cannot be told from a
// counter that is off; it leaves Sock unknown and adds nothing to U. A counter
// that nobody had switched on when the cgroup was opened is not read at all: of
// a hundred containers' samples that would be a sixth of the cost.
type cgroup1 struct {
	opener
	usage, peak, stat, kernel, oom *kernelFile

	tcp    *kernelFile
	tcpOff bool // nobody has switched the counter on
	psi    psiFile
	fields stat1
}

var _ Source = (*cgroup1)(nil)

func openCgroup1(dir string) (Source, error) {
	c := &cgroup1{opener: opener{dir: dir}}
	c.usage = c.must("memory.usage_in_bytes")
	c.stat = c.must("memory.stat")
	c.peak = c.may("memory.max_usage_in_bytes")
	c.kernel = c.may("memory.kmem.usage_in_bytes")
	c.openTCP()
	c.oom = c.must("memory.oom_control")
	c.openPressure()
	if c.err != nil {
		_ = c.Close()
		return nil, c.err
	}
	return c, nil
}

// openTCP opens the counter of socket buffers unless it is off: no limit is set,
// and it has never counted a byte.
func (c *cgroup1) openTCP() {
	var was opener
	defer func() { _ = was.Close() }()
	was.dir = c.dir
	limit, most := was.may("memory.kmem.tcp.limit_in_bytes"), was.may("memory.kmem.tcp.max_usage_in_bytes")
	r := newReader()
	defer r.done()
	none, never := r.figure(limit), r.figure(most)
	c.tcpOff = was.err == nil && r.err == nil && none.value >= noLimit1 && never == Known(0)
	if !c.tcpOff {
		c.tcp = c.may("memory.kmem.tcp.usage_in_bytes")
	}
}

// openPressure opens the pressure of the cgroup of the same path in v2, where
// one is mounted beside.
func (c *cgroup1) openPressure() {
	dir := system{proc: "/proc"}.pressureDir(c.dir)
	if dir == "" {
		return
	}
	beside := opener{dir: dir, err: c.err}
	c.psi.file = beside.open("memory.pressure", openPressure)
	c.files, c.err = append(c.files, beside.files...), beside.err
}

// Name returns "cgroup1".
func (c *cgroup1) Name() string { return "cgroup1" }

// Read takes one sample.
func (c *cgroup1) Read() (Sample, error) {
	s := Sample{Time: time.Now()}
	r := newReader()
	defer r.done()
	r.parse(c.stat, c.fields.parse)
	s.Usage = r.figure(c.usage)
	s.Peak = r.figure(c.peak)
	s.Kernel = r.figure(c.kernel)
	tcp := Known(0)
	if !c.tcpOff {
		tcp = r.figure(c.tcp)
	}
	r.parse(c.oom, func(data []byte) (err error) {
		s.OOMKills, err = parseOOMKills(data)
		return err
	})
	s.Pressure = r.pressure(&c.psi, s.Time)
	if r.err != nil {
		return Sample{}, r.err
	}
	s.Anon, s.File, s.Shmem, s.Swap = c.fields.rss, c.fields.cache, c.fields.shmem, c.fields.swap
	s.WorkingSet = less(s.Usage, c.fields.inactiveFile)
	s.Unreclaimable = sum(s.Anon, s.Shmem, s.Kernel, tcp)
	if tcp.value > 0 {
		s.Sock = tcp
	}
	if c.fields.limit.value < noLimit1 {
		s.Limit = c.fields.limit
	}
	return s, nil
}

// stat1 is what is read of memory.stat: the figures of the cgroup and all
// below it, and the smallest limit of it and all above it.
type stat1 struct{ rss, cache, shmem, swap, inactiveFile, limit Figure }

func (s *stat1) parse(data []byte) error {
	*s = stat1{}
	return parseKeyed(data, func(key []byte) *Figure {
		switch string(key) {
		case "total_rss":
			return &s.rss
		case "total_cache":
			return &s.cache
		case "total_shmem":
			return &s.shmem
		case "total_swap":
			return &s.swap
		case "total_inactive_file":
			return &s.inactiveFile
		case "hierarchical_memory_limit":
			return &s.limit
		}
		return nil
	})
}

// parseOOMKills reads the line "oom_kill N" of memory.oom_control (v1, since
// Linux 4.13) or memory.events (v2).
func parseOOMKills(data []byte) (kills Figure, err error) {
	err = parseKeyed(data, func(key []byte) *Figure {
		if string(key) == "oom_kill" {
			return &kills
		}
		return nil
	})
	return kills, err
}
