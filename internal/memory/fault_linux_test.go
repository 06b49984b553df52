package memory

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The tests of this file and of those beside it are named after the rows of the
// fault list that the project began with.

// A process beyond its limit is killed by the kernel: it is counted once, and
// the samples before it stay.
func TestFault01OOMKilledMidRun(t *testing.T) {
	t.Parallel()
	group := newGroup(t, 32*MiB)
	target, in := group.run(t, "touch 8 stdin touch 64")
	src := open(t, OpenCgroup, group.dir)
	var lives Lives
	eventually(t, "8 MiB", func() bool {
		s := readOnce(t, src)
		if got := lives.Next(s); got != nil {
			t.Fatalf("before the kill: %v", got)
		}
		return s.Unreclaimable.value > 8*MiB
	})
	fmt.Fprintln(in)
	err := target.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the target ended with %v; want SIGKILL", err)
	}
	if diff := cmp.Diff([]Change{{OOMKilled, 1}}, lives.Next(readOnce(t, src))); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if got := lives.Next(readOnce(t, src)); got != nil {
		t.Errorf("afterwards: %v; want nothing more", got)
	}
}

// A child that is killed is counted, and the target lives on.
func TestFault01ChildOOMKilled(t *testing.T) {
	t.Parallel()
	group := newGroup(t, 32*MiB)
	target, in := group.run(t, "stdin child 64 stdin exit 0")
	src := open(t, OpenCgroup, group.dir)
	var lives Lives
	lives.Next(readOnce(t, src))
	fmt.Fprintln(in)
	var got []Change
	eventually(t, "kill", func() bool {
		got = append(got, lives.Next(readOnce(t, src))...)
		return got != nil
	})
	if diff := cmp.Diff([]Change{{OOMKilled, 1}}, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	fmt.Fprintln(in)
	if err := target.Wait(); err != nil {
		t.Errorf("the target ended with %v; want 0", err)
	}
}

func TestFault04ProcessNumberUsedAgain(t *testing.T) {
	t.Parallel()
	root := copyTree(t, "testdata/proc")
	src := open(t, openProcess120, root)
	later, err := os.ReadFile("testdata/proc/130/stat") // another start time
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(root, "120"), "stat", "120"+string(later[len("130"):]))
	if s, err := src.Read(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Read() = %+v, %v; want fs.ErrNotExist", s, err)
	}
	again := open(t, openProcess120, root)
	var lives Lives
	lives.Next(Sample{Epoch: src.(*process).epoch})
	if diff := cmp.Diff([]Change{{Restarted, 1}}, lives.Next(Sample{Epoch: again.(*process).epoch})); diff != "" {
		t.Errorf("the same number with another start time (-want +got):\n%s", diff)
	}
}

// The cgroup is removed while it is sampled and made again: one gap, an error
// that names it, and a new epoch.
func TestFault05CgroupVanishes(t *testing.T) {
	t.Parallel()
	group := newGroup(t, 32*MiB)
	src := &failing{Source: open(t, OpenCgroup, group.dir)}
	ctx, cancel := context.WithCancel(t.Context())
	samples, gaps, done := make(chan Sample, 10_000), make(chan error, 10_000), make(chan struct{})
	go func() {
		defer close(done)
		Watch(ctx, src, 10*time.Millisecond, func(s Sample) { samples <- s }, func(_ time.Duration, err error) {
			if !errors.Is(err, ErrLate) { // the machine may be busy
				gaps <- err
			}
		})
	}()
	before := <-samples
	if err := os.Remove(group.dir); err != nil {
		t.Fatal(err)
	}
	eventually(t, "failing reading", func() bool { return src.failed.Load() })
	if err := group.make(32 * MiB); err != nil {
		t.Fatal(err)
	}
	err := <-gaps
	if !errors.Is(err, syscall.ENODEV) || !strings.Contains(err.Error(), group.dir+": the cgroup was removed") {
		t.Errorf("gap %v; want one that names the removed cgroup", err)
	}
	after := before
	for after.Epoch.Equal(before.Epoch) {
		after = <-samples
	}
	cancel()
	<-done
	if len(gaps) != 0 {
		t.Errorf("another gap: %v", <-gaps)
	}
	var lives Lives
	lives.Next(before)
	if diff := cmp.Diff([]Change{{Recreated, 1}}, lives.Next(after)); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}

// failing notes that a reading failed.
type failing struct {
	Source
	failed atomic.Bool
}

func (f *failing) Read() (Sample, error) {
	s, err := f.Source.Read()
	if err != nil {
		f.failed.Store(true)
	}
	return s, err
}

