package verdict_test

import (
	"testing"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// hour is a run of an hour with 100 users: 10 Hz of samples, and a report a
// second with histograms of 500 durations.
func hour() *run.Run {
	r := runtest.Healthy(1, 1, low)
	r.Header.Phases = []run.Phase{{Name: "users=100", Users: 100, WarmupSeconds: 90, HoldSeconds: 3510}}
	r.Marks = append(r.Marks[:3:3], run.Mark{T: 4, Name: run.MarkPhase, Phase: "users=100", Users: 100}, run.Mark{T: 3604, Name: run.MarkLoadEnd})
	r.Samples, r.Users = nil, nil
	for i := range 36000 {
		r.Samples = append(r.Samples, run.Sample{T: 4 + float64(i)/10, Sample: memory.Sample{
			Unreclaimable: memory.Known(uint64(200+i%40) * memory.MiB), OOMKills: memory.Known(0),
		}})
	}
	var durations run.Histogram
	for i := range int64(500) {
		durations = append(durations, [2]int64{1000 + 37*i, 1 + i%9})
	}
	for i := range 3600 {
		r.Users = append(r.Users, run.Users{
			T: 5 + float64(i), Seconds: 1, Phase: "users=100", Active: 100, Fanout: durations, Lag: durations,
			Requests: []run.Requests{{Name: "stories_public", Status: 200, N: 20, Duration: durations}},
			Draws:    run.Draws{Sent: 1000, Expected: 9000, Received: 9000},
		})
	}
	r.Events, r.End.T = nil, 3606
	return r
}

func BenchmarkJudgeHour(b *testing.B) {
	doc, r := document(b), hour()
	b.ReportAllocs()
	for b.Loop() {
		if v := verdict.Judge([]*run.Run{r}, doc); v.Outcome != verdict.Pass {
			b.Fatalf("outcome %s: %q", v.Outcome, v.Reasons)
		}
	}
}
