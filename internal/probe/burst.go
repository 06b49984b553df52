package probe

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pixeltales/pixelload/internal/explain"
	"github.com/pixeltales/pixelload/internal/target"
)

// How a subject is measured. A burst is as long as its calls need to be seen
// beside what a reading of U differs by; of a large call one is enough.
const (
	bursts         = 4
	distinctBursts = 3
	mostCalls      = 12 // of a burst
	distinctCalls  = 6
	burstTime      = 250 * time.Millisecond // of its calls, about
	largeCall      = 8 << 20                // a call that lifts U by so much is large
	slowCall       = time.Second
	pileCalls      = 10
	pileTime       = 12 * time.Second
	settle         = 50 * time.Millisecond // after calls, before U is read
)

// asked is one way to ask the target once: n is a number that no other call of
// the subject has. It returns the bytes of the answer.
type asked func(ctx context.Context, n int) (int64, error)

// asking is how a subject is asked.
type asking struct {
	same     asked
	distinct asked                           // with arguments that never repeat; nil: there is no such way
	answered func(ctx context.Context) int64 // waits for what comes later, and returns its bytes; nil: nothing does
	calls    int                             // of a burst; 0: as many as there is time for
	number   int
}

// repeat measures a subject: a first call, some in a row when they are large,
// bursts of the same, and bursts without repetition. The subject is whole or as
// far as it came.
func (p *prober) repeat(ctx context.Context, s *explain.Subject, a asking) error {
	before, err := p.collected(ctx)
	if err != nil {
		return err
	}
	first, err := p.burst(ctx, before, 1, 0, &a, a.same)
	if err != nil {
		return err
	}
	if p.hooked {
		held := *first.CollectedBytes - first.BeforeBytes
		s.FirstBytes = &held
	}
	n, rise, last := a.calls, first.PeakBytes-first.BeforeBytes, first
	if n == 0 {
		n = fitting(burstTime, first, mostCalls)
	}
	if rise >= largeCall || first.Seconds >= slowCall.Seconds() {
		n = 1
		pile, err := p.burst(ctx, resting(first), fitting(pileTime, first, pileCalls), rise, &a, a.same)
		if err != nil {
			return err
		}
		s.Pile, last = &pile, pile
	}
	again := func(to *[]explain.Burst, times, n int, ask asked) error {
		for range times {
			b, err := p.burst(ctx, resting(last), n, rise, &a, ask)
			if err != nil {
				return err
			}
			last = b
			*to = append(*to, b)
		}
		return nil
	}
	if err := again(&s.Bursts, bursts, n, a.same); err != nil || a.distinct == nil {
		return err
	}
	return again(&s.Distinct, distinctBursts, min(n, distinctCalls), a.distinct)
}

// fitting is how many calls such as the one take about the time, at least two.
func fitting(d time.Duration, one explain.Burst, most float64) int {
	return int(min(most, max(2, d.Seconds()/max(one.Seconds, 0.001))))
}

// resting is U after a burst, which the next one begins with.
func resting(b explain.Burst) int64 {
	if b.CollectedBytes != nil {
		return *b.CollectedBytes
	}
	return b.AfterBytes
}

// burst asks n times, one after the other, and reads U around it. rise is what
// one call is known to lift U by, for the safe stop.
func (p *prober) burst(ctx context.Context, before int64, n int, rise int64, a *asking, ask asked) (b explain.Burst, err error) {
	b.BeforeBytes = before
	if _, err = p.meter.from(); err != nil {
		return b, err
	}
	cpu := p.CPU()
	began := time.Now()
	for range n {
		if err := p.room(rise); err != nil {
			return b, err
		}
		a.number++
		bytes, err := ask(ctx, a.number)
		if err != nil {
			return b, err
		}
		b.AnswerBytes += bytes
		b.Calls++
	}
	if a.answered != nil {
		b.AnswerBytes += a.answered(ctx)
	}
	b.Seconds = time.Since(began).Seconds()
	pause(ctx, settle) // the last answer's memory is let go of after it was sent
	b.CPUSeconds = used(cpu, p.CPU())
	if b.AfterBytes, err = p.meter.read(); err != nil {
		return b, err
	}
	b.PeakBytes = p.meter.high()
	if p.hooked {
		err = p.dissect(ctx, &b)
	}
	return b, errors.Join(err, ctx.Err())
}

// used is the processor time between two readings in seconds; nil where one of
// them is not known, or a process has taken its time with it when it ended.
func used(from, to time.Duration) *float64 {
	if from == 0 || to < from {
		return nil
	}
	return new((to - from).Seconds())
}

// dissect takes what a burst left apart: memory that was free, garbage, and what
// is held.
func (p *prober) dissect(ctx context.Context, b *explain.Burst) error {
	if err := p.Hook.Trim(ctx); err != nil {
		return err
	}
	trimmed, err := p.meter.read()
	if err != nil {
		return err
	}
	was := p.heap
	collected, err := p.collected(ctx)
	if err != nil {
		return err
	}
	blocks, made := p.heap.Blocks-was.Blocks, p.heap.Full-was.Full-was.Forced
	b.TrimmedBytes, b.CollectedBytes, b.Blocks = &trimmed, &collected, &blocks
	b.Collected, b.FullCollections = p.heap.Collected, &made
	return nil
}

// collected collects and trims, where that can be, and returns U.
func (p *prober) collected(ctx context.Context) (int64, error) {
	if !p.hooked {
		pause(ctx, settle)
		return p.meter.read()
	}
	all, err := p.Hook.Collect(ctx)
	if err != nil {
		return 0, err
	}
	p.heap = target.Collection{}
	for _, c := range all {
		p.heap.Collected += c.Collected
		p.heap.Blocks += c.Blocks
		p.heap.Full += c.Full
		p.heap.Forced += c.Forced
	}
	return p.meter.read()
}

// room ends the asking before U comes to where it must not.
func (p *prober) room(rise int64) error {
	if p.StopBytes == 0 {
		return nil
	}
	u, err := p.meter.read()
	if err == nil && u+rise >= p.StopBytes {
		err = fmt.Errorf("%w: %d MiB, and one call lifts it by %d more", errStop, u>>20, rise>>20)
	}
	return err
}
