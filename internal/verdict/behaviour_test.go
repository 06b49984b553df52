package verdict_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// staying is a round of two collected trials, after whose users so many MiB stay.
func staying(rounds int, with, without float64) []*run.Run {
	levels := runtest.Levels{0: 80, 3: 120, 10: 160}
	runs := runtest.Campaign(rounds,
		runtest.Arm{Variant: "before", Levels: levels, Collected: true},
		runtest.Arm{Variant: "before", Off: []string{"sockets"}, Levels: levels, Collected: true})
	for i, r := range runs {
		stays := with
		if len(r.Header.HabitsOff) > 0 {
			stays = without
		}
		drained := r.Marks[len(r.Marks)-3:] // collected, collected_end, load_end
		for j, s := range r.Samples {
			if u, _ := s.Unreclaimable.Get(); s.T >= drained[0].T && s.T <= drained[1].T {
				r.Samples[j].Unreclaimable = memory.Known(u + uint64((stays+0.1*float64(i%3))*memory.MiB))
			}
		}
	}
	return runs
}

// injured has a fault of so many seconds at 10 users, over which U rises.
func injured(rounds int, variant, fault string, length, rise float64) []*run.Run {
	runs := runtest.Campaign(rounds, runtest.Arm{Variant: variant, Levels: runtest.Levels{0: 80, 3: 120, 10: 160}})
	for i, r := range runs {
		r.Header.Fault = fault
		last := r.Marks[len(r.Marks)-1].T
		begin := last + 40 // clear of the phases
		r.Marks = append(r.Marks, run.Mark{T: begin, Name: run.MarkFault}, run.Mark{T: begin + length, Name: run.MarkFaultEnd})
		for t := begin - 31; t < begin+length+40; t++ {
			u := 160 + float64(i)/2
			if t > begin {
				u += rise
			}
			r.Samples = append(r.Samples, run.Sample{T: t, Sample: memory.Sample{Unreclaimable: memory.Known(uint64(u * memory.MiB))}})
		}
	}
	return runs
}

// asked adds a request that needs the database, so many seconds into the fault.
func asked(runs []*run.Run, after, took float64) []*run.Run {
	for _, r := range runs {
		for _, m := range r.Marks {
			if m.Name == run.MarkFault {
				r.Events = append(r.Events, run.Event{T: m.T + after + took, Kind: run.EventProbe, Count: 500, Seconds: took})
			}
		}
	}
	return runs
}

// calling has users who ask for the words, which takes the variants so many
// microseconds.
func calling(rounds int, before, cached int64) []*run.Run {
	levels := runtest.Levels{0: 80, 3: 120, 10: 160}
	runs := runtest.Campaign(rounds,
		runtest.Arm{Variant: "before", Levels: levels, Collected: true}, runtest.Arm{Variant: "cached", Levels: levels, Collected: true})
	for i, r := range runs {
		took := cached
		if r.Header.Variant == "before" {
			took = before
		}
		r.Users[5].Requests = append(r.Users[5].Requests,
			run.Requests{Name: "words", Status: 200, N: 2, Bytes: 4096, Duration: run.Histogram{{took + int64(10*(i/2)), 2}}})
	}
	return runs
}

// unsocketed has users whose sockets are all refused, but for so many trials.
func unsocketed(rounds, but int) []*run.Run {
	runs := runtest.Campaign(rounds, runtest.Arm{Variant: "no-websockets", Levels: runtest.Levels{0: 80, 3: 120, 10: 160}})
	for i, r := range runs {
		r.Header.NoSockets = true
		for j := range r.Users {
			r.Users[j].Sockets = run.Sockets{Refused: map[string]int{"404": 1}}
		}
		if i < but {
			r.Users[3].Sockets.Opened = 1
		}
	}
	return runs
}

