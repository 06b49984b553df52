package trial

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/pixeltales/pixelload/internal/fault"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/target"
)

// What is done to the database in the last phase with users, how long after
// its warm-up, and for how long. A trial with a fault should hold as long again.
const (
	faultAfter  = 30 * time.Second
	cutEvery    = 3 * time.Second
	cutFor      = 30 * time.Second
	stallFor    = 60 * time.Second
	probeEvery  = 2 * time.Second
	probeBefore = 10 * time.Second
)

// injury is the fault of one trial: what stands before its database, and what
// is done there.
type injury struct {
	kind  string
	proxy *fault.Proxy
}

// through leads the target to its database by a proxy, where the plan has a
// fault.
func (p *Plan) through(databaseURL string, b *backing) (string, error) {
	if p.Header.Fault == "" {
		return databaseURL, nil
	}
	proxy, err := fault.Start(databaseURL)
	if err != nil {
		return "", err
	}
	b.injury = &injury{kind: p.Header.Fault, proxy: proxy}
	return proxy.URL(), nil
}

// inflict does the fault and marks its begin and end. Meanwhile, and from a
// little before, a request that needs the database is made every two seconds;
// each is an event when it is answered.
func (i *injury) inflict(ctx context.Context, p *Plan, s site, url string, rec *recorder) {
	phase := p.lastCrowd()
	if !rec.reached(ctx, phase.Name) || !wait(ctx, seconds(phase.WarmupSeconds)+faultAfter-probeBefore) {
		return
	}
	probing, stop := context.WithCancel(ctx)
	var probes sync.WaitGroup
	probes.Go(func() { probe(probing, url, s.token, rec) })
	defer probes.Wait()
	defer stop()
	if !wait(ctx, probeBefore) {
		return
	}
	rec.mark(run.MarkFault)
	if err := i.harm(ctx); err != nil {
		rec.note(err)
	}
	rec.mark(run.MarkFaultEnd)
	rec.reached(ctx, p.after(phase).Name)
}

// harm does the fault and undoes it.
func (i *injury) harm(ctx context.Context) error {
	if i.kind == run.FaultStall {
		if err := i.proxy.Stall(); err != nil {
			return err
		}
		wait(ctx, stallFor)
		return i.proxy.Heal()
	}
	for begun := time.Now(); time.Since(begun) < cutFor && ctx.Err() == nil; wait(ctx, cutEvery) {
		if err := i.proxy.Cut(); err != nil {
			return err
		}
	}
	return nil
}

// probe asks until ctx ends, and waits for what it has asked.
func probe(ctx context.Context, url, token string, rec *recorder) {
	var asked sync.WaitGroup
	for wait(ctx, probeEvery) {
		asked.Go(func() {
			begun := time.Now()
			status, err := target.Probe(ctx, url, token)
			e := run.Event{Kind: run.EventProbe, Count: int64(status), Seconds: time.Since(begun).Seconds()}
			if err != nil {
				e.Text = err.Error()
			}
			rec.event(e)
		})
	}
	asked.Wait()
}

// lastCrowd is the last phase with users.
func (p *Plan) lastCrowd() run.Phase {
	var last run.Phase
	for _, phase := range p.Header.Phases {
		if phase.Users > 0 {
			last = phase
		}
	}
	return last
}

func (p *Plan) after(phase run.Phase) run.Phase {
	for i, other := range p.Header.Phases[:len(p.Header.Phases)-1] {
		if other.Name == phase.Name {
			return p.Header.Phases[i+1]
		}
	}
	return run.Phase{}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// checkFault says why the plan's fault cannot be done.
func (p *Plan) checkFault() error {
	switch {
	case p.Header.Fault == "":
		return nil
	case p.Variant.Database != "postgres":
		return fmt.Errorf("fault %s: variant %s has no database server to do it to", p.Header.Fault, p.Variant.Name)
	case p.lastCrowd().Users == 0:
		return fmt.Errorf("fault %s: wants users", p.Header.Fault)
	}
	return nil
}
