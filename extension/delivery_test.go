package extension

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// counts is a tally without its latencies.
type counts struct{ received, lost, duplicated, outOfOrder int }

func take(m *member, phase string) counts {
	t := m.tallies.take()[phase]
	if t == nil {
		return counts{}
	}
	return counts{t.received, t.allLost(), t.duplicated, t.outOfOrder}
}

func TestLedger(t *testing.T) {
	t.Parallel()
	start := time.Now()
	at := func(s float64) time.Time { return start.Add(time.Duration(s * float64(time.Second))) }
	tests := []struct {
		name string
		do   func(from, to *member)
		want counts
	}{
		{"received in order", func(from, to *member) {
			from.send(1, at(0), "a")
			from.send(2, at(1), "a")
			to.receive(0, 1, at(1.1), "a")
			to.receive(0, 2, at(1.2), "a")
		}, counts{received: 2}},
		{"received after a later one", func(from, to *member) {
			from.send(1, at(0), "a")
			from.send(2, at(1), "a")
			to.receive(0, 2, at(1.1), "a")
			to.receive(0, 1, at(1.2), "a")
		}, counts{received: 2, outOfOrder: 1}},
		{"received twice", func(from, to *member) {
			from.send(1, at(0), "a")
			to.receive(0, 1, at(0.1), "a")
			to.receive(0, 1, at(0.2), "a")
		}, counts{received: 1, duplicated: 1}},
		{"not within the deadline, then late", func(from, to *member) {
			from.send(1, at(0), "a")
			to.expire(at(59))
			to.expire(at(60))
			to.receive(0, 1, at(61), "a")
		}, counts{lost: 1}},
		{"still under way", func(from, to *member) {
			from.send(1, at(0), "a")
			to.expire(at(59))
		}, counts{}},
		{"receiver left", func(from, to *member) {
			from.send(1, at(0), "a")
			to.part()
			from.send(2, at(1), "a")
			to.giveUp(receiverLeft)
			to.receive(0, 2, at(2), "a")
		}, counts{lost: 1}},
		{"test interrupted", func(from, to *member) {
			from.send(1, at(0), "a")
			to.forget()
			to.giveUp(receiverLeft)
		}, counts{}},
		{"could not be written", func(from, to *member) {
			from.send(1, at(0), "a")()
			to.giveUp(receiverLeft)
		}, counts{}},
		{"sent before the receiver joined again", func(from, to *member) {
			from.send(1, at(0), "a")
			to.receive(0, 1, at(0.1), "a")
			to.part()
			from.send(2, at(1), "a")
			to.join()
			from.send(3, at(2), "a")
			to.receive(0, 2, at(2.1), "a")
			to.receive(0, 3, at(2.2), "a")
		}, counts{received: 2}},
		{"belongs to the phase of its sending", func(from, to *member) {
			from.send(1, at(0), "a")
			to.receive(0, 1, at(0.1), "b")
		}, counts{received: 1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var book ledger
			from, to := book.page(0), book.page(1)
			from.join()
			to.join()
			test.do(from, to)
			if got := take(to, "a"); got != test.want {
				t.Errorf("receiver's tally = %+v, want %+v", got, test.want)
			}
			if got := take(from, "a"); got != (counts{}) {
				t.Errorf("sender's own tally = %+v, want none", got)
			}
		})
	}
}

func TestLatencyIsFromSendToReceipt(t *testing.T) {
	t.Parallel()
	var book ledger
	from, to := book.page(0), book.page(1)
	to.join()
	now := time.Now()
	from.send(1, now, "a")
	to.receive(0, 1, now.Add(25*time.Millisecond), "a")
	if diff := cmp.Diff([]float64{25}, to.tallies.take()["a"].latencies); diff != "" {
		t.Errorf("latencies in ms: %s", diff)
	}
}

