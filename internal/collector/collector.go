// Package collector is the Prometheus exporter: the memory of containers,
// cgroups and processes, read when it is asked for, and what the stored runs
// said last.
//
// Its opinion: a source that fails blanks itself and nothing else, and says so
// in pixelload_source_up. A figure that is not known has no series; none is
// ever remembered from an earlier scrape. Whatever names come from outside,
// the number of series is bounded.
package collector

import (
	"cmp"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pixeltales/pixelload/internal/claim"
)

// defaultPatience is how long a scrape waits for its slowest source. A
// Prometheus gives up after 10 s, and would lose the others with it.
const defaultPatience = 5 * time.Second

// maxTargets is how many targets are read; the others are logged and left out.
const maxTargets = 250

// Options say what to collect.
type Options struct {
	Targets  []Target
	Discover []Discovery
	Runs     string        // folder of the stored runs; "" for none
	History  string        // file of all runs' figures; "" for none
	Claims   []claim.Claim // the document's
	Version  string
	Log      *slog.Logger
	Patience time.Duration // 0: 5 s
}

// Collector is a prometheus.Collector. Scrapes may be concurrent.
type Collector struct {
	Options
	fixed   []*target
	found   []*discovered
	stored  *store
	past    *past
	tooMany sync.Once
}

var _ prometheus.Collector = (*Collector)(nil)

// New returns a collector; nothing is read before the first scrape.
func New(o Options) *Collector {
	o.Patience = cmp.Or(o.Patience, defaultPatience)
	c := &Collector{Options: o}
	for _, t := range o.Targets {
		c.fixed = append(c.fixed, newTarget(t, o.Log))
	}
	for _, d := range o.Discover {
		d.Name = clean(d.Name)
		c.found = append(c.found, &discovered{Discovery: d, log: o.Log})
	}
	if o.Runs != "" {
		c.stored = newStore(o.Runs, o.Log)
	}
	if o.History != "" {
		c.past = &past{file: o.History, log: o.Log, patience: o.Patience}
	}
	return c
}

// Close closes the sources, behind the readings that are under way.
func (c *Collector) Close() {
	for _, t := range c.fixed {
		go t.close() // a reading that hangs would hold it up
	}
	for _, d := range c.found {
		d.close()
	}
}

// Describe sends the description of every metric.
func (c *Collector) Describe(ch chan<- *prometheus.Desc) {
	for _, m := range metrics {
		ch <- m.desc
	}
}

// Collect reads everything and sends it.
func (c *Collector) Collect(ch chan<- prometheus.Metric) {
	s := scrape{ch: ch, patience: c.Patience, deadline: time.Now().Add(c.Patience)}
	s.send(buildInfo, 1, c.Version, runtime.Version())
	var wg sync.WaitGroup
	if c.stored != nil {
		wg.Go(func() { c.stored.collect(s, c.Claims) })
	}
	for _, t := range c.targets(s) {
		wg.Go(func() { t.collect(s) })
	}
	wg.Wait()
}

// targets returns the fixed targets and those that are found now, each name
// once and not too many.
func (c *Collector) targets(s scrape) []*target {
	var wg sync.WaitGroup
	found := make([][]*target, len(c.found))
	for i, d := range c.found {
		wg.Go(func() { found[i] = d.targets(s) })
	}
	wg.Wait()
	all := slices.Concat(append([][]*target{c.fixed}, found...)...)
	taken := map[string]bool{}
	all = slices.DeleteFunc(all, func(t *target) bool {
		before := taken[t.Name]
		taken[t.Name] = true
		return before
	})
	if len(all) <= maxTargets {
		return all
	}
	c.tooMany.Do(func() {
		c.Log.Warn("too many targets: those beyond the limit are left out", "targets", len(all), "limit", maxTargets)
	})
	return all[:maxTargets]
}
