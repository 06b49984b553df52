package memory

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A stand is a source with a target that can be taken from it.
type stand struct {
	open func() (Source, error)
	// spoil makes what the source reads malformed.
	spoil func()
}

// stands are all sources, over recorded trees and servers.
var stands = map[string]func(t *testing.T) stand{
	"cgroup1": func(t *testing.T) stand { return tree(t, "testdata/v1/plan/pixelload-1", OpenCgroup) },
	"cgroup2": func(t *testing.T) stand { return tree(t, "testdata/v2/plan/pixelload-1", OpenCgroup) },
	"proc":    func(t *testing.T) stand { return tree(t, "testdata/proc", openProcess120) },
	"docker": func(t *testing.T) stand {
		host, e := newFakeEngine(t)
		return stand{
			open: func() (Source, error) {
				return openEngine(t.Context(), DockerOptions{Host: host, Container: "app"})
			},
			spoil: func() { e.fail(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "?") }) },
		}
	},
	"prometheus": func(t *testing.T) stand {
		return served(t, func(w http.ResponseWriter) {
			now := float64(time.Now().UnixMilli()) / 1000
			fmt.Fprintf(w, `{"status":"success","data":{"resultType":"matrix","result":[
				{"metric":{"__name__":"container_memory_usage_bytes","id":"/ab"},"values":[[%f,"5"],[%f,"7"]]},
				{"metric":{"__name__":"container_spec_memory_limit_bytes","id":"/ab"},"values":[[%f,"0"]]}]}}`, now-15, now, now)
		}, func(url string) (Source, error) {
			return OpenPrometheus(PrometheusOptions{URL: url, Container: "app"})
		})
	},
	"render": func(t *testing.T) stand {
		f := &fakeRender{memory: series("srv-a-1", "MB", point(0, "100"))}
		server := httptest.NewServer(f)
		t.Cleanup(server.Close)
		var opened *render
		return stand{
			open: func() (Source, error) {
				src, err := OpenRender(RenderOptions{URL: server.URL + "/v1", Service: "srv-a", Token: NewSecret(canary)})
				if err == nil {
					opened = src.(*render)
				}
				return src, err
			},
			spoil: func() {
				f.set(func() { f.memory = "?" })
				opened.due = time.Time{} // it is asked again in half a minute only
			},
		}
	},
}

func tree(t *testing.T, fixture string, open func(string) (Source, error)) stand {
	dir := copyTree(t, fixture)
	return stand{
		open:  func() (Source, error) { return open(dir) },
		spoil: func() { breakFiles(t, dir) },
	}
}

func served(t *testing.T, answer func(http.ResponseWriter), open func(url string) (Source, error)) stand {
	var spoilt atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if spoilt.Load() {
			fmt.Fprint(w, "?")
			return
		}
		answer(w)
	}))
	t.Cleanup(server.Close)
	return stand{open: func() (Source, error) { return open(server.URL) }, spoil: func() { spoilt.Store(true) }}
}

// cannotKnow are the figures that must be missing, not zero.
var cannotKnow = map[string][]string{
	"cgroup1":    {"restarts"},
	"cgroup2":    {"restarts"},
	"proc":       {"restarts", "oom_kills", "working_set_bytes", "kernel_bytes", "sock_bytes", "peak_bytes", "limit_bytes", "pressure"},
	"docker":     {"kernel_bytes", "sock_bytes", "swap_bytes", "pressure"},
	"prometheus": {"unreclaimable_bytes", "limit_bytes", "oom_kills", "restarts", "anon_bytes"},
	"render":     {"unreclaimable_bytes", "working_set_bytes", "anon_bytes", "peak_bytes", "pressure"},
}

// TestSources holds every source to what a reader of samples relies on.
func TestSources(t *testing.T) {
	t.Parallel()
	for name, set := range stands {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			place := set(t)
			src, err := place.open()
			if err != nil {
				t.Fatal(err)
			}
			if got := src.Name(); got != name {
				t.Errorf("Name() = %q; want %q", got, name)
			}
			first := readOnce(t, src)
			checkOrder(t, first)
			checkMissing(t, first, cannotKnow[name])
			second := readOnce(t, src)
			if second.Time.Before(first.Time) {
				t.Error("the second sample is older than the first")
			}
			if first.Epoch == (Epoch{}) || !second.Epoch.Equal(first.Epoch) {
				t.Errorf("epochs %v and %v; want one that is known", first.Epoch, second.Epoch)
			}
			if second.OOMKills.value < first.OOMKills.value || second.Restarts.value < first.Restarts.value {
				t.Error("a counter fell")
			}
			var lives Lives
			if got := append(lives.Next(first), lives.Next(second)...); got != nil {
				t.Errorf("between two samples of one life: %v", got)
			}
			place.spoil()
			if s, err := src.Read(); err == nil || s != (Sample{}) {
				t.Errorf("Read() of what is malformed = %+v, %v; want an error and no figures", s, err)
			}
			if err := src.Close(); err != nil {
				t.Errorf("Close() = %v", err)
			}
			if s, err := src.Read(); err == nil || s != (Sample{}) {
				t.Errorf("Read() after Close() = %+v, %v; want an error and no figures", s, err)
			}
		})
	}
}

// Two sources of one target share nothing: each serves a goroutine of its own.
// The race detector is what looks.
func TestSourcesAreIndependent(t *testing.T) {
	t.Parallel()
	for name, set := range stands {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			place := set(t)
			var readers sync.WaitGroup
			for range 2 {
				src, err := place.open()
				if err != nil {
					t.Fatal(err)
				}
				readers.Go(func() {
					defer src.Close()
					for range 3 {
						if _, err := src.Read(); err != nil {
							t.Error(err)
						}
					}
				})
			}
			readers.Wait()
		})
	}
}

// checkMissing reads a sample as what is stored of it.
func checkMissing(t *testing.T, s Sample, names []string) {
	t.Helper()
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.Contains(string(data), `"`+name+`"`) {
			t.Errorf("%s is in %s; want it missing", name, data)
		}
	}
}

// checkOrder checks working set <= usage and U <= usage + sock.
func checkOrder(t *testing.T, s Sample) {
	t.Helper()
	if !s.Usage.known {
		t.Fatalf("usage must be known: %+v", s)
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
