package memory

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// The fixtures were recorded from real kernels (v1: 6.18, v2: 6.1) beneath a
// process that holds 20 MiB, a shared file of 3 MiB, a file of 5 MiB and a
// socket that nobody reads.
func TestCgroups(t *testing.T) {
	t.Parallel()
	tests := []struct {
		dir  string
		want Sample
	}{
		{"v1/plan/pixelload-1", Sample{
			Unreclaimable: Known(25604096 + 3145728 + 319488 + 3985408),
			WorkingSet:    Known(35196928 - 5242880),
			Usage:         Known(35196928), Peak: Known(35196928),
			Anon: Known(25604096), File: Known(8859648), Shmem: Known(3145728),
			Kernel: Known(319488), Sock: Known(3985408), Swap: Known(0),
			Limit: Known(512 * MiB), OOMKills: Known(0),
		}},
		{"v1/unlimited", Sample{ // and a kernel that does not count its own memory
			WorkingSet: Known(35196928 - 5242880),
			Usage:      Known(35196928), Peak: Known(35196928),
			Anon: Known(25604096), File: Known(8859648), Shmem: Known(3145728),
			Swap: Known(0), OOMKills: Known(0),
		}},
		{"v2/plan/pixelload-1", Sample{
			Unreclaimable: Known(26263552 + 8388608 + 434176 - 276832 + 2695168),
			WorkingSet:    Known(47681536 - 9592832),
			Usage:         Known(47681536), Peak: Known(47681536),
			Anon: Known(26263552), File: Known(18124800), Shmem: Known(8388608),
			Kernel: Known(434176), Sock: Known(2695168), Swap: Known(0),
			Limit: Known(512 * MiB), OOMKills: Known(0),
		}},
		{"v2/old", Sample{ // Linux 5.15: the sum "kernel" and memory.peak are missing
			Unreclaimable: Known(26263552 + 8388608 + 94208 + 307984 - 276832 + 2695168),
			WorkingSet:    Known(47681536 - 9592832),
			Usage:         Known(47681536),
			Anon:          Known(26263552), File: Known(18124800), Shmem: Known(8388608),
			Kernel: Known(94208 + 307984), Sock: Known(2695168), OOMKills: Known(0),
		}},
	}
	for _, tt := range tests {
		t.Run(tt.dir, func(t *testing.T) {
			t.Parallel()
			got := readOnce(t, open(t, OpenCgroup, filepath.Join("testdata", tt.dir)))
			if diff := cmp.Diff(tt.want, got, figures, cmpopts.IgnoreFields(Sample{}, "Time", "Epoch")); diff != "" {
				t.Errorf("Read() mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

var figures = cmp.AllowUnexported(Figure{})

// The limit that counts is the smallest on the way up, on either version.
func TestLimitOfAncestor(t *testing.T) {
	t.Parallel()
	dir := copyTree(t, "testdata/v2")
	write(t, filepath.Join(dir, "plan"), "memory.max", "268435456\n")
	got := readOnce(t, open(t, OpenCgroup, filepath.Join(dir, "plan/pixelload-1")))
	if want := Known(256 * MiB); got.Limit != want {
		t.Errorf("Limit = %v; want %v", got.Limit, want)
	}
}

func TestOpenCgroupErrors(t *testing.T) {
	t.Parallel()
	bad := copyTree(t, "testdata/v1/plan/pixelload-1")
	if err := os.Remove(filepath.Join(bad, "memory.stat")); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{
		"testdata/none": "opening a memory cgroup: stat testdata/none: no such file or directory",
		"testdata":      "neither memory.usage_in_bytes (v1) nor memory.current (v2)",
		bad:             "memory.stat: no such file or directory",
	} {
		src, err := OpenCgroup(dir)
		if err == nil {
			src.Close()
		}
		if !strings.Contains(errorText(err), want) {
			t.Errorf("OpenCgroup(%q) = %v; want an error with %q", dir, err, want)
		}
	}
}

func TestMalformedNamesFileAndLine(t *testing.T) {
	t.Parallel()
	dir := copyTree(t, "testdata/v2/plan/pixelload-1")
	src := open(t, OpenCgroup, dir)
	write(t, dir, "memory.stat", "anon 1\nshmem lots\n")
	_, err := src.Read()
	if want := dir + `: parsing memory.stat: line "shmem lots": want a key and a number`; errorText(err) != want {
		t.Errorf("Read() = %v; want %q", err, want)
	}
}

func open(t testing.TB, open func(string) (Source, error), path string) Source {
	t.Helper()
	src, err := open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := src.Close(); err != nil {
			t.Error(err)
		}
	})
	return src
}

func readOnce(t testing.TB, src Source) Sample {
	t.Helper()
	s, err := src.Read()
	if err != nil {
		t.Fatal(err)
	}
	if age := time.Since(s.Time); age < 0 || age > time.Minute {
		t.Errorf("Time is %v ago; want now", age)
	}
	return s
}

func copyTree(t testing.TB, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

// The counter of socket buffers is left alone while it is off, and read from
// the first byte that it ever counted.
func TestCounterThatIsOff(t *testing.T) {
	t.Parallel()
	const none = "9223372036854771712\n"
	for _, tt := range []struct {
		limit, most string
		sock        Figure
	}{
		{none, "0\n", Figure{}},
		{"536870912\n", "0\n", Known(3985408)},
		{none, "3985408\n", Known(3985408)},
	} {
		dir := copyTree(t, "testdata/v1/plan/pixelload-1")
		write(t, dir, "memory.kmem.tcp.limit_in_bytes", tt.limit)
		write(t, dir, "memory.kmem.tcp.max_usage_in_bytes", tt.most)
		got := readOnce(t, open(t, OpenCgroup, dir))
		if want := Known(25604096 + 3145728 + 319488 + tt.sock.value); got.Sock != tt.sock || got.Unreclaimable != want {
			t.Errorf("limit %q, most %q: Sock = %v, U = %v; want %v, %v", tt.limit, tt.most, got.Sock, got.Unreclaimable, tt.sock, want)
		}
	}
}
