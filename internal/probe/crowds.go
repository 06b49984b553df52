package probe

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/pixeltales/pixelload/internal/explain"
	"github.com/pixeltales/pixelload/internal/persona"
	"github.com/pixeltales/pixelload/internal/run"
)

// Each persona has a short hold with few users, the default user a whole round
// where there is time.
const (
	crowdWarmup = 2 * time.Second
	crowdHold   = 7 * time.Second
	// crowdEnd is what k6 takes to begin, and its users to go.
	crowdEnd = 9 * time.Second
	oneCrowd = crowdWarmup + crowdHold + crowdEnd
)

// mixes are the personas, the default user first; those who need each other
// together.
func mixes() []struct {
	mix   string
	users int
} {
	type crowd = struct {
		mix   string
		users int
	}
	all := []crowd{{"", 3}, {"host=1,guest=2", 3}}
	for _, p := range persona.All {
		if p.Name != persona.Default && p.Role != persona.Host && p.Role != persona.Guest && !p.Slow {
			all = append(all, crowd{p.Name + "=1", 2})
		}
	}
	return all
}

// crowds lets users of each persona come for a short while.
func (p *prober) crowds(ctx context.Context) error {
	if p.Crowd == nil {
		return nil
	}
	for _, c := range mixes() {
		name := c.mix
		if name == "" {
			name = persona.Default
		}
		if p.late(oneCrowd) {
			p.missing("persona "+name, errTime)
			continue
		}
		length := crowdWarmup + crowdHold
		if c.mix == "" { // how often it calls is reckoned with: its whole round is best
			spare := time.Until(p.until) - time.Duration(len(mixes()))*oneCrowd
			length += max(0, min(spare, persona.CycleLength-crowdHold))
		}
		p.Step("%d users: %s", c.users, name)
		if err := p.crowd(ctx, name, c.mix, c.users, length); err != nil {
			if ctx.Err() != nil {
				return err
			}
			p.missing("persona "+name, err)
		}
	}
	return nil
}

func (p *prober) crowd(ctx context.Context, name, mix string, users int, length time.Duration) (err error) {
	c := explain.Crowd{Persona: name, Users: users, Requests: map[string]int{}}
	if c.BeforeBytes, err = p.collected(ctx); err != nil {
		return err
	}
	if _, err = p.meter.from(); err != nil {
		return err
	}
	h := hold{Crowd: &c}
	until, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	err = p.Crowd(until, mix, users, length, func(l run.Users) {
		if p.StopBytes > 0 && p.meter.high() >= p.StopBytes {
			stop(errStop)
		}
		h.second(l, p.CPU(), time.Now())
	})
	if err != nil {
		return cmp.Or(context.Cause(until), err)
	}
	pause(ctx, settle)
	if c.AfterBytes, err = p.meter.read(); err != nil {
		return err
	}
	c.PeakBytes = p.meter.high()
	if p.hooked {
		var b explain.Burst
		if err := p.dissect(ctx, &b); err != nil {
			return err
		}
		c.TrimmedBytes, c.CollectedBytes = b.TrimmedBytes, b.CollectedBytes
	}
	if c.Seconds == 0 {
		return errors.New("no second of them was whole")
	}
	p.found.Crowds = append(p.found.Crowds, c)
	return nil
}

// hold adds up the seconds of a crowd in which all of its users were there.
type hold struct {
	*explain.Crowd
	arrived time.Time     // when all were there first, or zero
	cpu     time.Duration // at the end of the second before
	unread  bool          // the processor time of a whole second
}

// second adds one that ended now with so much processor time used; 0: not known.
func (h *hold) second(l run.Users, cpu time.Duration, now time.Time) {
	took := used(h.cpu, cpu)
	h.cpu = cpu
	switch {
	case l.Active < h.Users: // some come yet, or leave
		return
	case h.arrived.IsZero():
		h.arrived = now
		return
	case now.Sub(h.arrived) < crowdWarmup:
		return
	}
	h.Seconds += l.Seconds
	for _, r := range l.Requests {
		h.Requests[r.Name] += r.N
	}
	if h.unread = h.unread || took == nil; h.unread {
		h.CPUSeconds = nil
		return
	}
	if h.CPUSeconds == nil {
		h.CPUSeconds = new(0.0)
	}
	*h.CPUSeconds += *took
}
