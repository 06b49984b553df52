package verdict_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/run/runtest"
	"github.com/pixeltales/pixelload/internal/verdict"
)

const (
	soakBegin  = 60.0 // seconds since the trial began, of the hold
	soakLength = 1800.0
)

// soaked is half an hour of ten users, who ask for 20 lists a minute. held is
// what the target holds in MiB at each second of the hold; every five to nine lists a
// collection takes away garbage, 4 MiB of which each list leaves.
func soaked(seed uint64, held func(t float64, r *rand.Rand) float64) *run.Run {
	tooth := 7
	return soakedWith(seed, held, func(lists int, r *rand.Rand) bool {
		if lists < tooth {
			return false
		}
		tooth = 5 + r.IntN(5)
		return true
	})
}

// soakedWith is soaked with collections after so many lists as collects says.
func soakedWith(seed uint64, held func(t float64, r *rand.Rand) float64, collects func(lists int, r *rand.Rand) bool) *run.Run {
	random := rand.New(rand.NewPCG(seed, 8))
	r := runtest.Stepping(1, 1, []int{0, 10}, runtest.Levels{0: 80, 10: 100})
	r.Header.Phases = []run.Phase{{Name: "users=10", Users: 10, WarmupSeconds: 30, HoldSeconds: soakLength}, {Name: "drained", HoldSeconds: 10}}
	r.Header.SampleSeconds, r.Header.ListRequestsAMinute, r.Header.LeakBudget = 1, 2, 5*memory.MiB
	end := soakBegin + soakLength
	r.Marks = []run.Mark{
		{T: soakBegin - 30, Name: run.MarkPhase, Phase: "users=10", Users: 10},
		{T: end, Name: run.MarkPhase, Phase: "drained"}, {T: end + 10, Name: run.MarkLoadEnd},
	}
	line := r.Users[len(r.Users)/2]
	r.Samples, r.Users = nil, nil
	garbage, lists := 0.0, 0
	for s := soakBegin - 30; s <= end+10; s++ {
		u := line
		u.T, u.Phase, u.Active = s, "users=10", 10
		if s > end {
			u.Phase, u.Active = "drained", 0
		}
		u.Requests = []run.Requests{{Name: "profile", Status: 200, N: 3}}
		if int(s)%3 == 0 {
			u.Requests = append(u.Requests, run.Requests{Name: "stories_public", Status: 200, N: 1})
			garbage += 4
			if lists++; collects(lists, random) {
				garbage, lists = 0, 0
			}
		}
		r.Users = append(r.Users, u)
		t := max(s-soakBegin, 0)
		mib := 120 + held(t, random) + garbage + 0.5*random.NormFloat64()
		r.Samples = append(r.Samples, run.Sample{T: s, Sample: memory.Sample{
			Unreclaimable: memory.Known(uint64(mib * memory.MiB)), OOMKills: memory.Known(0),
		}})
	}
	r.Events = []run.Event{{T: end + 10, Kind: run.EventGenerator}, {T: end + 11, Kind: run.EventTargetSummary}}
	r.End = &run.End{T: end + 11, Outcome: run.Complete}
	return r
}

// leaking holds so many MiB more each hour.
func leaking(mib float64) func(float64, *rand.Rand) float64 {
	return func(t float64, _ *rand.Rand) float64 { return mib * t / 3600 }
}

