package memory

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// fakeEngine answers on a Unix socket as a Docker engine of API 1.41 does, or
// fails in the way that the test asks for: a real one does not fail to order.
type fakeEngine struct {
	mu      sync.Mutex
	fault   http.HandlerFunc
	changed chan struct{} // closed when fault changes: streams end
	stats   []byte
	memory  string
}

func newFakeEngine(t *testing.T) (host string, e *fakeEngine) {
	t.Helper()
	running, err := os.ReadFile("testdata/docker/running1.json")
	if err != nil {
		t.Fatal(err)
	}
	e = &fakeEngine{changed: make(chan struct{}), stats: running, memory: "536870912"}
	dir, err := os.MkdirTemp("", "engine") // a socket's path may have 107 characters
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: l, Config: &http.Server{Handler: e}}
	server.Start()
	t.Cleanup(func() {
		e.fail(nil)
		server.CloseClientConnections()
		server.Close()
		_ = os.RemoveAll(dir)
	})
	return "unix://" + path, e
}

// fail makes the engine answer everything so; nil: as it should.
func (e *fakeEngine) fail(how http.HandlerFunc) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fault = how
	close(e.changed)
	e.changed = make(chan struct{})
}

func (e *fakeEngine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	fault, changed, stats, memory := e.fault, e.changed, e.stats, e.memory
	e.mu.Unlock()
	if fault != nil {
		fault(w, r)
		return
	}
	w.Header().Set("Api-Version", "1.41")
	w.Header().Set("Content-Type", "application/json")
	path, versioned := strings.CutPrefix(r.URL.Path, "/v1.41")
	switch {
	case path == "/_ping":
	case !versioned:
		http.Error(w, `{"message":"the version was not negotiated"}`, http.StatusBadRequest)
	case path == "/events":
		w.(http.Flusher).Flush()
		<-changed
	case path == "/containers/app/json" || path == "/containers/"+fakeID+"/json":
		fmt.Fprintf(w, `{"Id":%q,"Name":"/app","State":{"Pid":1,"StartedAt":"2026-11-23T12:00:00.5Z"},
			"HostConfig":{"Memory":%s},"Config":{"Env":["TOKEN=canary"],"Labels":{"a":"b"}}}`, fakeID, memory)
	case path == "/containers/"+fakeID+"/stats":
		_, _ = w.Write(stats)
	case path == "/containers/json":
		fmt.Fprint(w, `[]`)
	default:
		http.Error(w, `{"message":"No such container"}`, http.StatusNotFound)
	}
}

var fakeID = strings.Repeat("ab", 32)

// What is published is known by the engine's own words, and whether it is here
// by where it listens.
func TestPublished(t *testing.T) {
	c, err := parseContainer(strings.NewReader(`{"Id":"a","NetworkSettings":{"Ports":{"9000/tcp":null,"53/udp":[{"HostIp":"","HostPort":"53"}],
		"8000/tcp":[{"HostIp":"::","HostPort":"8001"},{"HostIp":"","HostPort":"8002"},{"HostIp":"127.0.0.1","HostPort":"8000"}]}}}`))
	if got := fmt.Sprint(c.Published); err != nil || got != "[0.0.0.0:8002 127.0.0.1:8000 [::]:8001]" {
		t.Errorf("published %s, %v", got, err)
	}
	for engine, here := range map[string]bool{
		"unix:///var/run/docker.sock": true, "npipe:////./pipe/docker_engine": true, "tcp://127.0.0.1:2375": true, "tcp://localhost:2375": true,
		"tcp://198.51.100.7:2375": false, "tcp://build.example:2376": false, "ssh://me@build.example": false,
	} {
		if got := isHere(engine); got != here {
			t.Errorf("isHere(%q) = %v", engine, got)
		}
	}
}

// hangUp answers text and then resets the connection.
func hangUp(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		fmt.Fprint(conn, text)
		if c, ok := conn.(interface{ SetLinger(int) error }); ok {
			_ = c.SetLinger(0)
		}
		conn.Close()
	}
}

