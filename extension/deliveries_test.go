package extension

import (
	"math"
	"testing"
	"time"
)

// However much is delivered, a second has few samples, and the quantiles of
// the few are those of the many, or a little worse.
func TestThinKeepsQuantiles(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 99, 100, 101, 12_345} {
		values := make([]float64, n)
		for i := range values {
			values[i] = float64((i * 7919) % max(n, 1)) // every number once, unsorted
		}
		few := thin(values)
		if len(few) != min(n, most) {
			t.Errorf("thin of %d gives %d values, want %d", n, len(few), min(n, most))
		}
		if n <= most {
			continue
		}
		for i, v := range few {
			want := float64(i+1) / most * float64(n-1)
			if v < want-2 || v > want+float64(n)/most {
				t.Errorf("n=%d: value %d is %g, want about %g", n, i, v, want)
			}
		}
		if few[most-1] != float64(n-1) {
			t.Errorf("n=%d: the largest is %g, want %d", n, few[most-1], n-1)
		}
	}
}

// The rate of the samples is never better than the true one, and worse by less
// than a sample.
func TestThinKeepsRate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name           string
		received, lost int
	}{
		{"few", 3, 1},
		{"many", 1800, 2},
		{"one lost of very many", 99_999, 1},
		{"all lost", 0, 500},
		{"none lost", 1800, 0},
	}
	for _, test := range tests {
		var r rate
		ones, n := 0.0, 0
		for second := range 20 {
			samples := r.thin(test.received, test.lost)
			if len(samples) > most {
				t.Fatalf("%s: %d samples in a second", test.name, len(samples))
			}
			for _, v := range samples {
				ones += v
			}
			n += len(samples)
			truth := float64(test.received) / float64(test.received+test.lost)
			if got := ones / float64(n); got > truth+1e-12 || got < truth-1/float64(n)-1e-12 {
				t.Errorf("%s after %d s: rate %g of %d samples, want %g", test.name, second+1, got, n, truth)
			}
		}
	}
}

func TestGeneratorCPU(t *testing.T) {
	t.Parallel()
	before, ok := cpuTime()
	if !ok {
		t.Skip("not known on this system")
	}
	x := 0.0
	for began := time.Now(); time.Since(began) < 50*time.Millisecond; {
		x += math.Sqrt(x + 1)
	}
	if after, _ := cpuTime(); after <= before {
		t.Errorf("cpuTime() = %v after work, %v before", after, before)
	}
}

func TestDeafMember(t *testing.T) {
	t.Parallel()
	var book ledger
	from, other, deaf := book.page(0), book.page(1), book.page(2)
	for _, m := range []*member{from, other, deaf} {
		m.join()
	}
	start := time.Now()
	second := func(n int64) time.Time { return start.Add(time.Duration(n) * time.Second) }
	for n := int64(1); n <= 10; n++ {
		from.send(n, second(n), "a")
		other.receive(0, n, second(n), "a")
		if n <= 2 {
			deaf.receive(0, n, second(n), "a")
		}
		for _, m := range []*member{from, other, deaf} {
			m.expire(second(n))
		}
		if was := n >= 8; deaf.deaf != was {
			t.Errorf("after %d s deaf = %v, want %v: it waits since the third, others got what was sent 5 s later", n, deaf.deaf, was)
		}
	}
	deaf.giveUp(receiverLeft)
	got := deaf.tallies.take()["a"]
	if got.deaf != 1 || got.lost[receiverDeaf] != 8 || got.allLost() != 8 {
		t.Errorf("deaf %d, lost %v; want 1, and 8 for that reason", got.deaf, got.lost)
	}
	if from.deaf || other.deaf {
		t.Error("a member that hears counts as deaf")
	}
}