// What is decided leaves the book: it must not grow with the test.
func TestLedgerStaysShort(t *testing.T) {
	t.Parallel()
	var book ledger
	from, to := book.page(0), book.page(1)
	to.join()
	now := time.Now()
	for seq := int64(1); seq <= 10_000; seq++ {
		from.send(seq, now, "a")
		if seq%2 == 0 {
			to.receive(0, seq, now, "a")
		}
		now = now.Add(time.Second)
		to.expire(now)
	}
	if n := to.undecided(); n > 60 {
		t.Errorf("%d deliveries undecided, want at most those of a minute", n)
	}
	if n := cap(to.streams[0].pending); n > 512 {
		t.Errorf("room for %d deliveries, want it to stay small", n)
	}
}

func BenchmarkLedger(b *testing.B) {
	var book ledger
	members := make([]*member, 10)
	for i := range members {
		members[i] = book.page(i)
		members[i].join()
	}
	now := time.Now()
	for seq := int64(1); b.Loop(); seq++ {
		members[0].send(seq, now, "a")
		for _, to := range members[1:] {
			to.receive(0, seq, now, "a")
		}
		if seq%1000 == 0 {
			for _, m := range members {
				m.tallies.take()
			}
		}
	}
}

func TestItemCarriesSenderAndNumber(t *testing.T) {
	t.Parallel()
	frame := drawFrame(12, 345, 0, time.Now(), []point{{1, 2}})
	if user, seq, ok := readItem(frame); user != 12 || seq != 345 || !ok {
		t.Errorf("readItem(%s) = %d, %d, %v; want 12, 345, true", frame, user, seq, ok)
	}
	for _, frame := range []string{
		``, `{"type":"draw"}`, `{"itemId":"item_1"}`, `{"itemId":"item_1_u2"}`, `{"itemId":"item_1_uxn3"}`,
		`{"itemId":"item_1_u2n0"}`, `{"itemId":"item_1_u2n3`, `{"itemId":"item_1767312345678_k3x9"}`,
	} {
		if user, seq, ok := readItem([]byte(frame)); ok {
			t.Errorf("readItem(%s) = %d, %d, true; want false", frame, user, seq)
		}
	}
}

// A drawing may be inside other messages too, such as an init.
func TestKindOf(t *testing.T) {
	t.Parallel()
	const item = `"data":{"itemId":"item_1767312345678_u2n3"}`
	for frame, want := range map[string]string{
		`{"type":"draw",` + item + `}`:                  "draw",
		`{"type": "draw", ` + item + `}`:                "draw",
		`{` + item + `,"type":"draw"}`:                  "draw",
		`{"type":"draw"}`:                               "draw",
		`{"type":"init","canvas_data":{` + item + `}}`:  "init",
		`{"type":"text_edit","text":"\"item_1_u2n3\""}`: "text_edit",
		`{"type":"drawn",` + item + `}`:                 "drawn",
		`{` + item + `}`:                                "",
	} {
		if got, ok := kindOf([]byte(frame)); got != want || ok != (want != "") {
			t.Errorf("kindOf(%s) = %q, %v; want %q", frame, got, ok, want)
		}
	}
}

func FuzzFrame(f *testing.F) {
	f.Add([]byte(`{"type":"init"}`))
	f.Add(drawFrame(1, 2, 0, time.Unix(0, 0), []point{{1, 2}}))
	f.Add([]byte(`{"id":12`))
	f.Fuzz(func(_ *testing.T, frame []byte) {
		kindOf(frame)
		readItem(frame)
		var ids []int
		findIDs(frame, &ids, 3)
	})
}

func TestFindIDsAcrossPieces(t *testing.T) {
	t.Parallel()
	text := `{"results":[{"id":7,"canvas_data":"[{\"id\":99}]"},{"id": 1234,"x":1}]}`
	for size := 1; size <= len(text); size++ {
		var tail []byte
		var ids []int
		for rest := text; rest != ""; {
			n := min(size, len(rest))
			tail = findIDs(append(tail, rest[:n]...), &ids, 10)
			rest = rest[n:]
		}
		if fmt.Sprint(ids) != "[7 1234]" {
			t.Errorf("in pieces of %d: ids %v, want [7 1234]", size, ids)
		}
	}
}