func TestBehaviours(t *testing.T) {
	for name, test := range map[string]struct {
		runs    []*run.Run
		id      string
		outcome string
		reason  string
	}{
		"sockets leave much": {staying(6, 90, 20), "B1", verdict.Confirmed, "stay of before, 20 MiB of before without sockets"},
		"as much without":    {staying(6, 90, 90), "B1", verdict.Refuted, "5 MiB or more"},
		"about 5 MiB more":   {staying(6, 95, 90), "B1", verdict.Inconclusive, "over an end"},
		"one trial":          {staying(1, 90, 20), "B1", verdict.Inconclusive, "1 trial decides no claim"},
		"cuts cost":          {injured(6, "postgres", run.FaultCut, 30, 40), "B2", verdict.Confirmed, "5 MiB or more"},
		"cuts cost nothing":  {injured(6, "postgres", run.FaultCut, 30, 1), "B2", verdict.Refuted, "5 MiB or more"},
		"stall is bounded":   {asked(injured(6, "pooled", run.FaultStall, 60, 0), 2, 30), "B4", verdict.Confirmed, "in 6 of 6 trials"},
		"stall is not":       {asked(injured(6, "pooled", run.FaultStall, 60, 9), 2, 59), "B4", verdict.Refuted, "took 59.0 s, the time-outs add up to 40 s; U rose by 9 MiB"},
		"three are too few":  {asked(injured(3, "pooled", run.FaultStall, 60, 0), 2, 59), "B4", verdict.Inconclusive, "0 of 6 refute"},
		"asked too late":     {asked(injured(6, "pooled", run.FaultStall, 60, 0), 30, 10), "B4", verdict.Inconclusive, "early enough"},
		"a call costs":       {calling(6, 9000, 2000), "B3", verdict.Confirmed, "takes 9.0 ms, 2.0 ms from the cache; an answer has 2.0 KiB"},
		"a call costs less":  {calling(6, 1000, 2000), "B3", verdict.Refuted, "longer than from the cache"},
		"no sockets":         {unsocketed(6, 0), "B5", verdict.Confirmed, "in 6 of 6 trials"},
		"one trial has one":  {unsocketed(6, 1), "B5", verdict.Inconclusive, "in 5 of 6 trials"},
		"all have sockets":   {unsocketed(6, 6), "B5", verdict.Refuted, "in 0 of 6 trials"},
		"another's fault":    {injured(6, "pooled", run.FaultCut, 60, 40), "B2", verdict.NotMeasured, "takes an experiment"},
		"nobody was injured": {runtest.Campaign(6, runtest.Arm{Variant: "pooled", Levels: runtest.Levels{0: 80, 3: 120, 10: 160}}), "B4", verdict.NotMeasured, "takes an experiment"},
	} {
		t.Run(name, func(t *testing.T) {
			v := verdict.Judge(asking(test.runs, test.id), document(t))
			for _, c := range v.Claims {
				if c.ID != test.id {
					continue
				}
				if said := fmt.Sprint(c.ByData["light"].Reasons); c.Outcome != test.outcome || !strings.Contains(said, test.reason) {
					t.Errorf("%s: %s, %s; want %s, %s", c.ID, c.Outcome, said, test.outcome, test.reason)
				}
				return
			}
			t.Errorf("%s is not judged", test.id)
		})
	}
}

// A trial whose generator was starved is no evidence of anything.
func TestBehaviourLeavesOutSpoiltTrials(t *testing.T) {
	runs := injured(6, "postgres", run.FaultCut, 30, 40)
	for _, r := range runs {
		r.Users[4].StalledReceivers = 1
	}
	for _, c := range verdict.Judge(asking(runs, "B2"), document(t)).Claims {
		if w := c.ByData["light"]; c.ID == "B2" && (w.Outcome != verdict.Inconclusive || w.Measured != nil) {
			t.Errorf("B2 = %+v, want inconclusive and nothing measured", w)
		}
	}
}

// killedInFault has the first so many targets killed ten seconds into their fault.
func killedInFault(runs []*run.Run, n int) []*run.Run {
	for _, r := range runs[:n] {
		for _, m := range r.Marks {
			if m.Name == run.MarkFault {
				runtest.Killed(r, m.T+10)
			}
		}
	}
	return runs
}

