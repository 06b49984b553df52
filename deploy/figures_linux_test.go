package deploy_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/client"
	"github.com/prometheus/client_golang/api"
	promv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"github.com/pixeltales/pixelload/internal/memory"
)

// batches is how far sources may be apart that read the kernel's own numbers, in
// bytes. The app is frozen meanwhile, but the kernel charges 64 pages of 4 KiB at
// a time for each processor, and takes back later what was not needed.
var batches = float64(runtime.NumCPU() * 64 * 4 << 10)

// figures are one container's memory as one source has it, in bytes; what it
// does not know is NaN.
type figures struct {
	source                   string
	usage, working, u, limit float64
	tolerance                float64
}

// A moment is what all sources said at once.
type moment struct {
	name    string
	figures []figures
}

// sideBySide reads the app's memory from all sources while the app is frozen:
// then all speak of the same instant.
func (s *stack) sideBySide(name string) moment {
	s.t.Helper()
	id := s.container("app")
	source, err := memory.OpenCgroup(s.cgroup(id))
	if err != nil {
		s.t.Fatal(err)
	}
	defer source.Close()

	s.docker("pause", id)
	defer s.thaw(id)
	frozen := time.Now()
	all := []figures{s.cgroupFigures(source, "cgroup files"), s.engineFigures(id), s.statsFigures(id), s.prometheusFigures(frozen)}
	all = append(all, s.cgroupFigures(source, "cgroup files again"))
	for _, f := range all {
		s.t.Logf("%s: %+v", name, f)
		f.agree(s.t, name, all[0])
	}
	return moment{name, all}
}

// thaw lets the app run on, and waits for the health check that was paused with it.
func (s *stack) thaw(id string) {
	s.docker("unpause", id)
	eventually(s.t, "the app to be healthy again", func() (bool, error) {
		return s.docker("inspect", "--format", "{{.State.Health.Status}}", id) == "healthy", nil
	})
}

// agree compares the figures that both know.
func (f figures) agree(t *testing.T, moment string, want figures) {
	t.Helper()
	known := 0
	for _, pair := range []struct {
		name      string
		got, want float64
		tolerance float64
	}{
		{"usage", f.usage, want.usage, f.tolerance},
		{"working set", f.working, want.working, f.tolerance},
		{"U", f.u, want.u, f.tolerance},
		{"limit", f.limit, want.limit, 0},
	} {
		if math.IsNaN(pair.got) {
			continue
		}
		known++
		if !(math.Abs(pair.got-pair.want) <= pair.tolerance) {
			t.Errorf("%s: %s of %s is %.0f, of %s %.0f: %.0f apart, tolerance %.0f", moment, pair.name, f.source, pair.got, want.source, pair.want,
				pair.got-pair.want, pair.tolerance)
		}
	}
	if known < 2 {
		t.Errorf("%s: %s knows %d figures", moment, f.source, known)
	}
}

// cgroup is the directory of a container's memory cgroup.
func (s *stack) cgroup(id string) string {
	s.t.Helper()
	c, err := memory.FindContainer(s.t.Context(), "", id)
	if err != nil {
		s.t.Fatal(err)
	}
	path, err := memory.CgroupOf(c.Pid)
	if err != nil {
		s.t.Fatal(err)
	}
	if !strings.Contains(filepath.Base(path), id) {
		s.t.Fatalf("container %s is in the cgroup %s, not its own", id, path)
	}
	return path
}

func (s *stack) cgroupFigures(source memory.Source, name string) figures {
	s.t.Helper()
	sample, err := source.Read()
	if err != nil {
		s.t.Fatal(err)
	}
	return figures{name, number(sample.Usage), number(sample.WorkingSet), number(sample.Unreclaimable), number(sample.Limit), batches}
}

func number(f memory.Figure) float64 {
	if v, ok := f.Get(); ok {
		return float64(v)
	}
	return math.NaN()
}

// engineFigures asks the Engine API, and computes the working set as docker
// stats does: usage less inactive file pages.
func (s *stack) engineFigures(id string) figures {
	s.t.Helper()
	engine, err := client.New(client.FromEnv)
	if err != nil {
		s.t.Fatal(err)
	}
	defer engine.Close()
	reply, err := engine.ContainerStats(s.t.Context(), id, client.ContainerStatsOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	defer reply.Body.Close()
	var stats struct {
		Memory struct {
			Usage, Limit *float64
			Stats        map[string]float64
		} `json:"memory_stats"`
	}
	if err := json.NewDecoder(reply.Body).Decode(&stats); err != nil {
		s.t.Fatal(err)
	}
	m := stats.Memory
	inactive, v1 := m.Stats["total_inactive_file"]
	if !v1 {
		inactive = m.Stats["inactive_file"]
	}
	if m.Usage == nil || m.Limit == nil || m.Stats == nil {
		s.t.Fatalf("the Engine API answers without memory: %+v", m)
	}
	return figures{"Engine API", *m.Usage, *m.Usage - inactive, math.NaN(), *m.Limit, batches}
}

// statsFigures reads what docker stats prints: "56.11MiB / 512MiB", or 121.9MiB.
func (s *stack) statsFigures(id string) figures {
	s.t.Helper()
	out := s.docker("stats", "--no-stream", "--format", "{{.MemUsage}}", id)
	m := regexp.MustCompile(`^(\d+(?:\.(\d+))?)MiB / (\d+)MiB$`).FindStringSubmatch(out)
	if m == nil {
		s.t.Fatalf("docker stats prints %q", out)
	}
	half := memory.MiB / 2 * math.Pow10(-len(m[2])) // of the last digit printed
	return figures{"docker stats", math.NaN(), mib(m[1]), math.NaN(), mib(m[3]), batches + half}
}

func mib(text string) float64 {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return math.NaN() // which agrees with nothing
	}
	return v * memory.MiB
}

// prometheusFigures are of the first scrape after the instant.
func (s *stack) prometheusFigures(after time.Time) figures {
	s.t.Helper()
	eventually(s.t, "a scrape of the frozen app", func() (bool, error) {
		at, err := s.query(`timestamp(pixelload_memory_usage_bytes{target="app"})`)
		return at > float64(after.UnixMilli())/1e3, err
	})
	value := func(name string) float64 { return s.mustQuery(name + `{target="app"}`) }
	return figures{"Prometheus", value("pixelload_memory_usage_bytes"), value("pixelload_memory_working_set_bytes"),
		value("pixelload_memory_unreclaimable_bytes"), value("pixelload_memory_limit_bytes"), batches}
}

// query asks Prometheus for one number.
func (s *stack) query(promQL string) (float64, error) {
	c, err := api.NewClient(api.Config{Address: s.prometheus})
	if err != nil {
		return math.NaN(), err
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), 5*time.Second)
	defer cancel()
	result, _, _, err := promv1.NewAPI(c).Query(ctx, promQL, time.Now())
	if err != nil {
		return math.NaN(), err
	}
	vector, ok := result.(model.Vector)
	if !ok || len(vector) != 1 {
		return math.NaN(), fmt.Errorf("%s gives %v, want one series", promQL, result)
	}
	return float64(vector[0].Value), nil
}

func (s *stack) mustQuery(promQL string) float64 {
	s.t.Helper()
	v, err := s.query(promQL)
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}
