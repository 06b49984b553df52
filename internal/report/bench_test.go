package report

import (
	"io"
	"testing"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// hourOf100 is the run of an hour with 100 users: 10 Hz of samples, and a report
// a second with histograms of 100 durations.
func hourOf100(trial, trials int) *run.Run {
	r := runtest.Healthy(trial, trials, runtest.Levels{0: 80, 3: 120, 10: 160})
	r.Header.Phases = []run.Phase{{Name: "users=100", Users: 100, WarmupSeconds: 90, HoldSeconds: 3510}}
	r.Marks = append(r.Marks[:3:3], run.Mark{T: 4, Name: run.MarkPhase, Phase: "users=100", Users: 100}, run.Mark{T: 3604, Name: run.MarkLoadEnd})
	short := r.Samples
	r.Samples, r.Users = nil, nil
	for i := range 36000 {
		s := short[300+i%100]
		s.T = 4 + float64(i)/10
		r.Samples = append(r.Samples, s)
	}
	var durations run.Histogram
	for i := range int64(100) {
		durations = append(durations, [2]int64{1000 + 37*i, 1 + i%9})
	}
	for i := range 3600 {
		r.Users = append(r.Users, run.Users{
			T: 5 + float64(i), Seconds: 1, Phase: "users=100", Active: 100, Fanout: durations, Lag: durations[:30],
			Requests: []run.Requests{{Name: "stories_public", Status: 200, N: 20, Duration: durations}},
			Draws:    run.Draws{Sent: 1000, Expected: 9000, Received: 9000},
		})
	}
	r.Events, r.End.T = nil, 3606
	return r
}

// campaignOf132 is six rounds of 22 arms.
func campaignOf132() []*run.Run {
	var arms []runtest.Arm
	for i := range 22 {
		variant := []string{"before", "postgres", "cached", "after", "pooled", "redis", "no-websockets", "upgraded"}[i%8]
		arms = append(arms, runtest.Arm{Variant: variant, Levels: runtest.Levels{0: 80, 3: 120, 10: 160}, Collected: i >= 8 && i < 16})
	}
	runs := runtest.Campaign(6, arms...)
	for i, r := range runs {
		if i%22 >= 16 {
			r.Header.Data.Name = "heavy"
		}
	}
	return runs
}

// BenchmarkOffline reads stored runs, judges them and writes all reports: what
// pixelload judge does.
func BenchmarkOffline(b *testing.B) {
	doc, err := claim.Load()
	if err != nil {
		b.Fatal(err)
	}
	for name, runs := range map[string][]*run.Run{"hour": {hourOf100(1, 1)}, "campaign": campaignOf132()} {
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			if err := runtest.Write(dir, runs); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				runs, err := run.ReadDir(dir)
				if err != nil {
					b.Fatal(err)
				}
				v := verdict.Judge(runs, doc)
				for _, f := range Formats {
					if err := f.Write(io.Discard, v, runs); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
