package isolate

import (
	"io"
	"net"
	"strconv"
	"sync"
)

// open leads what comes to the listener, which is in the program's network, to
// the service on this machine.
func (g *Gate) open(l net.Listener, service int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		l.Close()
		return
	}
	g.doors = append(g.doors, l)
	go func() {
		for {
			inside, err := l.Accept()
			if err != nil {
				return // the gate is closed
			}
			go lead(inside, net.JoinHostPort("127.0.0.1", strconv.Itoa(service)))
		}
	}()
}

// lead joins the connection with one to the address, until both have said all.
// A service that is not there is a connection that closes.
func lead(inside net.Conn, address string) {
	defer inside.Close()
	outside, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer outside.Close()
	var both sync.WaitGroup
	both.Go(func() { pass(outside, inside) })
	both.Go(func() { pass(inside, outside) })
	both.Wait()
}

// pass copies until from ends, and says so to the other side. The kernel moves
// the bytes: both are TCP.
func pass(to, from net.Conn) {
	_, err := io.Copy(to, from)
	if half, ok := to.(*net.TCPConn); ok && err == nil {
		_ = half.CloseWrite() // the other side has gone
		return
	}
	to.Close()
	from.Close()
}
