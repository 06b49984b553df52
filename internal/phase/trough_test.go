package phase_test

import (
	"testing"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/phase"
	"github.com/pixeltales/pixelload/internal/run"
)

// teeth is a hold of 400 s with a list request each second; U rises by 1 MiB a
// second from 100 and falls back every period seconds; 0: never.
func teeth(period int) *run.Run {
	r := &run.Run{Header: run.Header{
		Kind: run.Natural, SampleSeconds: 1, ListRequestsAMinute: 2,
		Phases: []run.Phase{{Name: "users=3", Users: 3, HoldSeconds: 400}},
	}}
	r.Marks = []run.Mark{{T: 10, Name: run.MarkPhase, Phase: "users=3", Users: 3}, {T: 410, Name: run.MarkLoadEnd}}
	for s := 10; s < 410; s++ {
		rise := s - 10
		if period > 0 {
			rise %= period
		}
		r.Samples = append(r.Samples, run.Sample{T: float64(s), Sample: memory.Sample{Unreclaimable: memory.Known(uint64(100+rise) * memory.MiB)}})
		r.Users = append(r.Users, run.Users{T: float64(s), Seconds: 1, Phase: "users=3", Active: 3, Requests: []run.Requests{{Name: phase.ListRequest, Status: 200, N: 1}}})
	}
	return r
}

// A list that was refused, or never answered, leaves no garbage.
func TestListRequestsAreAnswered(t *testing.T) {
	r := teeth(7)
	for i := range r.Users {
		r.Users[i].Requests = append(r.Users[i].Requests, run.Requests{Name: phase.ListRequest, Status: 503, N: 5}, run.Requests{Name: phase.ListRequest, N: 1})
	}
	if n := phase.ListRequests(r); n != 400 {
		t.Errorf("%d list requests, want the 400 that were answered", n)
	}
}

func TestTroughsSpanTeeth(t *testing.T) {
	for _, tt := range []struct{ period, stretches int }{
		{7, 28},  // 14 lists each
		{20, 20}, // 14 lists, and on until U has come down
		{0, 14},  // never down: 28 lists each
	} {
		troughs := phase.Troughs(teeth(tt.period))
		if n := len(troughs); n < tt.stretches-1 || n > tt.stretches+8 {
			t.Errorf("teeth of %d s: %d stretches, want about %d", tt.period, n, tt.stretches)
		}
		for _, tr := range troughs {
			if tr.Ramp != (tt.period == 0) {
				t.Errorf("teeth of %d s: ramp %v from %v to %v", tt.period, tr.Ramp, tr.Begin, tr.At)
			}
			if tt.period > 0 && (tr.Bytes > 101*memory.MiB || tr.Peak < float64(98+tt.period)*memory.MiB) {
				t.Errorf("teeth of %d s: %v to %v from %.1f to %.1f MiB", tt.period, tr.Begin, tr.At, tr.Bytes/memory.MiB, tr.Peak/memory.MiB)
			}
		}
	}
}

// What is recorded later adds stretches and moves none.
func TestTroughsOfARunUnderWay(t *testing.T) {
	whole := phase.Troughs(teeth(9))
	part := teeth(9)
	part.Samples, part.Users, part.Marks = part.Samples[:200], part.Users[:200], part.Marks[:1]
	early := phase.Troughs(part)
	if len(early) < 5 || len(early) >= len(whole) {
		t.Fatalf("%d stretches of half the run, %d of all", len(early), len(whole))
	}
	for i, tr := range early {
		if tr != whole[i] {
			t.Errorf("stretch %d: %+v, later %+v", i, tr, whole[i])
		}
	}
}
