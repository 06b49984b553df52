package probe

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/account"
	"github.com/pixeltales/pixelload/internal/explain"
	"github.com/pixeltales/pixelload/internal/guard"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/target"
)

const mib = 1 << 20

// app is a target without Python: what a call does to its memory is known.
type app struct{ u atomic.Int64 }

func (*app) Name() string { return "cgroup2" }
func (*app) Close() error { return nil }
func (a *app) Read() (memory.Sample, error) {
	return memory.Sample{Time: time.Now(), Unreclaimable: memory.Known(uint64(a.u.Load()))}, nil //nolint:gosec // never below 0
}

func (a *app) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	switch r.URL.Path {
	case "/api/friends/": // keeps 2 MiB a call
		a.u.Add(2 * mib)
		w.Write([]byte(`{"success":true,"friends":[{"id":7}]}`))
	case "/api/social/leaderboard/": // 40 MiB while it is answered
		a.u.Add(40 * mib)
		time.Sleep(40 * time.Millisecond)
		a.u.Add(-40 * mib)
		w.Write([]byte(`{}`))
	case "/api/profanity/active/":
		w.Write([]byte(`{"words":[]}`))
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// probed measures an app; more changes how.
func probed(t *testing.T, more func(*Target)) (explain.Evidence, []string) {
	t.Helper()
	a := &app{}
	a.u.Store(100 * mib)
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	dir, err := os.MkdirTemp("", "p")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	hook, err := target.NewHook(dir)
	if err != nil {
		t.Fatal(err)
	}
	var steps []string
	target := Target{
		Pass: guard.Here(server.URL), Source: a, CPU: func() time.Duration { return 0 }, Hook: hook,
		Users: []account.User{{ID: 1}, {ID: 2}}, Token: func(account.User) (string, error) { return "tok", nil },
	}
	more(&target)
	var e explain.Evidence
	Measure(t.Context(), target, Options{Time: time.Minute, Step: func(format string, _ ...any) { steps = append(steps, format) }}, &e)
	return e, steps
}

func find(e explain.Evidence, name string) *explain.Subject {
	if i := slices.IndexFunc(e.Subjects, func(s explain.Subject) bool { return s.Name == name }); i >= 0 {
		return &e.Subjects[i]
	}
	return nil
}

// Without a hook each call is measured all the same, and what was refused is
// listed with its reason.
func TestMeasure(t *testing.T) {
	t.Parallel()
	asked := ""
	e, steps := probed(t, func(t *Target) {
		t.Crowd = func(_ context.Context, mix string, users int, _ time.Duration, line func(run.Users)) error {
			asked += mix + ","
			line(run.Users{Seconds: 1, Active: users})
			return nil // no second after they have arrived
		}
		t.CPU = func() time.Duration { return time.Second }
	})
	if e.Ended != "" || e.NoHook == "" || len(e.Start) != 3 || len(steps) < len(calls) {
		t.Errorf("ended %q, no hook %q, start %v, %d steps", e.Ended, e.NoHook, e.Start, len(steps))
	}
	friends, board := find(e, "friends"), find(e, "leaderboard")
	if friends == nil || board == nil || find(e, "words") == nil || len(e.Subjects) != 3 {
		t.Fatalf("%d subjects, want the three that answer", len(e.Subjects))
	}
	for _, b := range friends.Bursts {
		if b.AfterBytes-b.BeforeBytes != int64(b.Calls)*2*mib || b.TrimmedBytes != nil || b.CollectedBytes != nil {
			t.Errorf("friends %+v, want 2 MiB a call and nothing taken apart", b)
		}
	}
	for _, b := range board.Bursts {
		if b.PeakBytes-b.BeforeBytes != 40*mib || b.AfterBytes != b.BeforeBytes || b.Calls != 1 {
			t.Errorf("leaderboard %+v, want a peak of 40 MiB in one call", b)
		}
	}
	if board.Pile == nil || board.Pile.Calls < 2 {
		t.Errorf("pile %+v, want several large calls in a row", board.Pile)
	}
	why := map[string]string{}
	for _, m := range e.NotMeasured {
		why[m.What] = m.Why
	}
	if !strings.Contains(why["profile"], "404") || !strings.Contains(why["vote_cast"], "no earlier answer") || why["persona user"] == "" {
		t.Errorf("not measured: %v", why)
	}
	if !strings.HasPrefix(asked, ",host=1,guest=2,artist=1,") {
		t.Errorf("crowds %s, want the default user first", asked)
	}
	if e.LargestBytes < 140*mib {
		t.Errorf("largest U %d", e.LargestBytes)
	}
}

// A call whose other forms are refused shows nothing of a cache, and that is said.
func TestDistinctRefused(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/plain/" && r.URL.RawQuery != "" {
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	t.Cleanup(server.Close)
	p := &prober{Target: Target{Pass: guard.Here(server.URL), CPU: func() time.Duration { return 0 }}, meter: newMeter(&app{})}
	t.Cleanup(func() { p.meter.close() })
	p.client = newClient(p.Pass, "tok")
	for _, path := range []string{"/plain/", "/free/"} {
		if err := p.endpoint(t.Context(), endpoint{name: path, method: "GET", path: path}); err != nil {
			t.Fatal(err)
		}
	}
	plain, free := find(p.found, "/plain/"), find(p.found, "/free/")
	if plain == nil || len(plain.Bursts) == 0 || len(plain.Distinct) > 0 {
		t.Errorf("%+v: refusals pass for answers", plain)
	}
	if free == nil || len(free.Distinct) == 0 {
		t.Errorf("%+v, want bursts without repetition", free)
	}
	if m := p.found.NotMeasured; len(m) != 1 || !strings.Contains(m[0].What, "/plain/") || !strings.Contains(m[0].Why, "status 400") {
		t.Errorf("not measured: %+v, want the other forms of one call", m)
	}
}

// The default user stays for a whole round where there is time for all others.
func TestCrowdLengths(t *testing.T) {
	t.Parallel()
	for minutes, want := range map[time.Duration]time.Duration{10: crowdWarmup + time.Minute, 2: crowdWarmup + crowdHold} {
		p := &prober{Options: Options{Step: func(string, ...any) {}}, until: time.Now().Add(minutes * time.Minute), meter: newMeter(&app{})}
		var lengths []time.Duration
		p.Crowd = func(_ context.Context, _ string, _ int, length time.Duration, _ func(run.Users)) error {
			lengths = append(lengths, length)
			return nil
		}
		if err := p.crowds(t.Context()); err != nil || len(lengths) < 3 || lengths[0] != want || lengths[1] != crowdWarmup+crowdHold {
			t.Errorf("%d minutes: %v, %v; want the default user for %v", minutes, lengths, err, want)
		}
		p.meter.close()
	}
}

// What there was no time for is told from what cannot be measured.
func TestNoTime(t *testing.T) {
	t.Parallel()
	p := &prober{Options: Options{Step: func(string, ...any) {}}, until: time.Now()}
	p.Crowd = func(context.Context, string, int, time.Duration, func(run.Users)) error { return nil }
	if err := p.crowds(t.Context()); err != nil || len(p.found.NotMeasured) != len(mixes()) || !p.found.NotMeasured[0].NoTime {
		t.Errorf("%v, not measured %+v", err, p.found.NotMeasured)
	}
	p.missing("profile", refused{http.StatusNotFound})
	if last := p.found.NotMeasured[len(mixes())]; last.NoTime {
		t.Errorf("%+v for want of time", last)
	}
}

// A second in which a user is missing is no whole one, and its processor time is
// not the next one's; one that nobody read is not zero.
func TestHold(t *testing.T) {
	t.Parallel()
	t0 := time.Now()
	seconds := func(active, cpu []int) explain.Crowd {
		h := hold{Crowd: &explain.Crowd{Users: 2, Requests: map[string]int{}}}
		for i := range active {
			l := run.Users{Seconds: 1, Active: active[i], Requests: []run.Requests{{Name: "words", N: 1}}}
			h.second(l, time.Duration(cpu[i])*time.Millisecond, t0.Add(time.Duration(i)*time.Second))
		}
		return *h.Crowd
	}
	c := seconds([]int{2, 2, 2, 1, 2}, []int{1000, 1100, 1200, 1900, 2000})
	if c.Seconds != 2 || c.CPUSeconds == nil || *c.CPUSeconds < 0.199 || *c.CPUSeconds > 0.201 || c.Requests["words"] != 2 {
		t.Errorf("%+v, want two whole seconds of 100 ms", c)
	}
	for _, cpu := range [][]int{{1000, 1100, 1200, 0, 2000}, {1000, 0, 1200, 1300, 1400}} {
		if c := seconds([]int{2, 2, 2, 2, 2}, cpu); c.Seconds != 3 || c.CPUSeconds != nil {
			t.Errorf("%+v, want three seconds of which the processor time is not known", c)
		}
	}
}

// Before U comes to the limit that was named, the call is asked no more, and the
// others are, once at least: what one call takes is not known before.
func TestSafeStop(t *testing.T) {
	t.Parallel()
	e, _ := probed(t, func(t *Target) { t.StopBytes = 135 * mib })
	if e.LargestBytes >= 180*mib || find(e, "words") == nil {
		t.Errorf("largest U %d MiB with %d subjects", e.LargestBytes/mib, len(e.Subjects))
	}
	if !slices.ContainsFunc(e.NotMeasured, func(m explain.Missing) bool { return strings.Contains(m.Why, errStop.Error()) }) {
		t.Errorf("nothing says that the limit was near: %v", e.NotMeasured)
	}
}

// A target that ends is a reason and not a figure.
func TestTargetEnds(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(&app{})
	server.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(target.ErrDied)
	var e explain.Evidence
	Measure(ctx, Target{
		Pass: guard.Here(server.URL), Source: &app{}, CPU: func() time.Duration { return 0 },
		Users: []account.User{{ID: 1}, {ID: 2}}, Token: func(account.User) (string, error) { return "tok", nil },
	}, Options{Time: time.Minute, Step: func(string, ...any) {}}, &e)
	if !strings.Contains(e.Ended, "the target ended") || len(e.Subjects) > 0 {
		t.Errorf("ended %q with %d subjects", e.Ended, len(e.Subjects))
	}
}