// Whatever the engine does, a figure is an error soon, the cgroup is read on,
// and all is well when the engine is back.
func TestFault11EngineFails(t *testing.T) {
	t.Parallel()
	faults := map[string]http.HandlerFunc{
		"hangs":       func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"resets":      hangUp(""),
		"half answer": hangUp("HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"read\":"),
		"half JSON":   func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"read":"2026-`) },
		"500":         func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"no memory":   func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{}`) },
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host, e := newFakeEngine(t)
			api, err := openEngine(t.Context(), DockerOptions{Host: host, Container: "app"})
			if err != nil {
				t.Fatal(err)
			}
			defer api.Close()
			files, err := openEngine(t.Context(), DockerOptions{Host: host, Container: "app"})
			if err != nil {
				t.Fatal(err)
			}
			defer files.Close()
			files.cgroup = true
			if files.files, err = OpenCgroup("testdata/v1/plan/pixelload-1"); err != nil {
				t.Fatal(err)
			}
			well := readOnce(t, api)
			if well.Restarts != Known(0) || well.OOMKills != Known(0) || !well.Unreclaimable.known {
				t.Errorf("before: %+v", well)
			}

			e.fail(fault)
			began := time.Now()
			s, err := api.Read()
			if err == nil || s != (Sample{}) || !strings.Contains(err.Error(), "reading container app: ") {
				t.Errorf("Read() = %+v, %v; want an error that names the container", s, err)
			}
			if took := time.Since(began); took > engineTimeout+2*time.Second {
				t.Errorf("the error took %v; want at most %v", took, engineTimeout)
			}
			eventually(t, "loss of the connection", func() bool { return !files.control.now().connected })
			direct := readOnce(t, files)
			if direct.Restarts.known || !direct.OOMKills.known || !direct.Unreclaimable.known {
				t.Errorf("without the engine: restarts %v, kills %v, U %v; want unknown, known, known",
					direct.Restarts, direct.OOMKills, direct.Unreclaimable)
			}

			e.fail(nil)
			eventually(t, "return", func() bool {
				s, err := api.Read()
				return err == nil && s.Restarts == Known(0)
			})
		})
	}
}

func TestFault11EngineRefuses(t *testing.T) {
	t.Parallel()
	_, err := OpenDocker(t.Context(), DockerOptions{Host: "unix:///nonexistent/docker.sock", Container: "app"})
	if err == nil || !strings.Contains(err.Error(), "asking the Docker engine") {
		t.Errorf("OpenDocker = %v; want an error that names the engine", err)
	}
}

// A container that has ended answers without memory: recorded from a real
// engine, 20.10.24.
func TestFault12StatsOfTheDead(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/docker/ended.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(data, []byte(`"read":"0001-01-01T00:00:00Z"`)) {
		t.Fatal("the fixture is another")
	}
	host, e := newFakeEngine(t)
	src, err := openEngine(t.Context(), DockerOptions{Host: host, Container: "app"})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	e.mu.Lock()
	e.stats = data
	e.mu.Unlock()
	s, err := src.Read()
	if s != (Sample{}) || !strings.HasSuffix(errorText(err), "they hold no memory: the container does not run") {
		t.Errorf("Read() = %+v, %v; want an error", s, err)
	}
}

// The engine's stats are lines of the same memory.stat that the cgroup shows:
// of one moment they give the same figures, but for what the engine leaves out.
func TestDockerStatsEqualFixture(t *testing.T) {
	t.Parallel()
	tests := []struct {
		dir, usage string
		unknown    []string // to the engine
	}{
		{"v1/plan/pixelload-1", "memory.usage_in_bytes", []string{"Kernel", "Sock", "OOMKills", "Peak"}},
		{"v2/plan/pixelload-1", "memory.current", []string{"Kernel", "Swap", "OOMKills", "Peak"}},
	}
	for _, tt := range tests {
		t.Run(tt.dir, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join("testdata", tt.dir)
			want := readOnce(t, open(t, OpenCgroup, dir))
			got, err := parseStats(statsOf(t, dir, tt.usage))
			if err != nil {
				t.Fatal(err)
			}
			ignore := cmpopts.IgnoreFields(Sample{}, append(tt.unknown, "Time", "Epoch", "Unreclaimable")...)
			if diff := cmp.Diff(want, got, figures, ignore); diff != "" {
				t.Errorf("(-cgroup +engine):\n%s", diff)
			}
			// Version 1 has sockets beside usage, where the engine does not look.
			u := want.Unreclaimable.value
			if strings.HasPrefix(tt.dir, "v1") {
				u -= want.Sock.value
			}
			// Of a process that had just begun: rounding by CPU is what differs.
			if d := int64(got.Unreclaimable.value) - int64(u); d < -256<<10 || d > 2*256<<10 {
				t.Errorf("U by the engine %d, by the cgroup %d: off by %d bytes", got.Unreclaimable.value, u, d)
			}
		})
	}
}

// statsOf is what an engine makes of a cgroup.
func statsOf(t *testing.T, dir, usage string) []byte {
	t.Helper()
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(data))
	}
	stat := map[string]json.RawMessage{}
	for line := range strings.Lines(read("memory.stat")) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		stat[key] = json.RawMessage(value)
	}
	data, err := json.Marshal(map[string]any{
		"read": "2026-11-23T12:00:00Z",
		"memory_stats": map[string]any{
			"usage": json.RawMessage(read(usage)), "limit": 512 * MiB, "stats": stat,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Without a limit of its own the engine says how much the machine has.
func TestDockerWithoutLimit(t *testing.T) {
	t.Parallel()
	host, e := newFakeEngine(t)
	e.memory = "0"
	src, err := openEngine(t.Context(), DockerOptions{Host: host, Container: fakeID[:64]})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if s := readOnce(t, src); s.Limit.known {
		t.Errorf("limit %v; want unknown", s.Limit)
	}
}

func FuzzDocker(f *testing.F) {
	for _, name := range []string{"ended", "running1"} {
		data, err := os.ReadFile("testdata/docker/" + name + ".json")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"Id":"ab","Name":"/app","State":{"Pid":1,"StartedAt":"2026-11-23T12:00:00.5Z"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := parseStats(data); err == nil && !s.Usage.known {
			t.Errorf("parseStats(%q) has no usage and no error", data)
		}
		if c, err := parseContainer(bytes.NewReader(data)); err == nil && c.ID == "" {
			t.Errorf("parseContainer(%q) has no id and no error", data)
		}
	})
}
