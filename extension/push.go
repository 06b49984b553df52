package extension

import "sync"

// pushes hands what arrives on the notification socket to whoever in the app
// listens for it. The zero value is ready.
type pushes struct {
	mu        sync.Mutex
	next      int
	listeners map[int]func(kind string, data []byte)
}

// listen calls the listener at each push until it is told to stop. A listener
// must not block: the socket's reader waits for it. It must not keep data.
func (p *pushes) listen(listener func(kind string, data []byte)) (stop func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listeners == nil {
		p.listeners = map[int]func(string, []byte){}
	}
	n := p.next
	p.next++
	p.listeners[n] = listener
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.listeners, n)
	}
}

func (p *pushes) arrived(kind string, data []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, listener := range p.listeners {
		listener(kind, data)
	}
}

// nudge sends on a channel of one place, unless it is full.
func nudge(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
