package probe

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/pixeltales/pixelload/internal/explain"
	"github.com/pixeltales/pixelload/internal/target"
)

// dissected is how many subjects are taken apart, of those that U rose most for;
// anatomyCalls is with how many calls.
const (
	dissected    = 4
	anatomyCalls = 3
	mostKinds    = 12
)

// anatomies takes those subjects apart that U rose most for: what they leave, by
// kind, by loops and by lines. Their figures stand already, and are not taken
// again: looking changes what is seen.
func (p *prober) anatomies(ctx context.Context) error {
	if !p.hooked {
		return nil
	}
	order := make([]int, 0, len(p.found.Subjects))
	for i, s := range p.found.Subjects {
		if s.Of == explain.Endpoint {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Compare(p.found.Subjects[b].Cost(), p.found.Subjects[a].Cost())
	})
	order = order[:min(dissected, len(order))]
	looked := map[int]*explain.Anatomy{}
	for _, i := range order {
		s := &p.found.Subjects[i]
		if p.late(0) {
			p.missing("what "+s.Name+" leaves", errTime)
			continue
		}
		p.Step("looking into what %s leaves", s.Name)
		a, err := p.look(ctx, *s)
		switch {
		case ctx.Err() != nil:
			return err
		case err != nil:
			p.missing("what "+s.Name+" leaves", err)
			continue
		}
		s.Anatomy, looked[i] = a, a
	}
	return p.trace(ctx, looked)
}

// again asks for an endpoint as it was asked.
func (p *prober) again(ctx context.Context, s explain.Subject, n int) error {
	method, path, _ := strings.Cut(s.What, " ")
	body := ""
	for _, e := range calls {
		if e.name == s.Name {
			body = e.body
		}
	}
	for i := range n {
		if err := p.room(s.Cost()); err != nil {
			return err
		}
		if _, err := p.client.do(ctx, method, p.fill(path, 1000+i), p.fill(body, 1000+i)); err != nil {
			return err
		}
	}
	return nil
}

func (p *prober) look(ctx context.Context, s explain.Subject) (*explain.Anatomy, error) {
	a := &explain.Anatomy{Calls: anatomyCalls, Holders: []explain.Kind{}, Lines: []explain.Kind{}}
	before, err := p.Hook.Count(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := p.collected(ctx); err != nil {
		return nil, err
	}
	if err := p.again(ctx, s, anatomyCalls); err != nil {
		return nil, err
	}
	pause(ctx, settle)
	state, err := p.Hook.State(ctx)
	if err != nil {
		return nil, err
	}
	a.Threads, a.Connections, a.Queued = state.Threads, state.Connections, state.Queued
	garbage, err := p.Hook.Garbage(ctx)
	if err != nil {
		return nil, err
	}
	a.Garbage, a.Loops = kinds(garbage.Kinds), garbage.Loops[:min(3, len(garbage.Loops))]
	after, err := p.Hook.Count(ctx)
	if err != nil {
		return nil, err
	}
	if a.Grown = grown(before, after); len(a.Grown) > 0 {
		holders, err := p.Hook.Holders(ctx, a.Grown[0].Name)
		if err != nil {
			return nil, err
		}
		a.Holders = kinds(holders)
	}
	state, err = p.Hook.State(ctx)
	a.ConnectionsCollected = state.Connections
	return a, err
}

// trace is a pass of its own: with each allocation traced the target is another.
func (p *prober) trace(ctx context.Context, looked map[int]*explain.Anatomy) error {
	p.Step("tracing what the most expensive calls allocate")
	if err := p.Hook.Trace(ctx); err != nil {
		return err
	}
	for i, a := range looked {
		err := p.traceOne(ctx, p.found.Subjects[i], a)
		if ctx.Err() != nil {
			return err
		}
		if err != nil {
			p.missing("the lines of "+p.found.Subjects[i].Name, err)
		}
	}
	return p.Hook.Untrace(ctx)
}

func (p *prober) traceOne(ctx context.Context, s explain.Subject, a *explain.Anatomy) error {
	if err := p.Hook.Mark(ctx); err != nil {
		return err
	}
	if err := p.again(ctx, s, 1); err != nil {
		return err
	}
	lines, err := p.Hook.Lines(ctx)
	a.Lines = kinds(lines)
	if err != nil {
		return err
	}
	_, err = p.collected(ctx)
	return err
}

func kinds(from []target.Kind) []explain.Kind {
	all := []explain.Kind{}
	for _, k := range from[:min(mostKinds, len(from))] {
		all = append(all, explain.Kind(k))
	}
	return all
}

// grown are the kinds of which there are more than before by at least one a
// call, those with the most bytes first.
func grown(before, after []target.Kind) []explain.Kind {
	was := map[string]target.Kind{}
	for _, k := range before {
		was[k.Name] = k
	}
	all := []explain.Kind{}
	for _, k := range after {
		b, known := was[k.Name]
		if n := k.Count - b.Count; known && n >= anatomyCalls && k.Bytes > b.Bytes {
			all = append(all, explain.Kind{Name: k.Name, Count: n, Bytes: k.Bytes - b.Bytes})
		}
	}
	slices.SortStableFunc(all, func(a, b explain.Kind) int { return cmp.Compare(b.Bytes, a.Bytes) })
	return all[:min(mostKinds, len(all))]
}
