package memory

import (
	"os"
	"path/filepath"
	"testing"
)

// TestSources holds every source to what a reader of samples relies on.
func TestSources(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, fixture string
		open          func(path string) (Source, error)
	}{
		{"cgroup1", "testdata/v1/plan/pixelload-1", OpenCgroup},
		{"cgroup2", "testdata/v2/plan/pixelload-1", OpenCgroup},
		{"proc", "testdata/proc", openProcess120},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := copyTree(t, tt.fixture)
			src := open(t, tt.open, dir)
			if got := src.Name(); got != tt.name {
				t.Errorf("Name() = %q; want %q", got, tt.name)
			}
			first := readOnce(t, src)
			checkOrder(t, first)
			if second := readOnce(t, src); second.Time.Before(first.Time) {
				t.Error("the second sample is older than the first")
			}
			breakFiles(t, dir)
			if s, err := src.Read(); err == nil {
				t.Errorf("Read() of malformed files = %+v; want an error", s)
			}
		})
	}
}

// checkOrder checks working set <= usage and U <= usage + sock.
func checkOrder(t *testing.T, s Sample) {
	t.Helper()
	if !s.Unreclaimable.known || !s.Usage.known {
		t.Fatalf("U and usage must be known: %+v", s)
	}
	if s.WorkingSet.value > s.Usage.value {
		t.Errorf("working set %d > usage %d", s.WorkingSet.value, s.Usage.value)
	}
	if s.Unreclaimable.value > s.Usage.value+s.Sock.value {
		t.Errorf("U %d > usage %d + sock %d", s.Unreclaimable.value, s.Usage.value, s.Sock.value)
	}
}

// breakFiles makes every file below dir malformed, in place: they are open.
func breakFiles(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return os.WriteFile(path, []byte("?"), 0)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// BenchmarkRead reads the fixtures, and the cgroup that PIXELLOAD_BENCH_CGROUP
// names: a real one shows what the kernel takes to make the text.
func BenchmarkRead(b *testing.B) {
	paths := map[string]string{
		"cgroup1": "testdata/v1/plan/pixelload-1",
		"cgroup2": "testdata/v2/plan/pixelload-1",
	}
	if real := os.Getenv("PIXELLOAD_BENCH_CGROUP"); real != "" {
		paths["real"] = real
	}
	for name, path := range paths {
		b.Run(name, func(b *testing.B) {
			src := open(b, OpenCgroup, path)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := src.Read(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
