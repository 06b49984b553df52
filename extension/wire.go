package extension

import (
	"context"

	"go.k6.io/k6/v2/lib"
)

// wire is what a socket needs to know of who holds it.
type wire struct {
	who     string // for the log
	world   *world
	state   *lib.State
	metrics *metricSet
	emit    emitter
	agent   string
	phase   func() string
	address func(path string) string // of a socket, with the token that is good now

	limit *limiter // on handshakes; nil: none

	// closed says that no socket is to be opened.
	closed bool

	// active ends when nothing new is to be done, whole when all is to be closed.
	active, whole context.Context
}

// rescue turns a panic of a goroutine into a failed visit and a line in the
// log: unrescued it would end k6 and with it the whole test.
func (w *wire) rescue() {
	if p := recover(); p != nil {
		w.emit.push(w.metrics.visitsFailed, w.phase(), 1)
		w.state.Logger.Errorf("%s: %v", w.who, p)
	}
}