func TestSoak(t *testing.T) {
	for _, tt := range []struct {
		name    string
		held    func(float64, *rand.Rand) float64
		leak    float64 // MiB an hour
		outcome string
		early   bool
		once    bool
	}{
		{"nothing but garbage", leaking(0), 0, verdict.Pass, true, false},
		{"a leak", leaking(60), 60, verdict.Fail, true, false},
		{"a leak far below the budget", leaking(1), 1, verdict.Pass, false, false},
		{"a step", func(t float64, _ *rand.Rand) float64 { return 40 * b(t > 500) }, 0, verdict.Pass, false, true},
		{"a step and a leak", func(t float64, _ *rand.Rand) float64 { return 40*b(t > 500) + 60*t/3600 }, 60, verdict.Fail, true, true},
		{"a warm-up that lasts", func(t float64, _ *rand.Rand) float64 { return 40 * (1 - math.Exp(-t/120)) }, 0, verdict.Pass, false, true},
	} {
		r := soaked(1, tt.held)
		s := verdict.JudgeSoak(r)
		if s.Outcome != tt.outcome {
			t.Errorf("%s: %s (%v), want %s: %+v, once %+v", tt.name, s.Outcome, s.Reasons, tt.outcome, s.Leak, s.Once)
			continue
		}
		interval := [2]float64{s.Leak.Interval[0] / memory.MiB, s.Leak.Interval[1] / memory.MiB}
		if tt.leak < interval[0] || tt.leak > interval[1] || interval[1]-interval[0] > 80 {
			t.Errorf("%s: %.1f MiB/h in %.1f, want %.1f", tt.name, s.Leak.BytesPerHour/memory.MiB, interval, tt.leak)
		}
		if (len(s.Once) > 0) != tt.once {
			t.Errorf("%s: once %+v", tt.name, s.Once)
		}
		if last := s.Looks[len(s.Looks)-1]; tt.early && last.Part >= 1 {
			t.Errorf("%s: decided at %v only", tt.name, last.Part)
		}
		if s.Garbage == nil || *s.Garbage < 10*memory.MiB || *s.Garbage > 60*memory.MiB {
			t.Errorf("%s: garbage %v", tt.name, s.Garbage)
		}
	}
}

// What came in a piece and may come again is no proof that nothing leaks, but
// nor of a leak.
func TestSoakOfPieces(t *testing.T) {
	for name, held := range map[string]func(float64, *rand.Rand) float64{
		"twice": func(t float64, _ *rand.Rand) float64 { return 50*b(t > 8*60) + 50*b(t > 22*60) },
		"late":  func(t float64, _ *rand.Rand) float64 { return 50 * b(t > 22*60) },
	} {
		s := verdict.JudgeSoak(soaked(1, held))
		if s.Outcome != verdict.Inconclusive || !strings.Contains(s.Reasons[0], "may come again") {
			t.Errorf("%s: %s, %v, once %+v", name, s.Outcome, s.Reasons, s.Once)
		}
	}
}

// Garbage that no collection has taken yet looks like a leak.
func TestSoakWithoutCollections(t *testing.T) {
	collected := false
	s := verdict.JudgeSoak(soakedWith(1, leaking(0), func(lists int, _ *rand.Rand) bool {
		once := lists == 20 && !collected
		collected = collected || once
		return once
	}))
	if s.Outcome != verdict.Inconclusive || !strings.Contains(s.Reasons[0], "--collected") {
		t.Errorf("%s, %v, leak %+v", s.Outcome, s.Reasons, s.Leak)
	}
	never := soakedWith(1, leaking(0), func(int, *rand.Rand) bool { return false })
	never.Header.ListRequestsAMinute = 0 // nobody asks for lists: what rises is no garbage of theirs
	if s := verdict.JudgeSoak(never); s.Outcome != verdict.Fail {
		t.Errorf("without lists: %s, %v", s.Outcome, s.Reasons)
	}
}

func b(holds bool) float64 {
	if holds {
		return 1
	}
	return 0
}