// Where targets die, those that live are not all there is.
func TestSurvivorsDecideNothing(t *testing.T) {
	for name, test := range map[string]struct {
		runs    []*run.Run
		id      string
		outcome string
		reason  string
	}{
		"killed by cuts":             {killedInFault(injured(12, "postgres", run.FaultCut, 30, 1), 6), "B2", verdict.Inconclusive, "say nothing of all"},
		"half killed by the stall":   {killedInFault(asked(injured(12, "pooled", run.FaultStall, 60, 0), 2, 30), 6), "B4", verdict.Inconclusive, "in 6 of 12 trials"},
		"all killed by the stall":    {killedInFault(asked(injured(6, "pooled", run.FaultStall, 60, 0), 2, 30), 6), "B4", verdict.Refuted, "round 2: in the stall: killed by the kernel"},
		"killed before they emptied": {killedLate(staying(6, 90, 90), 6), "B1", verdict.Inconclusive, "say nothing of all"},
	} {
		w := word(t, verdict.Judge(test.runs, document(t)), test.id)
		if w.Outcome != test.outcome || !says(w, test.reason) {
			t.Errorf("%s: %s, %q; want %s, %s", name, w.Outcome, w.Reasons, test.outcome, test.reason)
		}
	}
}

func killedLate(runs []*run.Run, n int) []*run.Run {
	for _, r := range runs[:n] {
		runtest.Killed(r, 80)
	}
	return runs
}

// What was not read is neither a rise nor the lack of one.
func TestFaultsWithoutSamples(t *testing.T) {
	drop := func(runs []*run.Run, before, after float64) []*run.Run {
		for _, r := range runs {
			for _, m := range r.Marks {
				if m.Name == run.MarkFault {
					runtest.Gap(r, m.T+before, m.T+after)
				}
			}
		}
		return runs
	}
	stalls := func() []*run.Run { return asked(injured(6, "pooled", run.FaultStall, 60, 9), 2, 30) }
	for _, runs := range [][]*run.Run{drop(stalls(), -31, 0), drop(stalls(), 0, 60)} {
		if w := word(t, verdict.Judge(runs, document(t)), "B4"); w.Outcome != verdict.Confirmed || says(w, "U rose") {
			t.Errorf("without samples: %s, %q", w.Outcome, w.Reasons)
		}
	}
	w := word(t, verdict.Judge(drop(injured(6, "postgres", run.FaultCut, 30, 40), 40, 80), document(t)), "B2")
	if w.Outcome != verdict.Inconclusive || w.Measured != nil || !says(w, "no samples of 10 s before or after the cuts") {
		t.Errorf("few samples after the cuts: %s, %+v, %q", w.Outcome, w.Measured, w.Reasons)
	}
}

// When the users leave, memory is another's: it is not read for the cuts.
func TestCutsAreReadWithTheUsersThere(t *testing.T) {
	runs := injured(6, "postgres", run.FaultCut, 30, 0)
	for _, r := range runs {
		fault := r.Marks[len(r.Marks)-2].T
		r.Header.Phases = append(r.Header.Phases, run.Phase{Name: "again", Users: 10, HoldSeconds: 50})
		r.Events = nil                     // the generator goes on
		r.Marks = r.Marks[:len(r.Marks)-3] // the end of the load comes later
		r.Marks = append(r.Marks, run.Mark{T: fault - 40, Name: run.MarkPhase, Phase: "again", Users: 10},
			run.Mark{T: fault, Name: run.MarkFault}, run.Mark{T: fault + 30, Name: run.MarkFaultEnd},
			run.Mark{T: fault + 47, Name: run.MarkPhase, Phase: "left"})
		for i := range r.Samples {
			if r.Samples[i].T >= fault+47 {
				r.Samples[i].Unreclaimable = memory.Known(900 * memory.MiB)
			}
		}
	}
	w := word(t, verdict.Judge(runs, document(t)), "B2")
	if w.Outcome != verdict.Refuted || w.Measured == nil || *w.Measured.Bytes != 0 {
		t.Errorf("%s, %+v, %q; want a rise of 0", w.Outcome, w.Measured, w.Reasons)
	}
}
