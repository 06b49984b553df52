package collector

import (
	"errors"
	"fmt"
	"net"
)

// ErrExposed says that others than this machine could connect.
var ErrExposed = errors.New("others than this machine could read it: listen on 127.0.0.1, or give --web.config.file with TLS or basic auth")

// Listen listens at the address, HOST:PORT. Unless guarded it refuses all but
// loopback: what is checked is the address that is then listened at, and not
// a name that could mean another one by then.
func Listen(address string, guarded bool) (net.Listener, error) {
	at, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening at %q: %w", address, err)
	}
	if !guarded && !at.IP.IsLoopback() {
		return nil, fmt.Errorf("listening at %q: %w", address, ErrExposed)
	}
	return net.ListenTCP("tcp", at)
}
