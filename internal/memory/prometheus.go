package memory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/api"
	promv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

// PrometheusOptions says where the series of which container are.
type PrometheusOptions struct {
	// URL is the server's, http://127.0.0.1:9090.
	URL string
	// Container is the name that the series carry in one of the labels target
	// (pixelload's collector), name or container (cAdvisor, the kubelet); or a
	// selector in braces, {namespace="x",container="app"}, where a name fits
	// several.
	Container string
}

const (
	promTimeout = 10 * time.Second
	// promWindow is how far back series are looked for: four scrapes a minute
	// apart.
	promWindow = 4 * time.Minute
)

// nameLabels are the labels in which exporters put a container's name.
var nameLabels = []string{"target", "name", "container"}

// prometheus reads the newest scrape of one target. Its samples have the time
// of the scrape, so the clocks of the two machines must agree within seconds.
//
// The collector of pixelload gives all figures. cAdvisor has no shared memory,
// so U is unknown from there, and the kubelet's own endpoint has the working
// set alone. Nobody but the collector counts restarts; a new id or a new start
// time is a new epoch all the same.
type prometheus struct {
	api      promv1.API
	what     string // for errors
	query    string
	interval time.Duration // between scrapes
	kills    total
	restarts total
	epoch    Epoch
	at       model.Time // of the newest scrape by the server's clock
	time     time.Time  // and by this machine's
	closed   bool
}

var _ Source = (*prometheus)(nil)

