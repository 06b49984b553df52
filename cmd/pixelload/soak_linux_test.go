package main

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/calibration/calibtest"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// A target that is known to leak, to hold garbage or to take memory once is
// soaked for as long as a test may.
func TestSoakOfAKnownTarget(t *testing.T) {
	long(t)
	soakKnown(t, 20*time.Second)
}

func TestLongSoakOfAKnownTarget(t *testing.T) {
	long(t)
	soakKnown(t, time.Minute)
}

func soakKnown(t *testing.T, length time.Duration) {
	t.Helper()
	leak := 1.0 // MiB a second
	for name, tt := range map[string]struct {
		settings []string
		later    string // changed after a fifth of the time, and so before the first look
		leak     float64
		outcome  string
		once     bool
	}{
		"leak":              {[]string{"anon=60", "leak=1"}, "", 3600 * leak, verdict.Fail, false},
		"garbage":           {[]string{"anon=60", "garbage=3", "every=2"}, "", 0, verdict.Pass, false},
		"garbage and leak":  {[]string{"anon=60", "garbage=3", "every=2", "leak=1"}, "", 3600 * leak, verdict.Fail, false},
		"taken once":        {[]string{"anon=60"}, "anon=90", 0, verdict.Pass, true},
		"nothing but there": {[]string{"anon=60"}, "", 0, verdict.Pass, false},
	} {
		t.Run(name, func(t *testing.T) {
			target := calibtest.Start(t, 0, tt.settings...)
			t.Parallel() // they mostly wait, and each has a cgroup of its own
			s := verdict.JudgeSoak(soaking(t, target, length, tt.later))
			if s.Outcome != tt.outcome || s.Leak == nil {
				t.Fatalf("%s, %v, leak %+v, once %+v; want %s", s.Outcome, s.Reasons, s.Leak, s.Once, tt.outcome)
			}
			low, high := s.Leak.Interval[0]/memory.MiB, s.Leak.Interval[1]/memory.MiB
			t.Logf("%.1f MiB/h [%.1f, %.1f], %d stretches, once %+v, looks %+v", s.Leak.BytesPerHour/memory.MiB, low, high, s.Leak.N, s.Once, s.Looks)
			// The program itself grows by a MiB in its first seconds, as its heap warms up;
			// two per cent are the clocks.
			own := 4 / length.Hours() / 2
			if tt.leak < 0.98*low-own || tt.leak > 1.02*high+1 {
				t.Errorf("leak in [%.1f, %.1f] MiB/h, and it is %.1f and up to %.0f of its own", low, high, tt.leak, own)
			}
			large := slices.ContainsFunc(s.Once, func(o verdict.OnceHeld) bool { return o.Bytes > 10*memory.MiB })
			if large != tt.once {
				t.Errorf("once: %+v", s.Once)
			}
		})
	}
}

// soaking samples the target for so long, while it is asked for ten pages a
// second. The budget is 1,000 MiB an hour: in 20 s that is 6 MiB.
func soaking(t *testing.T, target *calibtest.Target, length time.Duration, later string) *run.Run {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	get := func(method, path string) {
		request, err := http.NewRequestWithContext(ctx, method, target.URL()+path, nil)
		if err != nil {
			t.Error(err)
			return
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			if ctx.Err() == nil {
				t.Errorf("%s %s: %v", method, path, err)
			}
			return
		}
		answer.Body.Close()
	}
	var asking sync.WaitGroup
	defer asking.Wait()
	asking.Go(func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				get(http.MethodGet, "/page")
			}
		}
	})
	if later != "" {
		timer := time.AfterFunc(length/5, func() { get(http.MethodPost, "/?"+later) })
		defer timer.Stop()
	}
	began := time.Now()
	r := &run.Run{Header: run.Header{
		Kind: run.Natural, SampleSeconds: 0.05, LeakBudget: 1000 * memory.MiB,
		Phases: []run.Phase{{Name: "users=1", Users: 1, HoldSeconds: length.Seconds()}},
	}}
	r.Marks = []run.Mark{{T: 0, Name: run.MarkPhase, Phase: "users=1", Users: 1}}
	memory.Watch(ctx, target.Source(), 50*time.Millisecond, func(s memory.Sample) {
		r.Samples = append(r.Samples, run.Sample{T: s.Time.Sub(began).Seconds(), Sample: s})
	}, func(since time.Duration, err error) { t.Logf("no sample for %v: %v", since, err) })
	end := time.Since(began).Seconds()
	// Its users are pages alone: they report that they were there.
	for s := 0.5; s <= end+0.5; s++ {
		r.Users = append(r.Users, run.Users{T: s + 0.5, Seconds: 1, Phase: "users=1", Active: 1, Requests: []run.Requests{{Name: "page", Status: 200, N: 10}}})
	}
	r.Marks = append(r.Marks, run.Mark{T: end, Name: run.MarkLoadEnd})
	r.End = &run.End{T: end, Outcome: run.Complete}
	return r
}

// A soak that is interrupted is judged as far as it came, and again offline.
func TestSoakInterrupted(t *testing.T) {
	long(t)
	census(t)
	dir := filepath.Join(t.TempDir(), "soak")
	p := pixelload(t, "soak", "--users", "2", "--minutes", "5", "--warmup", "3s", "--out", dir)
	p.until(t, "users=2")
	time.Sleep(8 * time.Second)
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	p.expectExit(t, exitInterrupted)
	for _, want := range []string{"2 users for ", "of 5.0 minutes, natural", "CANNOT TELL  ", "a slope takes twelve"} {
		if !strings.Contains(p.stdout.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, &p.stdout)
		}
	}
	first, err := os.ReadFile(filepath.Join(dir, "soak.json"))
	if err != nil {
		t.Fatal(err)
	}
	pixelload(t, "judge", dir).expect(t, exitInterrupted)
	if again, err := os.ReadFile(filepath.Join(dir, "soak.json")); err != nil || !bytes.Equal(first, again) {
		t.Errorf("judged again, soak.json differs (%v)", err)
	}
}
