package explain

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/pixeltales/pixelload/internal/memory"
)

// leastMiB is the smallest cost that is given a kind: below it lies what two
// readings of U differ by.
const leastMiB = 1

// The thresholds of a kind.
const (
	leastBytes = leastMiB * memory.MiB
	// leastLarge is more than a heap keeps free after any calls.
	leastLarge = 8 * memory.MiB
	// leastShare of a subject's rise makes what stays its kind, before what is
	// only large while it is answered.
	leastShare = 0.15
	// unblocked is how much must grow, in an interval that reaches no further than
	// half of it, where Python has not given out more pieces of memory, among which
	// it does not count large ones: a heap in fragments grows too, but unevenly.
	unblocked = 4 * memory.MiB
	// evenly is the part of the mean that each burst must grow by: what grows once
	// and ends is no leak.
	evenly = 0.25
	// queueBytes is more than the kernel's own buffers of a few connections take.
	queueBytes = 8 * memory.MiB
	// stays is the part of what a first call left that is there yet at the end.
	stays = 0.7
	// gone is the part of a queue that ends with its socket.
	gone = 0.5
	// aHundred calls are what a growth is ranked by: it has no size of its own.
	aHundred = 100
)

// finding is one kind of cost of a subject.
type finding struct {
	kind     string
	bytes    int64
	basis    string // what bytes is, where it is not the largest rise
	evidence string
}

// findings are the kinds of cost that the evidence shows.
func (s Subject) findings() (all []finding) {
	for _, f := range []finding{s.leak(), s.cache(), s.standing(), s.garbage(), s.once(), s.left()} {
		if f.kind != "" && f.bytes >= leastBytes {
			all = append(all, f)
		}
	}
	return all
}

// cost is the finding that a subject is ranked by, and the kinds of its others.
// What stays comes before what passes.
func (s Subject) cost() (main finding, also []string) {
	rise := s.rise()
	main = finding{kind: Small, bytes: rise}
	if rise >= leastLarge {
		main = finding{kind: Large, bytes: rise}
	}
	for _, f := range s.findings() {
		if float64(f.bytes) < leastShare*float64(rise) {
			also = append(also, f.kind)
			continue
		}
		if main.kind != Large && main.kind != Small && f.bytes <= main.bytes {
			also = append(also, f.kind)
			continue
		}
		if main.kind != Large && main.kind != Small {
			also = append(also, main.kind)
		}
		main = f
	}
	return main, also
}

// Cost is the bytes that the subject is ranked by: what a growth comes to, or the
// largest rise of U.
func (s Subject) Cost() int64 {
	main, _ := s.cost()
	return max(main.bytes, s.rise())
}

// leak is what the same calls hold, more with each.
func (s Subject) leak() finding {
	f := growth(s.Bursts)
	f.kind = named(f, Leak)
	return f
}

// cache is what calls hold that never repeat their arguments, where repeated
// ones hold no more.
func (s Subject) cache() finding {
	if s.leak().kind != "" {
		return finding{}
	}
	f := growth(s.Distinct)
	f.kind = named(f, Cache)
	return f
}

func named(f finding, kind string) string {
	if f.bytes == 0 {
		return ""
	}
	return kind
}

// growth is what is held after each burst, collected, when it grows in all of
// them; nothing when it ends or cannot be told.
func growth(bursts []Burst) finding {
	held, err := estimate(perCall(bursts, Burst.held))
	if err != nil || held.CI95[0] <= 0 {
		return finding{}
	}
	calls, inBlocks := 0, true
	for _, b := range bursts {
		calls += b.Calls
		one, ok := b.held()
		if !ok || one < evenly*held.Mean*float64(b.Calls) {
			return finding{}
		}
		inBlocks = inBlocks && b.Blocks != nil && 2**b.Blocks >= int64(b.Calls)
	}
	total := held.Mean * float64(calls)
	if total < leastBytes || !inBlocks && (total < unblocked || held.CI95[0] < held.Mean/2) {
		return finding{}
	}
	f := finding{bytes: int64(aHundred * held.Mean), basis: "for 100 calls, computed from what each holds"}
	f.evidence = fmt.Sprintf("each call holds %s more after a collection, in %d bursts, %d calls", kib(held), held.N, calls)
	if !inBlocks {
		f.evidence += "; in pieces too large for Python to count, or not its own"
	}
	return f
}

