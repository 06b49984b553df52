package memory

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"
)

// RenderOptions says which service on Render is read.
type RenderOptions struct {
	// URL is where the API is; empty is https://api.render.com/v1.
	URL string
	// Service is the id, srv-....
	Service string
	// Token is an API key. It leaves the program in the header of requests to
	// URL only, which must be https or on this machine.
	Token Secret
	// Wake is a page of the service that is asked for until it answers, before
	// anything is read: a free service sleeps after 15 minutes without a request
	// and takes up to a minute to come back. Empty for a service that is awake.
	Wake string
}

const (
	renderURL = "https://api.render.com/v1"
	// renderResolution is the finest that the API gives.
	renderResolution = 30 * time.Second
	renderTimeout    = 20 * time.Second
	wakeTimeout      = 90 * time.Second
)

// render reads the platform's own figures: a point each half minute, some time
// late. The platform does not say which of the kernel's figures it is; it is
// given as Usage, and U is unknown. Kills and restarts are those that its
// events tell of. A figure from here can show that a service grows; whether it
// fits is decided on the machine it runs on.
type render struct {
	api    *renderAPI
	opened time.Time
	queue  []renderPoint // not given yet, oldest first
	events []renderEvent // since opened, oldest first
	last   Sample
	limit  Figure
	wait   backoff
	due    time.Time // no request before then
	err    error     // of the last request

	gapTold bool // the gap before the oldest of the queue
	closed  bool
}

var _ Source = (*render)(nil)

// OpenRender opens a service on Render. Where there is nothing new since the
// last sample, Read gives it again. Reading fails while the API does not answer
// or asks to be left alone, when no figures came for a while, and where several
// instances run at once: they are never summed.
func OpenRender(o RenderOptions) (Source, error) {
	api, err := newRenderAPI(o)
	if err != nil {
		return nil, err
	}
	if o.Wake != "" {
		if err := wake(o.Wake); err != nil {
			return nil, err
		}
	}
	r := &render{api: api, opened: time.Now()}
	if err := r.fetch(r.opened); err != nil {
		return nil, err
	}
	r.due = r.opened.Add(renderResolution)
	return r, nil
}

// wake asks for a page until it is served.
func wake(page string) error {
	ctx, cancel := context.WithTimeout(context.Background(), wakeTimeout)
	defer cancel()
	var wait backoff
	for {
		err := ask(ctx, page)
		if err == nil {
			return nil
		}
		select {
		case <-time.After(wait.next()):
		case <-ctx.Done():
			return fmt.Errorf("waking the service: for %v: %w", wakeTimeout, err)
		}
	}
}

func ask(ctx context.Context, page string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, page, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("GET %s: %s", page, resp.Status)
	}
	return nil
}

// Name returns "render".
func (r *render) Name() string { return "render" }

// period is short of the platform's own, so that no point waits for long.
func (r *render) period() time.Duration { return renderResolution / 3 }

// Close ends reading.
func (r *render) Close() error {
	r.closed = true
	return nil
}

// Read gives the oldest point that was not given yet.
func (r *render) Read() (Sample, error) {
	s, err := r.read(time.Now())
	if err != nil {
		return Sample{}, fmt.Errorf("reading %s from Render: %w", r.api.service, err)
	}
	return s, nil
}

func (r *render) read(now time.Time) (Sample, error) {
	if r.closed {
		return Sample{}, os.ErrClosed
	}
	if len(r.queue) == 0 && !now.Before(r.due) {
		r.err = r.fetch(now)
		r.due = now.Add(renderResolution)
		var limited *rateLimited
		switch {
		case errors.As(r.err, &limited):
			r.due = limited.until
		case r.err != nil:
			r.due = now.Add(r.wait.next())
		default:
			r.wait.reset()
		}
	}
	switch {
	case len(r.queue) > 0:
		return r.next()
	case r.err != nil:
		return Sample{}, r.err
	case now.Sub(r.last.Time) > renderLate:
		return Sample{}, r.silent(now)
	}
	return r.last, nil
}

// renderLate is how old the newest point may be: the API is some minutes behind.
const renderLate = 5 * time.Minute

// silent says why there is no figure.
func (r *render) silent(now time.Time) error {
	err := errors.New("it has no figure of the last minutes: a free service sleeps until it is asked for a page")
	if !r.last.Time.IsZero() {
		err = fmt.Errorf("it has had no new figure for %v", now.Sub(r.last.Time).Round(time.Second))
	}
	if n := len(r.events); n > 0 {
		err = fmt.Errorf("%w; its last event: %s", err, r.events[n-1])
	}
	return err
}

// next takes the oldest point. Before one that follows a gap, the gap is an
// error once.
func (r *render) next() (Sample, error) {
	p := r.queue[0]
	gap := p.t.Sub(r.last.Time)
	if !r.last.Time.IsZero() && gap > 2*renderResolution && !r.gapTold {
		r.gapTold = true
		return Sample{}, fmt.Errorf("it has no figures of %v from %s on", gap, r.last.Time.UTC().Format(time.TimeOnly))
	}
	r.gapTold = false
	r.queue = r.queue[1:]
	if p.err != nil {
		return Sample{}, p.err
	}
	s := Sample{Time: p.t, Epoch: Epoch{ID: p.instance}, Usage: Known(p.bytes), Limit: r.limit}
	var kills, restarts uint64
	for _, e := range r.events {
		if e.at.After(p.t) {
			break
		}
		restarts, s.Epoch.Started = restarts+1, e.at
		if e.oom {
			kills++
		}
	}
	// An event may be told late: then it is counted from the next sample on.
	s.OOMKills, s.Restarts = Known(kills), Known(restarts)
	r.last = s
	return s, nil
}

// fetch asks for what is new.
func (r *render) fetch(now time.Time) error {
	ctx, cancel := context.WithTimeout(context.Background(), renderTimeout)
	defer cancel()
	from := r.last.Time.Add(time.Second)
	if r.last.Time.IsZero() {
		from = now.Add(-renderLate)
	}
	points, err := r.api.metric(ctx, "memory", from, now)
	if err != nil {
		return err
	}
	limits, err := r.api.metric(ctx, "memory-limit", now.Add(-renderLate), now)
	if err != nil {
		return err
	}
	if r.events, err = r.api.failures(ctx, r.opened, now); err != nil {
		return err
	}
	for _, p := range points {
		if p.t.After(r.last.Time) {
			r.queue = append(r.queue, p)
		}
	}
	if n := len(r.queue); r.last.Time.IsZero() && n > 1 {
		r.queue = r.queue[n-1:] // from before it was opened
	}
	if n := len(limits); n > 0 && limits[n-1].err == nil {
		r.limit = Known(limits[n-1].bytes)
	}
	return nil
}
