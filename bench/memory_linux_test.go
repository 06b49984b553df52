package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/memory"
)

// cgroups makes n empty memory cgroups, with the v2 cgroup beside each that
// tells its pressure where memory is v1's, as a container engine does.
func cgroups(b *testing.B, n int) []string {
	b.Helper()
	own, err := memory.CgroupOf(os.Getpid())
	if err != nil {
		b.Skipf("no real cgroup to read: %v", err)
	}
	var dirs []string
	for i := range n {
		dir := filepath.Join(own, fmt.Sprintf("pixelload-bench-%d-%d", os.Getpid(), i))
		if err := os.Mkdir(dir, 0o755); err != nil {
			b.Skipf("no real cgroup to read: %v", err)
		}
		b.Cleanup(func() { _ = os.Remove(dir) })
		dirs = append(dirs, dir)
		if beside := strings.Replace(dir, "/cgroup/memory/", "/cgroup/unified/", 1); beside != dir {
			if err := os.MkdirAll(beside, 0o755); err == nil {
				b.Cleanup(func() {
					for ; !strings.HasSuffix(beside, "/unified"); beside = filepath.Dir(beside) {
						_ = os.Remove(beside) // the parents that were made with it, once they are empty
					}
				})
			}
		}
	}
	return dirs
}

func openAll(b *testing.B, dirs []string) []memory.Source {
	b.Helper()
	var sources []memory.Source
	for _, dir := range dirs {
		src, err := memory.OpenCgroup(dir)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = src.Close() })
		sources = append(sources, src)
	}
	return sources
}

// BenchmarkSample is one sample of one real cgroup, again and again; cpu-us is
// what counts on a machine that others use too.
func BenchmarkSample(b *testing.B) {
	src := openAll(b, cgroups(b, 1))[0]
	b.ReportAllocs()
	before := processorTime(b)
	for b.Loop() {
		if _, err := src.Read(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((processorTime(b)-before).Microseconds())/float64(b.N), "cpu-us/op")
}

// BenchmarkHundredCgroups reads 100 cgroups once a second for 20 s, one after
// another, and tells the share of one core that the process used.
func BenchmarkHundredCgroups(b *testing.B) {
	const seconds = 20
	sources := openAll(b, cgroups(b, 100))
	for b.Loop() {
		before := processorTime(b)
		tick := time.NewTicker(time.Second)
		for range seconds {
			<-tick.C
			for _, src := range sources {
				if _, err := src.Read(); err != nil {
					b.Fatal(err)
				}
			}
		}
		tick.Stop()
		b.ReportMetric(100*(processorTime(b)-before).Seconds()/seconds, "%core")
	}
}

// processorTime is what this process has used.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