// standing is what sockets hold while they are open.
func (s Subject) standing() finding {
	if len(s.Standing) == 0 {
		return finding{}
	}
	var rises, ends []float64
	messages := 0
	for _, st := range s.Standing {
		rises = append(rises, float64(st.DuringBytes-st.BeforeBytes))
		ends = append(ends, float64(st.DuringBytes-st.GoneBytes))
		messages += st.Messages
	}
	rise, err := estimate(rises)
	end, _ := estimate(ends)
	if err != nil || rise.CI95[0] <= 0 || end.Mean < gone*rise.Mean {
		return finding{}
	}
	if messages == 0 {
		return finding{kind: Connected, bytes: int64(rise.Mean), evidence: fmt.Sprintf("%d sockets hold %s while they are open", s.Standing[0].Sockets, mebi(rise))}
	}
	if rise.Mean < queueBytes {
		return finding{}
	}
	return finding{kind: Queue, bytes: int64(rise.Mean), evidence: fmt.Sprintf("%s waited for a reader that did not read, of %.0f MiB sent; %.0f MiB ended with its socket",
		mebi(rise), mib(s.Standing[0].SentBytes), end.Mean/memory.MiB)}
}

// garbage is what only a collection frees. The most of it that lay about counts,
// since Python decides when it collects.
func (s Subject) garbage() finding {
	left, err := estimate(perCall(s.Bursts, Burst.garbage))
	if err != nil || left.CI95[0] <= 0 {
		return finding{}
	}
	most := int64(0)
	for _, b := range s.same() {
		if g, ok := b.garbage(); ok {
			most = max(most, int64(g))
		}
	}
	f := finding{kind: Garbage, bytes: max(most, int64(left.Mean))}
	f.evidence = fmt.Sprintf("each call leaves %s that only a full collection frees, %d bursts", mebi(left), left.N)
	if s.Pile != nil && s.Pile.FullCollections != nil {
		f.evidence += fmt.Sprintf("; in %d calls in a row Python made %s itself", s.Pile.Calls, times(*s.Pile.FullCollections))
	}
	return f
}

func times(n int) string {
	if n == 0 {
		return "none"
	}
	return fmt.Sprint(n)
}

// once is what the first call left, when it is there yet after all others, and
// none of them left more.
func (s Subject) once() finding {
	if s.FirstBytes == nil || s.leak().kind != "" {
		return finding{}
	}
	kept := float64(*s.FirstBytes)
	for _, b := range s.same() {
		held, _ := b.held()
		kept += held
	}
	if kept < stays*float64(*s.FirstBytes) {
		return finding{}
	}
	return finding{kind: Once, bytes: *s.FirstBytes, evidence: fmt.Sprintf("the first call holds %.1f MiB after a collection, later ones no more; 1 reading", mib(*s.FirstBytes))}
}

// same are all bursts of the same calls, in order.
func (s Subject) same() []Burst {
	if s.Pile == nil {
		return s.Bursts
	}
	return slices.Concat([]Burst{*s.Pile}, s.Bursts)
}

// left is what stays after a call where nothing can be collected.
func (s Subject) left() finding {
	if len(s.Bursts) == 0 || s.Bursts[0].CollectedBytes != nil {
		return finding{}
	}
	left, err := estimate(perCall(s.Bursts, Burst.left))
	if err != nil || left.CI95[0] <= 0 {
		return finding{}
	}
	total := 0.0
	for _, b := range s.Bursts {
		l, _ := b.left()
		total += l
	}
	return finding{kind: Left, bytes: int64(total), evidence: fmt.Sprintf("each call leaves %s, %d bursts: garbage, held or free memory, which cannot be told without the hook", mebi(left), left.N)}
}

// rise is the largest U during any calls, above what it was before them.
func (s Subject) rise() (most int64) {
	for _, b := range slices.Concat(s.same(), s.Distinct) {
		most = max(most, b.PeakBytes-b.BeforeBytes)
	}
	for _, st := range s.Standing {
		most = max(most, st.DuringBytes-st.BeforeBytes)
	}
	return most
}

// highest takes the largest rise of U during calls apart; nil where there were
// none.
func (s Subject) highest() *Parts {
	all := slices.Concat(s.same(), s.Distinct)
	if len(all) == 0 {
		return nil
	}
	b := slices.MaxFunc(all, func(a, b Burst) int { return cmp.Compare(a.PeakBytes-a.BeforeBytes, b.PeakBytes-b.BeforeBytes) })
	p := &Parts{Calls: b.Calls, RiseBytes: b.PeakBytes - b.BeforeBytes, AnsweredBytes: b.PeakBytes - b.AfterBytes}
	if b.TrimmedBytes != nil && b.CollectedBytes != nil {
		free, garbage, held := b.AfterBytes-*b.TrimmedBytes, *b.TrimmedBytes-*b.CollectedBytes, *b.CollectedBytes-b.BeforeBytes
		p.FreeBytes, p.GarbageBytes, p.HeldBytes = &free, &garbage, &held
	}
	return p
}
