package explain

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/memory"
)

// shape is what each call of a made-up subject does to U, in MiB.
type shape struct {
	peak, free, garbage, held float64
	blocks                    int64 // more for each call
	calls                     int   // of a burst
	noise                     float64
}

// burstsOf are bursts of the shape, on a U that is read with noise.
func burstsOf(n int, s shape, random *rand.Rand) (all []Burst) {
	u := 100.0
	bytes := func(v float64) int64 { return int64(v * memory.MiB) }
	for range n {
		calls := float64(s.calls)
		noise := func() float64 {
			if s.noise == 0 {
				return 0
			}
			return s.noise * (2*random.Float64() - 1)
		}
		collected := u + s.held*calls + noise()
		trimmed := collected + s.garbage*calls + noise()
		after := trimmed + s.free + noise()
		b := Burst{
			Calls: s.calls, Seconds: 1, CPUSeconds: new(0.01 * calls), AnswerBytes: bytes(calls),
			BeforeBytes: bytes(u), PeakBytes: bytes(max(after, u+s.peak)), AfterBytes: bytes(after),
		}
		t, c, k := bytes(trimmed), bytes(collected), s.blocks*int64(s.calls)
		b.TrimmedBytes, b.CollectedBytes, b.Blocks = &t, &c, &k
		all = append(all, b)
		u = collected
	}
	return all
}

func subject(name string, s shape, seed uint64) Subject {
	if s.calls == 0 {
		s.calls = 20
	}
	random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // repeatable
	first := int64(0)
	still := shape{calls: s.calls, noise: s.noise}
	return Subject{Name: name, What: "GET /" + name, Of: Endpoint, FirstBytes: &first, Bursts: burstsOf(4, s, random), Distinct: burstsOf(3, still, random)}
}

const readingNoise = 0.2 // MiB, more than two readings of U differ by

// Each planted cause is told, whatever the noise of a reading; nothing is made of
// noise alone.
func TestKinds(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 2)) //nolint:gosec // repeatable
		leak := subject("leak", shape{peak: 2, held: 0.2, blocks: 3, noise: readingNoise}, seed)
		native := subject("native", shape{held: 0.4, noise: readingNoise}, seed)
		cyclic := subject("cyclic", shape{peak: 60, garbage: 24, calls: 1, noise: readingNoise}, seed)
		large := subject("large", shape{peak: 80, free: 30, calls: 1, noise: readingNoise}, seed)
		small := subject("small", shape{peak: 0.3, noise: readingNoise}, seed)
		fragments := subject("fragments", shape{peak: 9, held: 0.02, noise: readingNoise}, seed)
		cache := subject("cache", shape{peak: 1, noise: readingNoise}, seed)
		cache.Distinct = burstsOf(3, shape{held: 0.5, blocks: 2, calls: 10, noise: readingNoise}, random)
		once := subject("once", shape{peak: 1, noise: readingNoise}, seed)
		first := int64(12 * memory.MiB)
		once.FirstBytes = &first
		lost := subject("lost", shape{peak: 14, held: -0.15, noise: readingNoise}, seed)
		lost.FirstBytes = &first // and gone with the next calls
		queue := standing("queue", 22, 24)
		passing := standing("passing", 0.3, 24)
		buffers := standing("buffers", 4, 24)
		connected := standing("connected", 3, 0)
		for want, s := range map[string]Subject{
			Leak: leak, Leak + " ": native, Garbage: cyclic, Large: large, Small: small, Large + " ": fragments, Cache: cache, Once: once,
			Large + "  ": lost, Queue: queue, Small + " ": passing, Small + "  ": buffers, Connected: connected,
		} {
			main, also := s.cost()
			if main.kind != strings.TrimSpace(want) {
				t.Errorf("seed %d: %s is %q (%.1f MiB, also %v), want %s; %s", seed, s.Name, main.kind, mib(main.bytes), also, want, main.evidence)
			}
		}
	}
}

