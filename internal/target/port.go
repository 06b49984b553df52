package target

import (
	"fmt"
	"net"
	"strconv"
)

const loopback = "127.0.0.1"

// FreePort returns a port of the loopback interface that nobody listens on.
func FreePort() (int, error) {
	l, err := net.Listen("tcp", address(0))
	if err != nil {
		return 0, fmt.Errorf("finding a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// CheckPort returns an error when somebody listens on the port already: they
// would be measured in the target's stead.
func CheckPort(port int) error {
	l, err := net.Listen("tcp", address(port))
	if err != nil {
		return fmt.Errorf("port %d: %w: choose another one or end it: %w", port, ErrPortTaken, err)
	}
	return l.Close()
}

func address(port int) string { return net.JoinHostPort(loopback, strconv.Itoa(port)) }
