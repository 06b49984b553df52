package extension

import (
	"math"
	"slices"
	"time"

	"go.k6.io/k6/v2/metrics"
)

// most is how many samples of a second's deliveries of one phase a Trend or a
// Rate gets at most from one reporter. What is more is thinned.
const most = 100

// deliveries is a tally on its way to k6's outputs. Thresholds and other outputs
// take its samples, of which there are few however much was delivered; the
// output pixelload takes the tally itself.
type deliveries struct {
	*tally
	phase   string
	samples []metrics.Sample
}

// GetSamples returns the counters, exact, and at most some hundred samples of
// the Trend and the Rate.
func (d *deliveries) GetSamples() []metrics.Sample { return d.samples }

func (r *reporter) deliveries(w *wire, phase string, t *tally) *deliveries {
	d, now := &deliveries{tally: t, phase: phase}, time.Now()
	tags := w.emit.tags.With("phase", phase)
	add := func(m *metrics.Metric, tags *metrics.TagSet, values ...float64) {
		for _, v := range values {
			d.samples = append(d.samples, metrics.Sample{TimeSeries: metrics.TimeSeries{Metric: m, Tags: tags}, Time: now, Value: v})
		}
	}
	count := func(m *metrics.Metric, tags *metrics.TagSet, n int) {
		if n > 0 {
			add(m, tags, float64(n))
		}
	}
	lost := t.allLost()
	count(w.metrics.drawsSent, tags, t.sent)
	count(w.metrics.expected, tags, t.received+lost)
	count(w.metrics.received, tags, t.received)
	count(w.metrics.duplicated, tags, t.duplicated)
	count(w.metrics.outOfOrder, tags, t.outOfOrder)
	count(w.metrics.deaf, tags, t.deaf)
	for reason, n := range t.lost {
		count(w.metrics.lost, tags.With("reason", reason), n)
	}
	add(w.metrics.lag, tags, thin(t.lags)...)
	add(w.metrics.fanout, tags, thin(t.latencies)...)
	add(w.metrics.delivery, tags, r.rate(phase).thin(t.received, lost)...)
	return d
}

// thin returns at most as many of the values, which it sorts, as a second may
// have: each the largest of an equal share of them, so that no quantile
// of the few is better than the same of the many.
func thin(values []float64) []float64 {
	if len(values) <= most {
		return values
	}
	slices.Sort(values)
	few := make([]float64, most)
	for i := range few {
		few[i] = values[(i+1)*len(values)/most-1]
	}
	return few
}

// rate thins a Rate. The zero value is ready.
type rate struct {
	received, decided int // so far
	ones, emitted     int // samples so far
}

// thin returns samples of 0 and 1 for a second's deliveries, so that the rate
// of all samples so far is the true one, or below it by less than one sample.
func (r *rate) thin(received, lost int) []float64 {
	n := min(received+lost, most)
	if n == 0 {
		return nil
	}
	r.received, r.decided, r.emitted = r.received+received, r.decided+received+lost, r.emitted+n
	want := int(math.Floor(float64(r.emitted) * float64(r.received) / float64(r.decided)))
	samples := make([]float64, n)
	for i := range min(max(want-r.ones, 0), n) {
		samples[i] = 1
	}
	r.ones += min(max(want-r.ones, 0), n)
	return samples
}

func (r *reporter) rate(phase string) *rate {
	if r.rates == nil {
		r.rates = map[string]*rate{}
	}
	if r.rates[phase] == nil {
		r.rates[phase] = &rate{}
	}
	return r.rates[phase]
}

// deliver adds the deliveries to a span of the output.
func (s *span) deliver(d *deliveries) {
	lost := d.allLost()
	of := &s.users.Draws
	of.Sent += d.sent
	of.Expected += d.received + lost
	of.Received += d.received
	for reason, n := range d.lost {
		of.Lose(reason, n)
	}
	of.Deaf += d.deaf
	of.Duplicated += d.duplicated
	of.OutOfOrder += d.outOfOrder
	for _, ms := range d.latencies {
		s.fanout.add(ms)
	}
	for _, ms := range d.lags {
		s.lag.add(ms)
	}
	s.seen = true
}
