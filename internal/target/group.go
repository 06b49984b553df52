package target

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A group is the cgroup that a target lives in: one directory on v2, on v1 one
// for memory and, where a CPU share was asked for, one for cpu. The nil group
// is a target that could not be put in one.
type group struct {
	memory string // directory with the memory.* files
	cpu    string // directory with the cpu.* files; "" when no share was asked for
}

// dirs lists the group's directories once each.
func (g *group) dirs() []string {
	switch {
	case g == nil:
		return nil
	case g.cpu == "" || g.cpu == g.memory:
		return []string{g.memory}
	}
	return []string{g.memory, g.cpu}
}

// procs lists the files that a process writes its number to, to move there.
func (g *group) procs() (files []string) {
	for _, dir := range g.dirs() {
		files = append(files, filepath.Join(dir, "cgroup.procs"))
	}
	return files
}

// cpuPeriod is the period of the CPU share: a target with 0.1 CPU runs 10 ms in
// each. It is the kernel's own default, and what Docker and Kubernetes use.
const cpuPeriod = 100 * time.Millisecond

// setCPUs limits the group to that many CPUs; 0 lifts the limit.
func (g *group) setCPUs(cpus float64) error {
	if g == nil || g.cpu == "" {
		return errors.New("limiting the CPU share: the target was started without room for one")
	}
	period := strconv.FormatInt(cpuPeriod.Microseconds(), 10)
	quota := strconv.FormatInt(int64(cpus*float64(cpuPeriod.Microseconds())), 10)
	if _, err := os.Stat(filepath.Join(g.cpu, "cpu.max")); err == nil {
		if cpus == 0 {
			quota = "max"
		}
		return write(g.cpu, "cpu.max", quota+" "+period)
	}
	if cpus == 0 {
		quota = "-1"
	}
	return errors.Join(write(g.cpu, "cpu.cfs_period_us", period), write(g.cpu, "cpu.cfs_quota_us", quota))
}

// throttled is how long the group was held back by its CPU share, from
// cpu.stat: throttled_time (v1, nanoseconds) or throttled_usec (v2).
func (g *group) throttled() (time.Duration, bool) {
	if g == nil || g.cpu == "" {
		return 0, false
	}
	data, err := os.ReadFile(filepath.Join(g.cpu, "cpu.stat"))
	if err != nil {
		return 0, false
	}
	return parseThrottled(string(data))
}

func parseThrottled(stat string) (time.Duration, bool) {
	for line := range strings.Lines(stat) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		unit := map[string]time.Duration{"throttled_time": time.Nanosecond, "throttled_usec": time.Microsecond}[key]
		if n, err := strconv.ParseInt(value, 10, 64); unit != 0 && err == nil {
			return time.Duration(n) * unit, true
		}
	}
	return 0, false
}

// kill kills every process in the group and waits until it is empty.
func (g *group) kill() error {
	return retry(5*time.Second, func() error {
		left := 0
		for _, dir := range g.dirs() {
			n, err := killAll(dir)
			if err != nil {
				return err
			}
			left += n
		}
		if left > 0 {
			return fmt.Errorf("killing the target: %d processes are left in %s", left, g.memory)
		}
		return nil
	})
}

// killAll signals every process in dir and says how many there were. A dir
// that does not exist holds none.
func killAll(dir string) (int, error) {
	data, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENODEV) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("killing the target: %w", err)
	}
	pids := bytes.Fields(data)
	for _, field := range pids {
		// The kernel writes 0 for a process that cannot be seen from here;
		// to signal 0 would be to signal ourselves.
		if pid, err := strconv.Atoi(string(field)); err == nil && pid > 0 && pid != os.Getpid() {
			_ = syscall.Kill(pid, syscall.SIGKILL) // one that just ended is no error
		}
	}
	return len(pids), nil
}

// remove removes the group's directories. The kernel needs a moment after the
// last process has ended.
func (g *group) remove() error {
	var errs []error
	for _, dir := range g.dirs() {
		errs = append(errs, retry(3*time.Second, func() error {
			err := syscall.Rmdir(dir)
			if err == nil || errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return fmt.Errorf("removing the cgroup %s: %w", dir, err)
		}))
	}
	return errors.Join(errs...)
}

// retry repeats do until it succeeds or the time is over; the last error is
// returned.
func retry(limit time.Duration, do func() error) error {
	end := time.Now().Add(limit)
	for wait := time.Millisecond; ; wait = min(2*wait, 50*time.Millisecond) {
		err := do()
		if err == nil || time.Now().After(end) {
			return err
		}
		time.Sleep(wait)
	}
}

// write writes value to the file name in dir, which must exist.
func write(dir, name, value string) error {
	path := filepath.Join(dir, name)
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if _, err := file.WriteString(value); err != nil {
		return errors.Join(fmt.Errorf("%w (value %q)", err, value), file.Close())
	}
	return file.Close()
}

// writeOptional is write for a file that not every kernel has.
func writeOptional(dir, name, value string) error {
	if err := write(dir, name, value); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
