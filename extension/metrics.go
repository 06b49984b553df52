package extension

import (
	"time"

	"go.k6.io/k6/v2/metrics"
)

// metricSet is the extension's own metrics. All are registered always, so
// that a threshold on one that stays silent is not an unknown metric.
type metricSet struct {
	phase, phaseActive                *metrics.Metric
	users, socketsOpen                *metrics.Metric
	connectFailed                     *metrics.Metric
	socketsLost, troubles             *metrics.Metric
	drawsSent                         *metrics.Metric
	expected, received, lost          *metrics.Metric
	duplicated, outOfOrder, deaf      *metrics.Metric
	delivery, fanout, lag             *metrics.Metric
	stalled, knownFailures, listCalls *metrics.Metric
	skipped                           *metrics.Metric
	responseBytes                     *metrics.Metric
	visits, visitsFailed              *metrics.Metric
	memory, memoryNow                 *metrics.Metric
	memorySamples, memoryErrors       *metrics.Metric
	generatorCPU                      *metrics.Metric
}

// Names that the output looks for.
const (
	namePhase         = "pixeltales_phase"
	nameUsers         = "pixeltales_users"
	nameSocketsOpen   = "pixeltales_sockets_open"
	nameConnectFailed = "pixeltales_ws_connect_failed"
	nameSocketsLost   = "pixeltales_sockets_lost"
	nameTroubles      = "pixeltales_troubles"
	nameDrawsSent     = "pixeltales_draws_sent"
	nameExpected      = "pixeltales_deliveries_expected"
	nameReceived      = "pixeltales_deliveries_received"
	nameLost          = "pixeltales_deliveries_lost"
	nameDuplicated    = "pixeltales_deliveries_duplicated"
	nameOutOfOrder    = "pixeltales_deliveries_out_of_order"
	nameDeaf          = "pixeltales_deaf_members"
	nameFanout        = "pixeltales_fanout_latency"
	nameLag           = "pixeltales_send_lag"
	nameStalled       = "pixeltales_stalled_receivers"
	nameResponseBytes = "pixeltales_response_bytes"
	nameSkipped       = "pixeltales_skipped_requests"
	nameVisits        = "pixeltales_visits"
	nameVisitsFailed  = "pixeltales_visits_failed"
)

func newMetrics(r *metrics.Registry) *metricSet {
	return &metricSet{
		phase:         r.MustNewMetric(namePhase, metrics.Gauge),
		phaseActive:   r.MustNewMetric("pixeltales_phase_active", metrics.Gauge),
		users:         r.MustNewMetric(nameUsers, metrics.Gauge),
		socketsOpen:   r.MustNewMetric(nameSocketsOpen, metrics.Gauge),
		connectFailed: r.MustNewMetric(nameConnectFailed, metrics.Rate),
		socketsLost:   r.MustNewMetric(nameSocketsLost, metrics.Counter),
		troubles:      r.MustNewMetric(nameTroubles, metrics.Counter),
		drawsSent:     r.MustNewMetric(nameDrawsSent, metrics.Counter),
		expected:      r.MustNewMetric(nameExpected, metrics.Counter),
		received:      r.MustNewMetric(nameReceived, metrics.Counter),
		lost:          r.MustNewMetric(nameLost, metrics.Counter),
		duplicated:    r.MustNewMetric(nameDuplicated, metrics.Counter),
		outOfOrder:    r.MustNewMetric(nameOutOfOrder, metrics.Counter),
		deaf:          r.MustNewMetric(nameDeaf, metrics.Counter),
		delivery:      r.MustNewMetric("pixeltales_delivery", metrics.Rate),
		fanout:        r.MustNewMetric(nameFanout, metrics.Trend, metrics.Time),
		lag:           r.MustNewMetric(nameLag, metrics.Trend, metrics.Time),
		stalled:       r.MustNewMetric(nameStalled, metrics.Counter),
		knownFailures: r.MustNewMetric("pixeltales_known_failures", metrics.Counter),
		listCalls:     r.MustNewMetric("pixeltales_list_requests", metrics.Counter),
		skipped:       r.MustNewMetric(nameSkipped, metrics.Counter),
		responseBytes: r.MustNewMetric(nameResponseBytes, metrics.Counter, metrics.Data),
		visits:        r.MustNewMetric(nameVisits, metrics.Counter),
		visitsFailed:  r.MustNewMetric(nameVisitsFailed, metrics.Counter),
		memory:        r.MustNewMetric("pixeltales_memory", metrics.Trend, metrics.Data),
		memoryNow:     r.MustNewMetric("pixeltales_memory_current", metrics.Gauge, metrics.Data),
		memorySamples: r.MustNewMetric("pixeltales_memory_samples", metrics.Counter),
		generatorCPU:  r.MustNewMetric("pixeltales_generator_cpu", metrics.Gauge),
		memoryErrors:  r.MustNewMetric("pixeltales_memory_errors", metrics.Rate),
	}
}

// emitter pushes samples for one VU, each with the tag phase.
//
// It sends on the channel itself and does not give up when the VU's context
// ends, so that the last second of a visit and the durations of its sockets
// are not lost. That is safe: k6 drains the channel until every VU has
// returned, and a visit returns after all its goroutines.
type emitter struct {
	samples chan<- metrics.SampleContainer
	tags    *metrics.TagSet // of the VU, without phase
}

// push emits one sample; labels are pairs of a tag's name and value.
func (e emitter) push(m *metrics.Metric, phase string, value float64, labels ...string) {
	e.pushAll(m, phase, []float64{value}, labels...)
}

// pushAll emits samples of one metric and phase together.
func (e emitter) pushAll(m *metrics.Metric, phase string, values []float64, labels ...string) {
	if len(values) == 0 {
		return
	}
	tags := e.tags.With("phase", phase)
	for i := 0; i+1 < len(labels); i += 2 {
		tags = tags.With(labels[i], labels[i+1])
	}
	now := time.Now()
	batch := make(metrics.Samples, len(values))
	for i, v := range values {
		batch[i] = metrics.Sample{TimeSeries: metrics.TimeSeries{Metric: m, Tags: tags}, Time: now, Value: v}
	}
	e.samples <- batch
}

// count emits n of a counter, and nothing for 0.
func (e emitter) count(m *metrics.Metric, phase string, n int, labels ...string) {
	if n > 0 {
		e.push(m, phase, float64(n), labels...)
	}
}
