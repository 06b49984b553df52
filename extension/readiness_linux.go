package extension

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"go.k6.io/k6/v2/lib/netext"
	"golang.org/x/sys/unix"
)

// readiness reads all plain sockets of the process from one goroutine: epoll(7)
// says which have something, and one buffer serves them all. So a message
// wakes no goroutine of its own, and a quiet socket holds no buffer. It runs
// while it has sockets. The zero value is ready.
type readiness struct {
	mu      sync.Mutex
	poll    *os.File // the epoll instance; nil: no socket
	sockets map[int32]*polled
}

// polled is one socket in the loop.
type polled struct {
	fd       int32
	raw      syscall.RawConn
	pull     func(fd uintptr) // reads once, into n and err
	buffer   []byte           // of the loop, while it pulls
	n        int
	err      error
	counted  *int64 // k6's bytes received
	messages messages
	message  func(opcode int, payload []byte) error
	control  func(opcode int, payload []byte) error
	ended    chan error
	gone     atomic.Bool // from the loop, or before it came there
	working  sync.Mutex  // held while messages are worked off
	poll     *os.File    // the instance that watches it
}

// add lets the loop read the connection; ended gets the error that ends it.
// False when it is no connection of the system's.
func (r *readiness) add(h *handover, message, control func(int, []byte) error) (ended <-chan error, ok bool) {
	p := &polled{message: message, control: control, ended: make(chan error, 1), counted: new(int64)}
	if c, ok := h.Conn.(*netext.Conn); ok {
		p.counted = c.BytesRead
	}
	raw, ok := unwrap(h).(syscall.Conn)
	if !ok {
		return nil, false
	}
	var err error
	if p.raw, err = raw.SyscallConn(); err != nil {
		return nil, false
	}
	p.pull = func(fd uintptr) { p.n, p.err = unix.Read(int(fd), p.buffer) }
	closing := func() {
		r.remove(p, net.ErrClosed)
		p.working.Lock()   // whoever closes it may rely on no message coming any more
		p.working.Unlock() //nolint:staticcheck // to have waited is all
	}
	h.closing.Store(&closing)
	err = p.feed(h.rest) // what came along with the handshake
	if h.rest = nil; err == nil {
		err = r.enter(p)
	}
	if err != nil {
		r.remove(p, err)
	}
	return p.ended, true
}

// enter puts the socket into the loop, unless it was closed meanwhile.
func (r *readiness) enter(p *polled) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.gone.Load() {
		return net.ErrClosed
	}
	if r.poll == nil {
		if err := r.begin(); err != nil {
			return err
		}
	}
	var failed error
	err := p.raw.Control(func(fd uintptr) {
		p.fd = int32(fd) //nolint:gosec // a descriptor fits
		r.sockets[p.fd], p.poll = p, r.poll
		failed = r.control(unix.EPOLL_CTL_ADD, p.fd, &unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLRDHUP, Fd: p.fd})
	})
	return errors.Join(err, failed)
}

// begin starts the loop. Go's own poller watches the epoll instance, so that
// waiting for it blocks no thread.
func (r *readiness) begin() error {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return err
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		_ = unix.Close(fd)
		return err
	}
	r.poll, r.sockets = os.NewFile(uintptr(fd), "epoll"), map[int32]*polled{}
	go r.run(r.poll)
	return nil
}

func (r *readiness) control(what int, fd int32, event *unix.EpollEvent) error {
	raw, err := r.poll.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(poll uintptr) { failed = unix.EpollCtl(int(poll), what, int(fd), event) })
	if err != nil {
		return err
	}
	return failed
}

// remove takes the socket out of the loop, says why, and ends the loop with the
// last one. Once: what comes later is told nobody.
func (r *readiness) remove(p *polled, why error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !p.gone.CompareAndSwap(false, true) {
		return
	}
	p.ended <- why
	if r.sockets[p.fd] == p {
		_ = r.control(unix.EPOLL_CTL_DEL, p.fd, nil)
		delete(r.sockets, p.fd)
	}
	if r.poll != nil && len(r.sockets) == 0 {
		_ = r.poll.Close()
		r.poll = nil
	}
}

// run works off the sockets that have something until the loop is ended.
func (r *readiness) run(poll *os.File) {
	raw, err := poll.SyscallConn()
	if err != nil {
		return // closed already
	}
	buffer, events := make([]byte, 64<<10), make([]unix.EpollEvent, 256)
	for {
		n := 0
		err := raw.Read(func(fd uintptr) bool {
			n, _ = unix.EpollWait(int(fd), events, 0)
			return n > 0
		})
		if err != nil {
			return
		}
		for _, e := range events[:n] {
			r.read(poll, e.Fd, buffer)
		}
	}
}

// read works off what one socket has. Its descriptor may have been closed and
// opened again since the instance said so.
func (r *readiness) read(poll *os.File, fd int32, buffer []byte) {
	r.mu.Lock()
	p := r.sockets[fd]
	r.mu.Unlock()
	if p == nil || p.poll != poll {
		return
	}
	p.buffer = buffer
	if err := p.raw.Control(p.pull); err != nil {
		r.remove(p, err)
		return
	}
	switch {
	case errors.Is(p.err, unix.EAGAIN), errors.Is(p.err, unix.EINTR):
		return
	case p.err != nil:
		r.remove(p, os.NewSyscallError("read", p.err))
	case p.n == 0:
		r.remove(p, io.ErrUnexpectedEOF)
	default:
		atomic.AddInt64(p.counted, int64(p.n))
		if err := p.feed(buffer[:p.n]); err != nil {
			r.remove(p, err)
		}
	}
}

// feed works the bytes off, unless the socket is closed; a panic in it ends this
// socket alone. A handler must not close the socket: that would wait for itself.
func (p *polled) feed(data []byte) (err error) {
	p.working.Lock()
	defer p.working.Unlock()
	if p.gone.Load() {
		return net.ErrClosed
	}
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("reading a frame: %v", v)
		}
	}()
	return p.messages.feed(data, p.message, p.control)
}
