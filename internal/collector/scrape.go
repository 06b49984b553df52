package collector

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pixeltales/pixelload/internal/memory"
)

// A scrape is one answer to Prometheus.
type scrape struct {
	ch       chan<- prometheus.Metric
	patience time.Duration // for one source
	deadline time.Time     // for all of them
}

// send sends one value. The labels are in the order of the metric's.
func (s scrape) send(m *metric, value float64, labels ...string) {
	s.ch <- prometheus.MustNewConstMetric(m.desc, m.kind, value, labels...)
}

// figures are the metrics that a sample's figures go to.
var figures = []struct {
	metric *metric
	of     func(*memory.Sample) memory.Figure
}{
	{unreclaimable, func(s *memory.Sample) memory.Figure { return s.Unreclaimable }},
	{workingSet, func(s *memory.Sample) memory.Figure { return s.WorkingSet }},
	{usage, func(s *memory.Sample) memory.Figure { return s.Usage }},
	{anon, func(s *memory.Sample) memory.Figure { return s.Anon }},
	{file, func(s *memory.Sample) memory.Figure { return s.File }},
	{kernel, func(s *memory.Sample) memory.Figure { return s.Kernel }},
	{sock, func(s *memory.Sample) memory.Figure { return s.Sock }},
	{shmem, func(s *memory.Sample) memory.Figure { return s.Shmem }},
	{swap, func(s *memory.Sample) memory.Figure { return s.Swap }},
	{peak, func(s *memory.Sample) memory.Figure { return s.Peak }},
	{limit, func(s *memory.Sample) memory.Figure { return s.Limit }},
}

// collect reads the target and sends its series.
func (t *target) collect(s scrape) {
	began := time.Now()
	r, ok := t.readings.do(s, t.read)
	took, source := time.Since(began), t.source()
	if hung := t.hangs.Swap(!ok); !ok && !hung {
		t.log.Warn("target does not answer in time", "target", t.Name, "from", source, "waited", took)
	}
	s.send(sourceDuration, took.Seconds(), t.Name, source)
	s.figure(oomKills, r.kills, t.Name, source)
	s.figure(restarts, r.restarts, t.Name, source)
	if !ok || r.err != nil {
		s.send(sourceUp, 0, t.Name, source)
		return
	}
	s.send(sourceUp, 1, t.Name, source)
	s.sample(&r.sample, t.Name, source)
}

func (s scrape) sample(of *memory.Sample, labels ...string) {
	for _, f := range figures {
		s.figure(f.metric, f.of(of), labels...)
	}
	if p := of.Pressure; p != nil {
		s.send(pressure, p.Some, append(labels, "some")...)
		s.send(pressure, p.Full, append(labels, "full")...)
	}
	if began := of.Epoch.Started; !began.IsZero() {
		s.send(startTime, float64(began.UnixMilli())/1000, labels...)
	}
}

// figure sends a figure if it is known.
func (s scrape) figure(m *metric, f memory.Figure, labels ...string) {
	if v, known := f.Get(); known {
		s.send(m, float64(v), labels...)
	}
}