// Garbage alone is called a leak in one of twenty worlds at most, and a leak is
// found.
func TestSoakByChance(t *testing.T) {
	const worlds = 60
	wrong, rough, passed, found := 0, 0, 0, 0
	// A collection that may come after any list leaves stretches without one.
	anyTime := func(_ int, r *rand.Rand) bool { return r.IntN(7) == 0 }
	for seed := range uint64(worlds) {
		// At the budget itself every answer is wrong.
		if verdict.JudgeSoak(soaked(seed, leaking(5))).Outcome != verdict.Inconclusive {
			wrong++
		}
		if verdict.JudgeSoak(soakedWith(seed, leaking(5), anyTime)).Outcome != verdict.Inconclusive {
			rough++
		}
		if verdict.JudgeSoak(soaked(seed, leaking(0))).Outcome == verdict.Pass {
			passed++
		}
		if verdict.JudgeSoak(soaked(seed, leaking(40))).Outcome == verdict.Fail {
			found++
		}
	}
	t.Logf("of %d worlds: %d and %d wrong at the budget, %d pass without a leak, %d fail with 40 MiB/h", worlds, wrong, rough, passed, found)
	if wrong > worlds/10 || rough > worlds/10 || passed < worlds*8/10 || found < worlds*9/10 {
		t.Errorf("of %d worlds: %d and %d wrong at the budget, %d passed, %d found", worlds, wrong, rough, passed, found)
	}
}

// cutAt is what the file holds when the soak is still under way.
func cutAt(r *run.Run, t float64) *run.Run {
	part := *r
	part.End, part.Events = nil, nil
	part.Marks = r.Marks[:1]
	for i, s := range r.Samples {
		if s.T > t {
			part.Samples = r.Samples[:i]
			break
		}
	}
	for i, u := range r.Users {
		if u.T > t {
			part.Users = r.Users[:i]
			break
		}
	}
	return &part
}

// A soak under way is looked at when a look is due, and at no other time; what
// decides it then is what is said at the end.
func TestSoakDecided(t *testing.T) {
	r := soaked(1, leaking(60))
	for part, want := range map[float64]bool{0.35: false, 0.41: true, 0.7: true} {
		if got := verdict.SoakDecided(cutAt(r, soakBegin+part*soakLength)); got != want {
			t.Errorf("decided at %v: %v, want %v", part, got, want)
		}
	}
	if verdict.SoakDecided(cutAt(soaked(1, leaking(5)), soakBegin+0.7*soakLength)) {
		t.Error("a leak of the budget itself is decided")
	}
	early := cutAt(r, soakBegin+0.42*soakLength)
	end := early.Samples[len(early.Samples)-1].T
	early.Events = []run.Event{{T: end, Kind: run.EventGenerator}}
	early.End = &run.End{T: end, Outcome: run.Enough}
	got, whole := verdict.JudgeSoak(early), verdict.JudgeSoak(r)
	if diff := cmp.Diff(whole.Leak, got.Leak); diff != "" || got.Outcome != verdict.Fail {
		t.Errorf("ended early: %s, %v (-whole +early):\n%s", got.Outcome, got.Reasons, diff)
	}
}

// Whoever interrupts a soak gets what there is, on the account of the next look.
func TestSoakInterrupted(t *testing.T) {
	interrupt := func(leak, part float64) *verdict.Soak {
		r := cutAt(soaked(1, leaking(leak)), soakBegin+part*soakLength)
		end := r.Samples[len(r.Samples)-1].T
		r.Events = []run.Event{{T: end, Kind: run.EventInterrupted}}
		r.End = &run.End{T: end, Outcome: run.Interrupted}
		return verdict.JudgeSoak(r)
	}
	s := interrupt(100, 0.5)
	if s.Outcome != verdict.Fail || s.ExitCode != verdict.ExitInterrupted || len(s.Looks) != 1 || s.Looks[0].Part != 0.4 {
		t.Errorf("a clear leak: %s, code %d, looks %+v", s.Outcome, s.ExitCode, s.Looks)
	}
	s = interrupt(5, 0.5)
	if s.Outcome != verdict.Inconclusive || s.ExitCode != verdict.ExitInterrupted || len(s.Looks) != 2 || s.Looks[1].Alpha != 0.01 || math.Abs(s.Looks[1].Part-0.5) > 0.01 {
		t.Errorf("the budget itself: %s, code %d, looks %+v", s.Outcome, s.ExitCode, s.Looks)
	}
	// A stop that was chosen by hand is no planned look: who stops when it looks well
	// may not pass.
	s = interrupt(0, 0.55)
	if s.Outcome != verdict.Inconclusive || s.ExitCode != verdict.ExitInterrupted || len(s.Looks) != 2 || !strings.Contains(s.Reasons[0], "interrupted") {
		t.Errorf("no leak: %s, code %d, %v, looks %+v", s.Outcome, s.ExitCode, s.Reasons, s.Looks)
	}
	s = interrupt(100, 0.1)
	if s.Outcome != verdict.Inconclusive || s.Leak != nil || !strings.Contains(s.Reasons[0], "a slope takes twelve") {
		t.Errorf("three minutes: %s, %v", s.Outcome, s.Reasons)
	}
}

