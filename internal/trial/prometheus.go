package trial

import "bytes"

// remoteWrite is what k6 needs to send its metrics to the plan's Prometheus
// receiver as well. testid is the tag by which k6's own dashboards tell runs
// apart; variant and data are what stored verdicts are known by. A trend
// becomes a series for each statistic, counted from the beginning of its
// phase; stale markers end all series with the run.
func (p *Plan) remoteWrite() (args, env []string) {
	if p.Prometheus == "" {
		return nil, nil
	}
	args = []string{
		"--out", "experimental-prometheus-rw",
		"--tag", "testid=" + p.Header.ID, "--tag", "variant=" + p.Header.Variant, "--tag", "data=" + p.Header.Data.Name,
	}
	return args, []string{
		"K6_PROMETHEUS_RW_SERVER_URL=" + p.Prometheus,
		"K6_PROMETHEUS_RW_TREND_STATS=p(50),p(95),p(99),max",
		"K6_PROMETHEUS_RW_PUSH_INTERVAL=5s",
		"K6_PROMETHEUS_RW_STALE_MARKERS=true",
	}
}

// unsent counts the times that k6's log says it could not reach the receiver.
func unsent(log []byte) int {
	return bytes.Count(log, []byte("Failed to send the time series data")) +
		bytes.Count(log, []byte("marking time series as stale failed"))
}