// What grows less and less until it ends is no leak, though its interval lies
// above zero.
func TestGrowthThatEnds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		held   [4]float64
		blocks int64
		leak   bool
	}{
		{[4]float64{6, 5, 4, 0.7}, 2, false},
		{[4]float64{6, 5, 4, 3}, 2, true},
		{[4]float64{7, 5, 3, 2.5}, 0, false}, // a heap that falls to pieces
		{[4]float64{3, 3.1, 2.9, 3}, 0, true},
		{[4]float64{0.3, 0.31, 0.29, 0.3}, 0, false}, // too little of what nobody counted
	} {
		s := Subject{Name: "filling", Of: Endpoint}
		for _, h := range test.held {
			s.Bursts = append(s.Bursts, burstsOf(1, shape{held: h, blocks: test.blocks, calls: 1}, nil)...)
		}
		if f := s.leak(); (f.kind == Leak) != test.leak {
			t.Errorf("%+v: %+v", test, f)
		}
	}
}

func standing(name string, during, sent float64) Subject {
	s := Subject{Name: name, What: "a socket", Of: Socket}
	for i := range 3 {
		messages := 0
		if sent > 0 {
			messages = 500
		}
		wobble := 0.1 * float64(i)
		s.Standing = append(s.Standing, Standing{
			Sockets: 2, Messages: messages, SentBytes: int64(sent * memory.MiB), BeforeBytes: 100 * memory.MiB,
			DuringBytes: int64((100 + during + wobble) * memory.MiB), GoneBytes: int64((100 + wobble) * memory.MiB),
		})
	}
	return s
}

// Without the hook nobody knows what stays: it is said, and ranked all the same.
func TestWithoutTheHook(t *testing.T) {
	t.Parallel()
	s := subject("cyclic", shape{peak: 60, garbage: 24, calls: 1, noise: readingNoise}, 1)
	for i := range s.Bursts {
		b := &s.Bursts[i]
		b.TrimmedBytes, b.CollectedBytes, b.Blocks = nil, nil, nil
	}
	s.FirstBytes, s.Distinct = nil, nil
	d := Judge(Evidence{NoHook: "no Python process of the target has loaded it", Subjects: []Subject{s}})
	if r := d.Rows[0]; r.Kind != Left || r.Garbage != nil || r.Held != nil || r.Bytes < 50*memory.MiB {
		t.Errorf("row %+v, want %s with its rise and no part of it", r, Left)
	}
	if len(d.CannotTell) == 0 || !strings.Contains(d.CannotTell[0], "no Python process") {
		t.Errorf("cannot tell %v, want why", d.CannotTell)
	}
}

func TestRanks(t *testing.T) {
	t.Parallel()
	e := Evidence{
		Shares: []float64{0.1, 1},
		Subjects: []Subject{
			subject("small", shape{peak: 0.3}, 1),
			subject("large", shape{peak: 30, calls: 1}, 1),
			subject("leak", shape{held: 0.5, blocks: 1}, 1), // 50 MiB in 100 calls
			subject("cyclic", shape{peak: 90, garbage: 80, calls: 1}, 1),
		},
		Crowds: []Crowd{{Persona: "user", Users: 2, Seconds: 10, CPUSeconds: new(4.0), Requests: map[string]int{"cyclic": 4}}},
	}
	d := Judge(e)
	var names []string
	for i, r := range d.Rows {
		names = append(names, r.Name)
		if r.Rank != i+1 {
			t.Errorf("%s has rank %d at place %d", r.Name, r.Rank, i+1)
		}
	}
	if got := strings.Join(names, " "); got != "cyclic leak large small" {
		t.Errorf("order %s", got)
	}
	// A share is of the largest rise: rises overlap in one heap, and what a growth
	// comes to in 100 calls was never there.
	if s := d.Rows[0].Share; s == nil || *s != 1 {
		t.Errorf("the largest rise has a share of %v, want all of itself", s)
	}
	if s := d.Rows[2].Share; s == nil || *s < 0.33 || *s > 0.34 {
		t.Errorf("a third of the largest rise has a share of %v", s)
	}
	if s := d.Rows[1].Share; s != nil {
		t.Errorf("what is computed of the leak has a share of %v of what was measured", *s)
	}
	if d.Rows[1].Basis == "" || d.Rows[1].Kind != Leak {
		t.Errorf("the leak's row %+v, want what 100 calls are computed from", d.Rows[1])
	}
	// 0.2 calls a second and user, of 10 ms each: 0.1 CPU is used up by 50 users.
	if u := d.Rows[0].Users; len(u) != 2 || u[0].Users < 49.9 || u[0].Users > 50.1 {
		t.Errorf("users %+v, want 50 at 0.1 CPU", u)
	}
	if r := d.Rows[0]; r.Asked != 4 || r.AskedSeconds != 20 {
		t.Errorf("asked %d times in %v s, want 4 in 20 of a user's", r.Asked, r.AskedSeconds)
	}
	// Four were seen where 1 to 11 may come: few tell little.
	if i := d.Rows[0].Users[0].CI95; i == nil || i[0] < 16 || i[0] > 20 || i[1] < 184 || i[1] > 280 {
		t.Errorf("users %v, want the interval of four calls", i)
	}
	if i := d.Personas[0].UsersAt[0].CI95; i != nil {
		t.Errorf("interval %v of one reading", i)
	}
	if p := d.Personas[0]; p.CPU == nil || *p.CPU != 0.2 || p.UsersAt[1].Users != 5 || p.GarbageBytes != nil {
		t.Errorf("persona %+v, want 0.2 CPUs a user", p)
	}
}