func TestSoakThatCannotBeJudged(t *testing.T) {
	late := soaked(1, leaking(0))
	runtest.EachUsers(late, "users=10", func(u *run.Users) { u.Lag = run.Histogram{{900000, 100}} })
	if s := verdict.JudgeSoak(late); s.Outcome != verdict.Inconclusive || s.ExitCode != verdict.ExitInconclusive || !strings.Contains(s.Reasons[0], "users sent late") {
		t.Errorf("late users: %s, %v", s.Outcome, s.Reasons)
	}
	late = soaked(1, leaking(60))
	runtest.EachUsers(late, "users=10", func(u *run.Users) { u.Lag = run.Histogram{{900000, 100}} })
	if s := verdict.JudgeSoak(late); s.Leak != nil || len(s.Once) > 0 || s.ToLimit != nil || s.Looks[0].Answer != verdict.LeakUnknown {
		t.Errorf("late users tell of a leak %+v, once %+v, to the limit %+v, looks %+v", s.Leak, s.Once, s.ToLimit, s.Looks)
	}
	lost := soaked(1, leaking(0))
	runtest.Deliver(lost, "users=10", 0.5)
	if s := verdict.JudgeSoak(lost); s.Outcome != verdict.Inconclusive {
		t.Errorf("half of the load: %s, %v", s.Outcome, s.Reasons)
	}
	lost = soaked(1, leaking(60))
	runtest.Deliver(lost, "users=10", 0.5)
	if s := verdict.JudgeSoak(lost); s.Outcome != verdict.Fail {
		t.Errorf("a leak under half of the load: %s, %v", s.Outcome, s.Reasons)
	}
	killed := cutAt(soaked(1, leaking(0)), soakBegin+900)
	killed.Events = []run.Event{{T: soakBegin + 900, Kind: run.EventOOMKill, Count: 1}}
	killed.End = &run.End{T: soakBegin + 900, Outcome: run.Killed}
	if s := verdict.JudgeSoak(killed); s.Outcome != verdict.Fail || !strings.Contains(s.Reasons[0], "killed by the kernel") {
		t.Errorf("killed: %s, %v", s.Outcome, s.Reasons)
	}
}

func TestSoakToTheLimit(t *testing.T) {
	s := verdict.JudgeSoak(soaked(1, leaking(60)))
	if s.ToLimit == nil || s.ToLimit.Most == nil || s.Largest == nil {
		t.Fatalf("to the limit: %+v, largest %v", s.ToLimit, s.Largest)
	}
	room := float64(s.LimitBytes-*s.Largest) / memory.MiB / 60
	if room < s.ToLimit.Least || room > *s.ToLimit.Most {
		t.Errorf("%.1f h until the limit, want within %.1f to %.1f", room, s.ToLimit.Least, *s.ToLimit.Most)
	}
	if s := verdict.JudgeSoak(soaked(1, leaking(0))); s.ToLimit != nil && s.ToLimit.Most != nil {
		t.Errorf("without a leak the limit comes in %+v", s.ToLimit)
	}
}

// The largest U may come in the last stretch, which is not whole.
func TestSoakLargest(t *testing.T) {
	r := soaked(1, leaking(0))
	for i, s := range r.Samples {
		if s.T > soakBegin+soakLength-5 && s.T < soakBegin+soakLength {
			r.Samples[i].Unreclaimable = memory.Known(450 * memory.MiB)
		}
	}
	if s := verdict.JudgeSoak(r); s.Largest == nil || *s.Largest != 450*memory.MiB {
		t.Errorf("largest %v, want 450 MiB", s.Largest)
	}
}

