package verdict_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// cases are the runs of the golden verdicts: the file testdata/NAME.json.
var cases = []struct {
	name    string
	runs    func() []*run.Run
	outcome string
	exit    int
}{
	{"no-runs", func() []*run.Run { return nil }, verdict.Inconclusive, 3},
	{"healthy", func() []*run.Run { return one(func(*run.Run) {}) }, verdict.Pass, 0},
	{"empty", func() []*run.Run {
		return one(func(r *run.Run) { r.Marks, r.Samples, r.Users, r.Events, r.End = nil, nil, nil, nil, nil })
	}, verdict.Inconclusive, 3},
	{"one-sample", func() []*run.Run { return one(func(r *run.Run) { r.Samples = r.Samples[600:601] }) }, verdict.Inconclusive, 3},
	{"no-samples", func() []*run.Run { return one(func(r *run.Run) { r.Samples = nil }) }, verdict.Inconclusive, 3},
	{"no-users", func() []*run.Run { return one(func(r *run.Run) { r.Users = nil }) }, verdict.Inconclusive, 3},
	{"gap", func() []*run.Run { return one(func(r *run.Run) { runtest.Gap(r, 40, 45) }) }, verdict.Inconclusive, 3},
	{"over-budget", func() []*run.Run { return trials(runtest.Levels{0: 80, 3: 300, 10: 450}, 0) }, verdict.Fail, 99},
	{"oom-kill", func() []*run.Run { return one(func(r *run.Run) { runtest.Killed(r, 75) }) }, verdict.Fail, 99},
	{"worker-killed", func() []*run.Run {
		return one(func(r *run.Run) { r.Samples[len(r.Samples)-1].OOMKills = memory.Known(1) })
	}, verdict.Fail, 99},
	{"died-starting", func() []*run.Run {
		return one(func(r *run.Run) { runtest.Killed(r, 2.2); r.End.Outcome = run.DiedStarting })
	}, verdict.Fail, 99},
	{"died", func() []*run.Run {
		return one(func(r *run.Run) {
			runtest.StopAt(r, 75, run.Died, run.Event{Kind: run.EventExit, Text: "exit status 1"})
			r.Events = append(r.Events, run.Event{T: 75, Kind: run.EventTargetLog, Text: "Traceback\n  File x\nOSError: disk full\n"})
		})
	}, verdict.Fail, 99},
	{"interrupted", func() []*run.Run {
		return one(func(r *run.Run) { runtest.StopAt(r, 80, run.Interrupted, run.Event{Kind: run.EventInterrupted}) })
	}, verdict.Inconclusive, 105},
	{"generator-died", func() []*run.Run {
		return one(func(r *run.Run) {
			runtest.StopAt(r, 80, run.GeneratorDied, run.Event{Kind: run.EventGenerator, Count: -1})
		})
	}, verdict.Inconclusive, 3},
	{"scenario-error", func() []*run.Run {
		return one(func(r *run.Run) {
			runtest.StopAt(r, 80, run.GeneratorDied, run.Event{Kind: run.EventGenerator, Count: 107})
		})
	}, verdict.Inconclusive, 107},
	{"cut", func() []*run.Run { return one(func(r *run.Run) { r.End = nil }) }, verdict.Inconclusive, 3},
	{"last-phase-short", func() []*run.Run {
		return one(func(r *run.Run) {
			runtest.StopAt(r, 80, run.Complete, run.Event{Kind: run.EventGenerator})
		})
	}, verdict.Inconclusive, 3},
	{"stalled", func() []*run.Run {
		return one(func(r *run.Run) { r.Users[60].StalledReceivers = 1 })
	}, verdict.Inconclusive, 3},
	{"stalled-and-killed", func() []*run.Run {
		return one(func(r *run.Run) { r.Users[60].StalledReceivers = 1; runtest.Killed(r, 75) })
	}, verdict.Inconclusive, 3},
	{"late", func() []*run.Run {
		return one(func(r *run.Run) {
			runtest.EachUsers(r, "users=10", func(u *run.Users) { u.Lag = run.Histogram{{400000, 100}} })
		})
	}, verdict.Inconclusive, 3},
	{"errors", func() []*run.Run {
		return one(func(r *run.Run) {
			runtest.EachUsers(r, "users=10", func(u *run.Users) { u.Requests[1].Failed = true })
		})
	}, verdict.Inconclusive, 3},
	{"known-failures", func() []*run.Run {
		return one(func(r *run.Run) {
			runtest.EachUsers(r, "users=10", func(u *run.Users) { u.Requests[1].Failed, u.Requests[1].Known = true, true })
		})
	}, verdict.Pass, 0},
	{"delivery-95", func() []*run.Run { return one(func(r *run.Run) { runtest.Deliver(r, "users=10", 0.95) }) }, verdict.Pass, 0},
	{"delivery-95-late", func() []*run.Run {
		return one(func(r *run.Run) {
			runtest.Deliver(r, "users=10", 0.95)
			runtest.EachUsers(r, "users=10", func(u *run.Users) { u.Lag = run.Histogram{{400000, 100}} })
		})
	}, verdict.Inconclusive, 3},
	{"delivery-80", func() []*run.Run { return one(func(r *run.Run) { runtest.Deliver(r, "users=10", 0.80) }) }, verdict.Inconclusive, 3},
	{"no-limit", func() []*run.Run {
		return one(func(r *run.Run) { runtest.Unlimited(r); r.Header.NoLimitWhy = "no right to make a cgroup" })
	}, verdict.Pass, 0},
	{"no-budget", func() []*run.Run { return one(func(r *run.Run) { r.Header.BudgetBytes = 0 }) }, verdict.Inconclusive, 3},
	{"3-confirmed", func() []*run.Run { return trials(runtest.Levels{0: 250, 3: 300, 10: 400}, 0, 1, 2) }, verdict.Pass, 0},
	{"3-refuted", func() []*run.Run { return trials(low, 0, 1, 2) }, verdict.Pass, 0},
	{"3-refuted-fails", func() []*run.Run {
		runs := trials(low, 0, 1, 2)
		for _, r := range runs {
			r.Header.FailOn = verdict.FailOnRefuted
		}
		return runs
	}, verdict.Fail, 99},
	{"3-inconclusive", func() []*run.Run { return trials(runtest.Levels{0: 250, 3: 300, 10: 390}, 0, 15, 30) }, verdict.Inconclusive, 3},
	{"3-one-over", func() []*run.Run { return trials(runtest.Levels{0: 80, 3: 120, 10: 400}, 0, 1, 40) }, verdict.Fail, 99},
	{"6-no-crash", func() []*run.Run { return trials(low, 0, 1, 2, 3, 4, 5) }, verdict.Pass, 0},
	{"6-crashes", func() []*run.Run {
		runs := trials(low, 0, 1, 2, 3, 4, 5)
		for _, r := range runs {
			runtest.Killed(r, 75)
		}
		return runs
	}, verdict.Fail, 99},
	{"range", func() []*run.Run {
		runs := trials(runtest.Levels{0: 120, 3: 280, 10: 390}, 0, 1, 2)
		for _, r := range runs {
			r.Header.Variant = "after"
		}
		return runs
	}, verdict.Pass, 0},
	{"users-missing", func() []*run.Run {
		return one(func(r *run.Run) { r.Users[70].Active = 8 })
	}, verdict.Inconclusive, 3},
	{"users-silent", func() []*run.Run {
		return one(func(r *run.Run) {
			r.Users = slices.DeleteFunc(r.Users, func(u run.Users) bool { return u.T > 70 && u.T <= 72 })
		})
	}, verdict.Inconclusive, 3},
	{"no-strokes", func() []*run.Run {
		return one(func(r *run.Run) {
			runtest.EachUsers(r, "users=10", func(u *run.Users) { u.Draws, u.Fanout = run.Draws{}, nil })
		})
	}, verdict.Inconclusive, 3},
	{"no-lag", func() []*run.Run {
		return one(func(r *run.Run) { runtest.EachUsers(r, "users=10", func(u *run.Users) { u.Lag = nil }) })
	}, verdict.Inconclusive, 3},
	{"no-sockets", func() []*run.Run {
		return one(func(r *run.Run) {
			r.Header.Variant, r.Header.NoSockets = "no-websockets", true
			for i := range r.Users {
				u := &r.Users[i]
				u.Draws, u.Fanout, u.Sockets = run.Draws{}, nil, run.Sockets{Refused: map[string]int{"404": u.Active}}
			}
		})
	}, verdict.Pass, 0},
	{"readers", func() []*run.Run { // who draw nothing, and whom no claim is about
		return one(func(r *run.Run) {
			r.Header.Mix = "reader=1"
			for i := range r.Users {
				r.Users[i].Draws, r.Users[i].Fanout, r.Users[i].Lag = run.Draws{}, nil, nil
			}
		})
	}, verdict.Pass, 0},
	{"gap-in-warm-up", func() []*run.Run {
		return one(func(r *run.Run) {
			runtest.Gap(r, 30, 33)
			r.Events = append(r.Events, run.Event{T: 33, Kind: run.EventGap, Seconds: 3.1, Text: "the machine was too busy"})
		})
	}, verdict.Inconclusive, 3},
	{"trial-missing", func() []*run.Run { return trials(low, 0, 1, 2)[:2] }, verdict.Inconclusive, 3},
	{"trial-twice", func() []*run.Run {
		runs := trials(low, 0, 1, 2)
		copied := *runs[0]
		copied.Path = "runs/test/trial-1b.ndjson"
		return append(runs, &copied)
	}, verdict.Inconclusive, 3},
	{"trial-unreadable", func() []*run.Run {
		return append(trials(low, 0, 1, 2)[:2], &run.Run{Path: "runs/test/trial-3.ndjson", Unreadable: "no header: the file is empty"})
	}, verdict.Inconclusive, 3},
	{"only-unreadable", func() []*run.Run {
		return []*run.Run{{Path: "runs/test/trial-1.ndjson", Unreadable: "no header: the file is empty"}}
	}, verdict.Inconclusive, 3},
	{"one-series-fails", func() []*run.Run {
		runs := append(trials(runtest.Levels{0: 80, 3: 300, 10: 450}, 0), trials(low, 0, 1)...)
		for i, name := range []string{"heavy", "light", "typical"} {
			runs[i].Header.Data.Name, runs[i].Header.Trial, runs[i].Header.Trials = name, i+1, 3
		}
		return runs
	}, verdict.Fail, 99},
	{"harness", func() []*run.Run {
		return one(func(r *run.Run) {
			r.Events = append(r.Events, run.Event{T: 60, Kind: run.EventHarness, Text: "a line of the generator could not be read"})
		})
	}, verdict.Pass, 0},
	{"ended-from-outside", func() []*run.Run {
		return one(func(r *run.Run) {
			runtest.StopAt(r, 75, run.Died, run.Event{Kind: run.EventExit, Text: "ended by signal 9 (killed)"})
		})
	}, verdict.Fail, 99},
	{"fingerprint", func() []*run.Run {
		runs := trials(low, 0, 1, 2)
		runs[2].Header.Machine.Kernel = "6.19"
		return runs
	}, verdict.Inconclusive, 3},
}

func TestGolden(t *testing.T) {
	doc := document(t)
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			v := verdict.Judge(tt.runs(), doc)
			if v.Outcome != tt.outcome || v.ExitCode != tt.exit {
				t.Errorf("outcome %s, exit %d, want %s, %d: %q", v.Outcome, v.ExitCode, tt.outcome, tt.exit, v.Reasons)
			}
			got, err := json.MarshalIndent(v, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, tt.name+".json", append(got, '\n'))
		})
	}
}

// golden compares got with the file in testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func runsOf(name string) []*run.Run {
	for _, c := range cases {
		if c.name == name {
			return c.runs()
		}
	}
	return nil
}
