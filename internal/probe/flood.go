package probe

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pixeltales/pixelload/internal/account"
	"github.com/pixeltales/pixelload/internal/explain"
)

// A flood is more than the kernel's own buffers hold, so that what the target
// keeps for a reader that does not read is seen.
const (
	standings   = 3
	mostSockets = 8
	floodBytes  = 24 << 20
	floodPad    = 48 << 10
	floodTime   = 4 * time.Second
)

// sockets measures what open sockets hold, and what waits for one whose other
// end does not read.
func (p *prober) sockets(ctx context.Context) error {
	if p.hooked {
		routes, err := p.Hook.Routes(ctx)
		if err == nil {
			p.strangeSockets(routes.Sockets)
		}
	}
	for _, path := range []string{notifications, collaborate} {
		name := strings.Split(path, "/")[2]
		open := explain.Subject{Name: "socket_" + name, What: "open sockets on " + path, Of: explain.Socket}
		slow := explain.Subject{Name: "slow_" + name, What: "a reader that does not read on " + path, Of: explain.Socket}
		text := `{"type":"ping","pad":"` + strings.Repeat("x", floodPad) + `"}`
		if path == collaborate {
			text = stroke(floodPad / len(`{"x":251.33482,"y":133.67193},`))
		}
		for _, one := range []struct {
			s  *explain.Subject
			do func() (explain.Standing, error)
		}{
			{&open, func() (explain.Standing, error) { return p.stand(ctx, p.fill(path, 0)) }},
			{&slow, func() (explain.Standing, error) { return p.flood(ctx, p.fill(path, 0), text) }},
		} {
			if err := p.stands(ctx, one.s, one.do); err != nil {
				return err
			}
		}
	}
	return nil
}

// stands repeats a standing; its failure is the subject's own while the target
// can be asked.
func (p *prober) stands(ctx context.Context, s *explain.Subject, do func() (explain.Standing, error)) error {
	p.Step("%s", s.What)
	var err error
	for range standings {
		if p.late(0) {
			err = errTime
			break
		}
		var st explain.Standing
		if st, err = do(); err != nil {
			break
		}
		s.Standing = append(s.Standing, st)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		p.missing(s.What, err)
	}
	return p.note(ctx, *s, nil)
}

// stand reads what sockets of different users hold while they are open.
func (p *prober) stand(ctx context.Context, path string) (st explain.Standing, err error) {
	if word := unknown.FindString(path); word != "" {
		return st, fmt.Errorf("no earlier answer told %s", word)
	}
	if st.BeforeBytes, err = p.collected(ctx); err != nil {
		return st, err
	}
	var open []*listener
	defer func() {
		for _, l := range open {
			l.close()
		}
	}()
	for _, who := range p.Users[:min(mostSockets, len(p.Users))] {
		l, openErr := p.open(ctx, path, who, true)
		if openErr != nil { // a session lets in so many and no more
			err = openErr
			break
		}
		open = append(open, l)
	}
	if len(open) < 2 {
		return st, errors.Join(errors.New("fewer than two sockets can be open"), err)
	}
	silent(ctx, open...)
	st.Sockets = len(open)
	if st.DuringBytes, err = p.collected(ctx); err != nil {
		return st, err
	}
	for _, l := range open {
		l.close()
	}
	open = nil
	pause(ctx, 4*quiet)
	st.GoneBytes, err = p.collected(ctx)
	return st, err
}

// flood sends to a socket more than its other end reads, and reads what waits.
func (p *prober) flood(ctx context.Context, path, text string) (st explain.Standing, err error) {
	if word := unknown.FindString(path); word != "" {
		return st, fmt.Errorf("no earlier answer told %s", word)
	}
	if st.BeforeBytes, err = p.collected(ctx); err != nil {
		return st, err
	}
	var deaf [2]*listener // the sender reads no answers either
	for i, who := range []account.User{p.Users[0], p.Users[1]} {
		if deaf[i], err = p.open(ctx, path, who, false); err != nil {
			return st, err
		}
		defer deaf[i].conn.Close()
	}
	st.Sockets = len(deaf)
	for began := time.Now(); st.SentBytes < floodBytes && time.Since(began) < floodTime && ctx.Err() == nil; st.Messages++ {
		if err := p.room(largeCall); err != nil {
			return st, err
		}
		filled := p.fill(text, st.Messages)
		if err := deaf[0].write(filled); err != nil {
			break // it takes no more: what waits is what it has taken
		}
		st.SentBytes += int64(len(filled))
	}
	pause(ctx, 4*quiet)
	if p.hooked {
		if state, err := p.Hook.State(ctx); err == nil {
			st.Queued = &state.Queued
		}
	}
	if st.DuringBytes, err = p.collected(ctx); err != nil {
		return st, err
	}
	for _, l := range deaf {
		l.conn.Close()
	}
	st.GoneBytes, err = p.subsided(ctx, st.DuringBytes)
	return st, err
}

// subsiding is how long what waited for a closed socket may take to go.
const subsiding = 4 * time.Second

// subsided is U when it falls no more.
func (p *prober) subsided(ctx context.Context, from int64) (u int64, err error) {
	for began := time.Now(); ; {
		pause(ctx, time.Second/2)
		if u, err = p.collected(ctx); err != nil {
			return u, err
		}
		if from-u < from/100 && u < from || time.Since(began) > subsiding {
			return u, ctx.Err()
		}
		from = min(from, u)
	}
}
