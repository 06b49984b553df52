package trial

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/target"
)

// A collection is forced so long before a hold ends that the figure is read in
// it: collecting takes less than a second for a hundred MiB, and reading one.
const (
	collectBefore = 6 * time.Second
	collectedSpan = time.Second
)

// LeastCollectedHold is the shortest hold that a collection fits into.
const LeastCollectedHold = 2 * collectBefore

// collections forces a full garbage collection near the end of each hold of a
// collected trial, with the users still there, and marks when U is what the
// target holds and not its garbage.
type collections struct {
	hook *target.Hook
	rec  *recorder
}

// force goes through the phases as they begin, until ctx ends.
func (c collections) force(ctx context.Context, phases []run.Phase) {
	for _, p := range phases {
		if !c.rec.reached(ctx, p.Name) {
			return
		}
		if p.HoldSeconds < LeastCollectedHold.Seconds() {
			continue
		}
		wait(ctx, Length([]run.Phase{p})-collectBefore)
		if ctx.Err() == nil {
			c.collect(ctx, p)
		}
	}
}

// collect leaves the marks out when a process did not answer, so that there is
// no figure.
func (c collections) collect(ctx context.Context, p run.Phase) {
	all, err := c.hook.Collect(ctx)
	for _, one := range all {
		c.rec.event(run.Event{Kind: run.EventCollection, Count: one.Collected, Seconds: math.Round(1e6*one.Seconds) / 1e6,
			Text: fmt.Sprintf("process %d: %d objects are left, %d could not be collected", one.PID, one.Objects, one.Uncollectable)})
	}
	if err != nil {
		c.rec.event(run.Event{Kind: run.EventCollection, Text: err.Error()})
		return
	}
	c.rec.phaseMark(run.MarkCollected, p)
	wait(ctx, collectedSpan)
	if ctx.Err() == nil {
		c.rec.phaseMark(run.MarkCollectedEnd, p)
	}
}
