package memory

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/moby/moby/api/types/events"
	"github.com/moby/moby/client"
)

// control is the conversation with a Docker engine about one container. It
// listens to the engine's events on its own goroutine, so that whoever reads
// figures never waits for an engine that hangs, and connects again when the
// stream breaks.
type control struct {
	engine *engine
	name   string
	stop   context.CancelFunc
	done   chan struct{}

	mu   sync.Mutex // protects news
	news news
}

// news is what the engine told last.
type news struct {
	life      Container
	removed   bool   // there is no container of the name
	connected bool   // events are being heard
	kills     uint64 // OOM events since the beginning
	restarts  uint64 // lives begun since the beginning
}

func newControl(e *engine, name string, c Container) *control {
	ctx, stop := context.WithCancel(context.Background())
	k := &control{engine: e, name: name, stop: stop, done: make(chan struct{}), news: news{life: c}}
	listening := make(chan struct{})
	go func() {
		defer close(k.done)
		k.run(ctx, sync.OnceFunc(func() { close(listening) }))
	}()
	<-listening
	return k
}

func (k *control) close() {
	k.stop()
	<-k.done
	k.engine.close()
}

func (k *control) now() news {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.news
}

func (k *control) tell(change func(*news)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	change(&k.news)
}

// run listens until ctx is done. It calls tried after the first attempt, well
// or ill.
func (k *control) run(ctx context.Context, tried func()) {
	var wait backoff
	for ctx.Err() == nil {
		k.listen(ctx, func() {
			wait.reset()
			tried()
		})
		tried()
		k.tell(func(n *news) { n.connected = false })
		select {
		case <-time.After(wait.next()):
		case <-ctx.Done():
		}
	}
}

// listen hears events until the stream breaks, for whatever reason. What
// happened before it began is found by looking at the container once more.
func (k *control) listen(ctx context.Context, begun func()) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	late := time.AfterFunc(engineTimeout, cancel) // Events returns when the engine answers
	stream := k.engine.api.Events(ctx, client.EventsListOptions{Filters: make(client.Filters).
		Add("type", "container").Add("event", "oom", "die", "start", "update", "destroy")})
	late.Stop()
	select {
	case <-stream.Err: //nolint:errcheck // whatever broke it
		return
	default:
	}
	if k.look(ctx) != nil {
		return
	}
	k.tell(func(n *news) { n.connected = true })
	begun()
	for {
		select {
		case m := <-stream.Messages:
			if k.hear(ctx, m) != nil {
				return
			}
		case <-stream.Err: //nolint:errcheck // whatever broke it
			return
		}
	}
}

// hear takes one event; those of other containers are let pass.
func (k *control) hear(ctx context.Context, m events.Message) error {
	life := k.now().life
	if m.Actor.ID != life.ID && m.Actor.Attributes["name"] != life.Name {
		return nil
	}
	if m.Action == events.ActionOOM {
		k.tell(func(n *news) { n.kills++ })
		return nil
	}
	return k.look(ctx)
}

// look asks for the container. That there is none is news; that the engine
// does not answer is an error.
func (k *control) look(ctx context.Context) error {
	c, err := k.engine.find(ctx, k.name)
	if err != nil && !errors.Is(err, ErrNoContainer) {
		return err
	}
	k.tell(func(n *news) {
		n.removed = err != nil
		if err == nil {
			n.restarts += lives(n.life, c)
			n.life = c
		}
	})
	return nil
}

// lives is how many lives began from one look to the next.
func lives(before, now Container) uint64 {
	switch {
	case now.epoch().Equal(before.epoch()):
		return 0
	case now.ID == before.ID && now.Restarts > before.Restarts:
		return now.Restarts - before.Restarts
	}
	return 1
}
