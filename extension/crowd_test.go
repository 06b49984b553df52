package extension

import (
	"fmt"
	"strings"
	"testing"

	"go.k6.io/k6/v2/metrics"
)

// crowdOnce lets a crowd of two rooms of three hold for 6 s, of which it draws 3,
// and returns the sums of its samples and how many there were, by metric.
func crowdOnce(t *testing.T, server *fakeServer, rate float64) (sums, samples map[string]float64) {
	t.Helper()
	b := newScriptBench(t)
	room := func(n int) string {
		path := fmt.Sprintf("'/ws/collaborate/%d/'", n)
		return "[" + strings.Join([]string{path, path, path}, ",") + "]"
	}
	b.mustRun(fmt.Sprintf(`var crowd = new pt.Crowd({url: %q, rooms: [%s, %s], rate: %g, bytes: 200,
		phases: [{name: 'load', users: 0, warmup_seconds: 0, hold_seconds: 6}]})`, server.URL, room(1), room(2), rate))
	b.enter(true)
	if _, err := b.RunOnEventLoop(`crowd.hold()`); err != nil {
		t.Fatal(err)
	}
	sums, samples = map[string]float64{}, map[string]float64{}
	for _, c := range metrics.GetBufferedSamples(b.samples) {
		for _, s := range c.GetSamples() {
			sums[s.Metric.Name] += s.Value
			samples[s.Metric.Name]++
			if phase, _ := s.Tags.Get("phase"); phase != "load" {
				t.Errorf("%s has the tag phase %q", s.Metric.Name, phase)
			}
		}
	}
	return sums, samples
}

func TestCrowd(t *testing.T) {
	t.Parallel()
	server := newFakeServer(t)
	sums, samples := crowdOnce(t, server, 100)
	if sums[nameDrawsSent] != 1800 || sums[nameReceived] != 3600 || sums[nameLost] != 0 {
		t.Errorf("sent %g, received %g, lost %g; want 1800, 3600 and 0", sums[nameDrawsSent], sums[nameReceived], sums[nameLost])
	}
	for _, name := range []string{"pixeltales_delivery", nameFanout, nameLag} {
		if n := samples[name]; n == 0 || n > 6*most {
			t.Errorf("%g samples of %s, want at most %d a second", n, name, most)
		}
	}
	if sums["ws_sessions"] != 6 || samples["ws_session_duration"] != 6 || sums["ws_msgs_received"] != 3606 {
		t.Errorf("sessions %g, durations %g, messages %g", sums["ws_sessions"], samples["ws_session_duration"], sums["ws_msgs_received"])
	}
	if sums[nameSocketsLost] != 0 || server.codes()[1000] != 6 {
		t.Errorf("sockets lost %g, close codes %v; want 6 of 1000", sums[nameSocketsLost], server.codes())
	}
}

func TestCrowdCountsLosses(t *testing.T) {
	t.Parallel()
	server := newFakeServer(t)
	server.drop = func(n int) bool { return n%10 == 0 }
	sums, samples := crowdOnce(t, server, 20)
	if sums[nameLost] != 72 || sums[nameReceived] != 648 {
		t.Errorf("received %g, lost %g; want 648 and 72", sums[nameReceived], sums[nameLost])
	}
	if rate := sums["pixeltales_delivery"] / samples["pixeltales_delivery"]; rate < 0.89 || rate > 0.9 {
		t.Errorf("delivery rate %g, want 0.9 or little less", rate)
	}
}
