package extension

import (
	"context"
	"io"
	"math"
	"time"
)

// pace is how many bytes a second reach a user on a bad line. 0: as they come.
type pace float64

// never is the pace at which nothing is read.
const never pace = -1

// quiet declares a socket that is read at the pace.
func (p pace) quiet() *stopReading {
	q := &stopReading{Declared: true}
	if p > 0 {
		q.After = math.MaxInt32 // seconds: it is read to the end
	}
	return q
}

// wait waits as long as n bytes take; false when ctx ends before.
func (p pace) wait(ctx context.Context, n int) bool {
	switch {
	case p == 0:
		return true
	case p < 0:
		<-ctx.Done()
		return false
	default:
		return wait(ctx, time.Duration(float64(n)/float64(p)*float64(time.Second)))
	}
}

// reader reads at the pace, a tenth of a second's bytes at a time.
func (p pace) reader(ctx context.Context, from io.Reader) io.Reader {
	if p == 0 {
		return from
	}
	return slowly{ctx, p, from}
}

type slowly struct {
	ctx  context.Context //nolint:containedctx // of the one request that is read
	pace pace
	from io.Reader
}

func (s slowly) Read(p []byte) (int, error) {
	if s.pace > 0 {
		p = p[:min(len(p), int(s.pace)/10+1)]
	}
	if !s.pace.wait(s.ctx, len(p)) {
		return 0, s.ctx.Err()
	}
	return s.from.Read(p)
}