// A collected soak reads what each collection left.
func TestCollectedSoak(t *testing.T) {
	r := soaked(1, leaking(20))
	r.Header.Kind = run.Collected
	r.Header.Phases, r.Marks = nil, nil
	for n := range 30 {
		p := run.Phase{Name: "minute=" + string(rune('A'+n)), Users: 10, HoldSeconds: 60}
		begin := soakBegin + 60*float64(n)
		if n == 0 {
			p.WarmupSeconds, begin = 30, begin-30
		}
		r.Header.Phases = append(r.Header.Phases, p)
		end := soakBegin + 60*float64(n+1)
		r.Marks = append(r.Marks, run.Mark{T: begin, Name: run.MarkPhase, Phase: p.Name, Users: 10},
			run.Mark{T: end - 6, Name: run.MarkCollected, Phase: p.Name, Users: 10},
			run.Mark{T: end - 4, Name: run.MarkCollectedEnd, Phase: p.Name, Users: 10})
		for i, s := range r.Samples {
			if s.T >= end-6 && s.T < end-4 {
				r.Samples[i].Unreclaimable = memory.Known(uint64((120 + 20*(s.T-soakBegin)/3600) * memory.MiB))
			}
		}
		for i, u := range r.Users {
			if u.T > begin && u.T <= end {
				r.Users[i].Phase = p.Name
			}
		}
	}
	r.Marks = append(r.Marks, run.Mark{T: soakBegin + soakLength, Name: run.MarkLoadEnd})
	s := verdict.JudgeSoak(r)
	if s.Outcome != verdict.Fail || s.Leak == nil || math.Abs(s.Leak.BytesPerHour/memory.MiB-20) > 1 || s.Garbage != nil {
		t.Errorf("%s, %v, leak %+v, garbage %v", s.Outcome, s.Reasons, s.Leak, s.Garbage)
	}
}

func TestSoakIsAFunctionOfTheRun(t *testing.T) {
	marshal := func() string {
		data, err := json.Marshal(verdict.JudgeSoak(soaked(3, leaking(3))))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if a, b := marshal(), marshal(); a != b {
		t.Errorf("two judgements differ:\n%s\n%s", a, b)
	}
}

// B1 asks for the slope over a long hold: a soak in the campaign's folder shows it.
func TestSlopeBesideWhatStays(t *testing.T) {
	soak := soaked(1, leaking(60))
	soak.Header.Trial = 9
	c := func(runs []*run.Run) verdict.Claim {
		t.Helper()
		doc, err := claim.Load()
		if err != nil {
			t.Fatal(err)
		}
		v := verdict.Judge(runs, doc)
		for _, c := range v.Claims {
			if c.ID == "B1" {
				return c
			}
		}
		t.Fatalf("B1 is not judged: %v", v.Reasons)
		return verdict.Claim{}
	}
	alone := c([]*run.Run{soak}).ByData["light"]
	if alone.Outcome != verdict.Inconclusive || len(alone.Measured.Leaks) != 1 || !strings.Contains(strings.Join(alone.Reasons, "\n"), "over 30 minutes of 10 users it leaks ") {
		t.Errorf("a soak alone: %+v", alone)
	}
	levels := runtest.Levels{0: 80, 3: 120, 10: 160}
	campaign := runtest.Campaign(3, runtest.Arm{Variant: "before", Levels: levels, Collected: true}, runtest.Arm{Variant: "before", Off: []string{"sockets"}, Levels: levels, Collected: true})
	without, with := c(campaign).ByData["light"], c(append(campaign, soak)).ByData["light"]
	if with.Outcome != without.Outcome || len(with.Measured.Leaks) != 1 || with.Measured.Leaks[0].BytesPerHour < 20*memory.MiB {
		t.Errorf("beside what stays: %+v, without it %+v", with, without)
	}
}