// OpenPrometheus opens the series of one target on a Prometheus server. A newer
// scrape than the last one read may not be there yet: then Read gives the last
// one again. When scrapes stop, reading fails.
func OpenPrometheus(o PrometheusOptions) (Source, error) {
	client, err := api.NewClient(api.Config{Address: o.URL})
	if err != nil {
		return nil, fmt.Errorf("opening Prometheus: %w", err)
	}
	p := &prometheus{api: promv1.NewAPI(client), what: o.Container}
	selectors := []string{strings.Trim(o.Container, "{}")}
	if !strings.HasPrefix(o.Container, "{") {
		selectors = nil
		for _, label := range nameLabels {
			selectors = append(selectors, fmt.Sprintf("%s=%q", label, o.Container))
		}
	}
	for _, selector := range selectors {
		p.query = fmt.Sprintf("{__name__=~%q,%s}[%ds]", promNames, selector, int(promWindow.Seconds()))
		if _, err = p.Read(); !errors.Is(err, errNoSeries) {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

var errNoSeries = errors.New("the server has no memory series of it: " +
	"check the name against a label target, name or container, or give a selector in braces")

// promFigures are the series that are read, each with its place in a Sample.
var promFigures = map[string]func(*Sample) *Figure{
	"pixelload_memory_unreclaimable_bytes": func(s *Sample) *Figure { return &s.Unreclaimable },
	"pixelload_memory_working_set_bytes":   func(s *Sample) *Figure { return &s.WorkingSet },
	"pixelload_memory_usage_bytes":         func(s *Sample) *Figure { return &s.Usage },
	"pixelload_memory_anon_bytes":          func(s *Sample) *Figure { return &s.Anon },
	"pixelload_memory_file_bytes":          func(s *Sample) *Figure { return &s.File },
	"pixelload_memory_kernel_bytes":        func(s *Sample) *Figure { return &s.Kernel },
	"pixelload_memory_sock_bytes":          func(s *Sample) *Figure { return &s.Sock },
	"pixelload_memory_shmem_bytes":         func(s *Sample) *Figure { return &s.Shmem },
	"pixelload_memory_swap_bytes":          func(s *Sample) *Figure { return &s.Swap },
	"pixelload_memory_peak_bytes":          func(s *Sample) *Figure { return &s.Peak },
	"pixelload_memory_limit_bytes":         func(s *Sample) *Figure { return &s.Limit },
	"pixelload_oom_kills_total":            func(s *Sample) *Figure { return &s.OOMKills },
	"pixelload_restarts_total":             func(s *Sample) *Figure { return &s.Restarts },

	"container_memory_working_set_bytes": func(s *Sample) *Figure { return &s.WorkingSet },
	"container_memory_usage_bytes":       func(s *Sample) *Figure { return &s.Usage },
	"container_memory_rss":               func(s *Sample) *Figure { return &s.Anon }, // v1: total_rss, v2: anon
	"container_memory_cache":             func(s *Sample) *Figure { return &s.File },
	"container_memory_kernel_usage":      func(s *Sample) *Figure { return &s.Kernel },
	"container_memory_swap":              func(s *Sample) *Figure { return &s.Swap },
	"container_memory_max_usage_bytes":   func(s *Sample) *Figure { return &s.Peak },
	"container_spec_memory_limit_bytes":  func(s *Sample) *Figure { return &s.Limit }, // 0: none
	"container_oom_events_total":         func(s *Sample) *Figure { return &s.OOMKills },
}

const promPressure = "pixelload_memory_pressure_ratio"

var promStarted = []string{"pixelload_target_start_time_seconds", "container_start_time_seconds"}

var promNames = func() string {
	names := append([]string{promPressure}, promStarted...)
	for name := range promFigures {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, "|")
}()

// Name returns "prometheus".
func (p *prometheus) Name() string { return "prometheus" }

// period is as often as there may be something new.
func (p *prometheus) period() time.Duration { return max(time.Second, p.interval/2) }

// Close ends reading.
func (p *prometheus) Close() error {
	p.closed = true
	return nil
}

// Read gives the newest scrape.
func (p *prometheus) Read() (Sample, error) {
	if p.closed {
		return Sample{}, fmt.Errorf("reading %s from Prometheus: %w", p.what, os.ErrClosed)
	}
	ctx, cancel := context.WithTimeout(context.Background(), promTimeout)
	defer cancel()
	now := time.Now()
	answer, _, _, err := p.api.Query(ctx, p.query, now)
	if err != nil {
		return Sample{}, fmt.Errorf("reading %s from Prometheus: %w", p.what, err)
	}
	series, ok := answer.(model.Matrix)
	if !ok {
		return Sample{}, fmt.Errorf("reading %s from Prometheus: it answered a %s, not a matrix", p.what, answer.Type())
	}
	s, err := p.sample(series, now)
	if err != nil {
		return Sample{}, fmt.Errorf("reading %s from Prometheus: %w", p.what, err)
	}
	return s, nil
}

// sample makes a Sample of what one exporter says of one target. Its figures are
// those of one moment, the newest: one that is older was not in that scrape. An
// exporter's counters may go on while the target is down: they are no sample.
func (p *prometheus) sample(all model.Matrix, now time.Time) (Sample, error) {
	series, err := p.only(all, now)
	if err != nil {
		return Sample{}, err
	}
	var s Sample
	at, ok := newest(series)
	if !ok {
		return Sample{}, errors.New("its memory is no longer told: it does not run, or its exporter cannot read it")
	}
	pressure := map[string]float64{}
	epoch := Epoch{ID: string(series[0].Metric["id"])}
	for _, one := range series {
		last := one.Values[len(one.Values)-1]
		v, name := float64(last.Value), string(one.Metric[model.MetricNameLabel])
		if math.IsNaN(v) || v < 0 || v >= 1<<63 {
			return Sample{}, fmt.Errorf("%s is %g", name, v)
		}
		switch place := promFigures[name]; {
		case momentary(name) && last.Timestamp != at:
		case place != nil:
			*place(&s) = Known(uint64(v))
		case name == promPressure:
			pressure[string(one.Metric["kind"])] = v
		case slices.Contains(promStarted, name):
			epoch.Started = time.UnixMilli(int64(v * 1000)).UTC()
		}
	}
	some, hasSome := pressure["some"]
	full, hasFull := pressure["full"]
	if hasSome && hasFull {
		s.Pressure = &Pressure{Some: some, Full: full}
	}
	if s.Limit == Known(0) {
		s.Limit = Figure{}
	}
	p.follow(&s, epoch)
	if at != p.at { // the same scrape has the same time, however the machine's clock was set meanwhile
		p.at, p.time = at, now.Add(-now.Sub(at.Time())) // with the monotonic clock
	}
	s.Time = p.time
	return s, nil
}

// momentary reports that a series is of how much memory there is at a moment.
// Limits, starts and counters are known longer, and cAdvisor gives them the time
// of the scrape, not of its own reading.
func momentary(name string) bool {
	return strings.Contains(name, "_memory_") && !strings.Contains(name, "limit")
}

// newest is the time of the newest momentary figure; false where there is none.
func newest(series model.Matrix) (at model.Time, ok bool) {
	for _, one := range series {
		if momentary(string(one.Metric[model.MetricNameLabel])) {
			at, ok = max(at, one.Values[len(one.Values)-1].Timestamp), true
		}
	}
	return at, ok
}

// follow makes the counters go on when another container takes the name:
// cAdvisor counts each for itself. The collector does so itself.
func (p *prometheus) follow(s *Sample, epoch Epoch) {
	if epoch.ID != p.epoch.ID {
		p.kills.newLife()
		p.restarts.newLife()
	}
	p.epoch, s.Epoch = epoch, epoch
	s.OOMKills, s.Restarts = p.kills.of(s.OOMKills), p.restarts.of(s.Restarts)
}

// only returns the series of the one target that is still scraped: those of a
// container that was replaced stay in the window for a while.
func (p *prometheus) only(all model.Matrix, now time.Time) (model.Matrix, error) {
	if len(all) == 0 {
		return nil, errNoSeries
	}
	youngest := promWindow
	fresh := map[string]model.Matrix{}
	for _, one := range all {
		if len(one.Values) == 0 {
			continue
		}
		age := now.Sub(one.Values[len(one.Values)-1].Timestamp.Time())
		youngest = min(youngest, age)
		p.interval = cmp.Or(scrapes(one.Values), p.interval)
		if age <= 2*cmp.Or(p.interval, time.Minute) {
			labels := one.Metric.Clone()
			delete(labels, model.MetricNameLabel)
			delete(labels, "kind")
			fresh[labels.String()] = append(fresh[labels.String()], one)
		}
	}
	if len(fresh) > 1 {
		var names []string
		for name := range fresh {
			names = append(names, name)
		}
		slices.Sort(names)
		return nil, fmt.Errorf("%d targets fit: give one of these as the selector: %s", len(names), strings.Join(names, " or "))
	}
	for _, series := range fresh {
		return series, nil
	}
	return nil, fmt.Errorf("its newest scrape is %v old: it is no longer scraped", youngest.Round(time.Second))
}

// scrapes is the time between the last two scrapes; 0 where there was one only.
func scrapes(values []model.SamplePair) time.Duration {
	n := len(values)
	if n < 2 {
		return 0
	}
	return max(time.Second, values[n-1].Timestamp.Sub(values[n-2].Timestamp))
}