// Calls come one after the other: what is there beside what they left is one
// call's, however many there were. Messages do not wait for each other.
func TestInFlightIsOneCalls(t *testing.T) {
	t.Parallel()
	s := subject("large", shape{peak: 30, calls: 10}, 1)
	if e := rowOf(s, nil, nil).InFlight; e == nil || e.Mean != 30*memory.MiB {
		t.Errorf("in flight %+v, want 30 MiB of one call", e)
	}
	s.Of = Message
	if e := rowOf(s, nil, nil).InFlight; e != nil {
		t.Errorf("in flight %+v of messages that do not wait", e)
	}
}

// Processor time that is not known is not zero, and one burst without a tick is.
func TestCPUUnknown(t *testing.T) {
	t.Parallel()
	s := subject("call", shape{peak: 1}, 1)
	for i := range s.Bursts {
		s.Bursts[i].CPUSeconds = new([]float64{0, 0.02, 0, 0.02}[i])
	}
	if e := rowOf(s, nil, nil).CPU; e == nil || e.N != 4 || e.Mean < 0.0004 || e.Mean > 0.0006 {
		t.Errorf("CPU %+v, want 10 ms for 20 calls, of four bursts", e)
	}
	for _, unread := range []*float64{nil, new(0.0)} {
		for i := range s.Bursts {
			s.Bursts[i].CPUSeconds = unread
		}
		if e := rowOf(s, map[string]rate{"call": {1, 1}}, []float64{1}); e.CPU != nil || len(e.Users) > 0 {
			t.Errorf("CPU %+v with %v users of what nobody read", e.CPU, e.Users)
		}
	}
	if p := personaOf(Crowd{Users: 2, Seconds: 5}, []float64{1}); p.CPU != nil || len(p.UsersAt) > 0 {
		t.Errorf("persona %+v of what nobody read", p)
	}
}

// What there was no time for may be the cause, and another run may reach it.
func TestCannotTellForWantOfTime(t *testing.T) {
	t.Parallel()
	e := Evidence{Crowds: []Crowd{{}}, NotMeasured: []Missing{{What: "login", Why: "once"}, {What: "vote", Why: "late", NoTime: true}}}
	if got := cannotTell(e); len(got) != 1 || !strings.Contains(got[0], "2 calls and messages were not measured, 1 of them for want of time") {
		t.Errorf("%q", got)
	}
	e.NotMeasured = e.NotMeasured[:1]
	if got := cannotTell(e); len(got) != 1 || strings.Contains(got[0], "time") {
		t.Errorf("%q", got)
	}
}

// Nothing measured is no answer, and not zero of everything.
func TestNothing(t *testing.T) {
	t.Parallel()
	d := Judge(Evidence{Ended: "the target ended while it was asked", Interrupted: false})
	if d.Outcome != Partial || len(d.Rows) != 0 || len(d.Reasons) != 1 {
		t.Errorf("%+v", d)
	}
	if d := Judge(Evidence{Interrupted: true, Ended: "context canceled"}); d.Outcome != Interrupted {
		t.Errorf("outcome %s, want %s", d.Outcome, Interrupted)
	}
}

// What was measured of the reference app on heavy data leads to what is known of it.
func TestRecorded(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("testdata", "heavy.json"))
	if err != nil {
		t.Fatal(err)
	}
	var d Document
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	again := Judge(d.Evidence)
	if r := again.Rows[0]; r.Name != "stories_public" || r.Kind != Garbage {
		t.Errorf("first is %s, %s; want the public list and cyclic garbage", r.Name, r.Kind)
	}
}