// A file that may not be read is named at the start, with what would help.
func TestFault06Unreadable(t *testing.T) {
	t.Parallel()
	dir := copyTree(t, "testdata/v1/plan/pixelload-1")
	open := func() (Source, error) { return OpenCgroup(dir) }
	if os.Getuid() == 0 {
		// Permissions don't hold for root. On Linux each thread has its own user
		// for files: this one becomes nobody, and ends with the goroutine.
		for up := dir; up != os.TempDir(); up = filepath.Dir(up) {
			if err := os.Chmod(up, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		open = func() (src Source, err error) {
			done := make(chan struct{})
			go func() {
				defer close(done)
				runtime.LockOSThread()
				_, _, _ = syscall.RawSyscall(syscall.SYS_SETFSUID, 65534, 0, 0) // returns the old one, never fails
				src, err = OpenCgroup(dir)
			}()
			<-done
			return src, err
		}
	}
	if err := os.Chmod(filepath.Join(dir, "memory.stat"), 0); err != nil {
		t.Fatal(err)
	}
	src, err := open()
	if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "memory.stat: permission denied: run pixelload as a user who may read it") {
		t.Errorf("OpenCgroup = %v, %v; want the file, and what helps", src, err)
	}
}

// Keys that nobody knows may say anything; those that are read must be numbers;
// a missing one leaves its figures unknown, and a repeated one counts once.
func TestFault08OddStat(t *testing.T) {
	t.Parallel()
	const good = "cache 1\ntotal_cache 100\ntotal_rss 200\ntotal_shmem 30\ntotal_inactive_file 10\n"
	known := Known(200 + 30 + 319488 + 3985408)
	for name, tt := range map[string]struct {
		stat, err string
		u         Figure
	}{
		"as it should be":   {stat: good, u: known},
		"an unknown key":    {stat: "new -1\nnewer 123456789012345678901\nword word word\n\n" + good, u: known},
		"missing total_rss": {stat: strings.Replace(good, "total_rss 200\n", "", 1)},
		"twice":             {stat: good + "total_rss 200\n", u: known},
		"negative":          {stat: good + "total_rss -4096\n", err: `line "total_rss -4096": want a key and a number`},
		"20 digits": {stat: good + "total_rss 18446744073709551616\n",
			err: `line "total_rss 18446744073709551616": want a key and a number`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := copyTree(t, "testdata/v1/plan/pixelload-1")
			write(t, dir, "memory.stat", tt.stat)
			s, err := open(t, OpenCgroup, dir).Read()
			if !strings.HasSuffix(errorText(err), tt.err) || (err == nil) != (tt.err == "") || s.Unreclaimable != tt.u {
				t.Errorf("Read() = U %v, %v; want %v, %q", s.Unreclaimable, err, tt.u, tt.err)
			}
		})
	}
}

// Usage and memory.stat are read one after the other: the difference of the two
// is at least 0.
func TestFault10UsageBelowInactiveFile(t *testing.T) {
	t.Parallel()
	for version, file := range map[string]string{"v1": "memory.usage_in_bytes", "v2": "memory.current"} {
		dir := copyTree(t, filepath.Join("testdata", version, "plan/pixelload-1"))
		write(t, dir, file, "4096\n")
		if got := readOnce(t, open(t, OpenCgroup, dir)).WorkingSet; got != Known(0) {
			t.Errorf("%s: working set %v; want 0", version, got)
		}
	}
}

// stopped makes this test binary a process that watches a fixture and tells of
// gaps.
const stopped = "PIXELLOAD_TEST_WATCH"

func watchFixture() {
	src, err := OpenCgroup("testdata/v1/plan/pixelload-1")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("watching")
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // until the test closes it
		cancel()
	}()
	Watch(ctx, src, 100*time.Millisecond, func(Sample) {}, func(length time.Duration, err error) {
		fmt.Println(length.Milliseconds(), err)
	})
}

// A sampler that is held up says for how long: what was not read is a gap.
func TestFault13SamplerStopped(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), stopped+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 64)
	if n, err := out.Read(buf); string(buf[:n]) != "watching\n" {
		t.Fatalf("the sampler says %q, %v", buf[:n], err)
	}
	time.Sleep(300 * time.Millisecond)
	for _, sig := range []os.Signal{syscall.SIGSTOP, syscall.SIGCONT} {
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		if sig == syscall.SIGSTOP {
			time.Sleep(3 * time.Second)
		}
	}
	time.Sleep(500 * time.Millisecond)
	in.Close()
	text, _ := io.ReadAll(out)
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	found := false
	for line := range strings.Lines(string(text)) {
		var ms int
		_, _ = fmt.Sscan(line, &ms)
		found = found || ms >= 2900 && ms < 8000 && strings.Contains(line, ErrLate.Error())
	}
	if !found {
		t.Errorf("gaps:\n%s\nwant one of 3 s that was late", text)
	}
}
