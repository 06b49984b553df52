package memory

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// procPeriod is the least time between two readings of a process tree. The
// kernel walks all of a process's pages under its mmap lock for one, about
// 25 us a MiB: at this rate a server of 400 MiB is held up by 1 % at most.
const procPeriod = time.Second

// process reads a process and all below it, where no cgroup can be had. Pages
// that processes share are split among them (PSS); a sum of RSS would count
// them once for each.
//
//	U = the sum of Pss_Anon + Pss_Shmem of PID/smaps_rollup
//
// The kernel's own memory and socket buffers cannot be seen from here, and
// Linux before 5.4 does not tell the kinds of pages apart: there U is unknown.
// Usage is the sum of Pss.
type process struct {
	root   string
	pid    int
	start  uint64
	epoch  Epoch
	closed bool
}

var _ Source = (*process)(nil)

// OpenProcess opens the process pid and all its descendants. root is where
// procfs is mounted: /proc.
func OpenProcess(root string, pid int) (Source, error) {
	stat, err := ReadProcess(root, pid)
	if err != nil {
		return nil, err
	}
	boot, err := bootTime(root)
	if err != nil {
		return nil, err
	}
	started := boot.Add(time.Duration(stat.Start) * tick)
	return &process{root: root, pid: pid, start: stat.Start, epoch: Epoch{ID: strconv.Itoa(pid), Started: started}}, nil
}

// tick is the unit of times in /proc: the kernel tells them in hundredths of a
// second, whatever it counts in itself.
const tick = time.Second / 100

// bootTime reads the line "btime SECONDS" of root/stat.
func bootTime(root string) (time.Time, error) {
	data, err := os.ReadFile(filepath.Join(root, "stat"))
	if err != nil {
		return time.Time{}, fmt.Errorf("reading when the machine booted: %w", err)
	}
	var boot Figure
	err = parseKeyed(data, func(key []byte) *Figure {
		if string(key) == "btime" {
			return &boot
		}
		return nil
	})
	if err != nil || !boot.known {
		return time.Time{}, errors.Join(fmt.Errorf("reading when the machine booted: no btime in %s/stat", root), err)
	}
	return time.Unix(int64(boot.value), 0).UTC(), nil
}

func (p *process) period() time.Duration { return procPeriod }

// Name returns "proc".
func (p *process) Name() string { return "proc" }

// Close ends reading. Files below /proc/PID belong to the program that the
// process ran when they were opened, so none is kept open.
func (p *process) Close() error {
	p.closed = true
	return nil
}

// Read takes one sample. It fails when the process has ended.
func (p *process) Read() (Sample, error) {
	if p.closed {
		return Sample{}, fmt.Errorf("reading process %d: %w", p.pid, os.ErrClosed)
	}
	s := Sample{Time: time.Now(), Epoch: p.epoch}
	tree, err := p.tree()
	if err != nil {
		return Sample{}, err
	}
	var total rollup
	for _, pid := range tree {
		one, err := p.rollup(pid)
		if pid != p.pid && gone(err) {
			continue
		}
		if err != nil {
			return Sample{}, err
		}
		total.add(one, pid == p.pid)
	}
	s.Usage, s.Anon, s.Shmem, s.Swap = total.pss, total.anon, total.shmem, total.swap
	s.File = sum(total.file, total.shmem)
	s.Unreclaimable = sum(total.anon, total.shmem)
	return s, nil
}

// gone reports that a process ended between being listed and being read.
func gone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH)
}

// tree returns the process and its descendants, the process first.
func (p *process) tree() ([]int, error) {
	stat, err := ReadProcess(p.root, p.pid)
	if err != nil {
		return nil, err
	}
	if stat.Start != p.start {
		return nil, fmt.Errorf("reading process %d: it has ended, another one has its number: %w", p.pid, fs.ErrNotExist)
	}
	children, err := p.children()
	if err != nil {
		return nil, err
	}
	tree := []int{p.pid}
	for i := 0; i < len(tree); i++ {
		tree = append(tree, children[tree[i]]...)
	}
	return tree, nil
}

// children lists every process under its parent.
func (p *process) children() (map[int][]int, error) {
	entries, err := os.ReadDir(p.root)
	if err != nil {
		return nil, fmt.Errorf("listing processes: %w", err)
	}
	children := map[int][]int{}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue // not a process
		}
		stat, err := ReadProcess(p.root, pid)
		if gone(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		children[stat.Parent] = append(children[stat.Parent], pid)
	}
	return children, nil
}

func (p *process) rollup(pid int) (rollup, error) {
	path := filepath.Join(p.root, strconv.Itoa(pid), "smaps_rollup")
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrPermission) {
		return rollup{}, fmt.Errorf("reading memory: %w: run pixelload as the user who owns process %d", err, pid)
	}
	if err != nil {
		return rollup{}, fmt.Errorf("reading memory: %w", err)
	}
	r, err := parseRollup(data)
	if err != nil {
		return rollup{}, fmt.Errorf("parsing %s: %w", path, err)
	}
	return r, nil
}

// rollup is what is read of smaps_rollup, in bytes.
type rollup struct{ pss, anon, file, shmem, swap Figure }

// add adds o; the first one is taken as it is, so that a total of nothing is
// unknown and not zero.
func (r *rollup) add(o rollup, first bool) {
	if first {
		*r = o
		return
	}
	r.pss, r.anon = sum(r.pss, o.pss), sum(r.anon, o.anon)
	r.file, r.shmem, r.swap = sum(r.file, o.file), sum(r.shmem, o.shmem), sum(r.swap, o.swap)
}

// parseRollup reads a header line and lines of "Key:   123 kB", where kB
// means 1024 bytes.
func parseRollup(data []byte) (r rollup, err error) {
	for line := range bytes.Lines(data) {
		key, value, _ := bytes.Cut(line, []byte(":"))
		place := r.place(key)
		if place == nil {
			continue
		}
		number, isKB := bytes.CutSuffix(bytes.TrimSpace(value), []byte(" kB"))
		v, err := strconv.ParseUint(string(number), 10, 54)
		if err != nil || !isKB {
			return rollup{}, fmt.Errorf("line %q: want a number of kB", bytes.TrimSpace(line))
		}
		*place = Known(v << 10)
	}
	return r, nil
}

func (r *rollup) place(key []byte) *Figure {
	switch string(key) {
	case "Pss":
		return &r.pss
	case "Pss_Anon":
		return &r.anon
	case "Pss_File":
		return &r.file
	case "Pss_Shmem":
		return &r.shmem
	case "SwapPss":
		return &r.swap
	}
	return nil
}
