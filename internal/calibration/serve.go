//go:build linux

package calibration

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime/debug"

	"golang.org/x/sys/unix"
)

// SmallPages starts the program once more, with huge pages off from its first
// byte: else the kernel gives 2 MiB where one page was touched. It returns in
// the second life, or with an error.
func SmallPages() error {
	off, err := unix.PrctlRetInt(unix.PR_GET_THP_DISABLE, 0, 0, 0, 0)
	if err != nil || off == 1 {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_THP_DISABLE, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("turning huge pages off: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return fmt.Errorf("starting anew: %w", unix.Exec(self, os.Args, os.Environ()))
}

// Serve listens on address and serves a program with the settings, until ctx
// ends.
func Serve(ctx context.Context, address, file string, settings url.Values) (err error) {
	debug.SetGCPercent(10) // Go's own heap stays within some hundred KiB
	p := New(file)
	if err := p.Set(settings); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: p.Handler()}
	ctx, stop := context.WithCancelCause(ctx)
	go func() { stop(server.Serve(listener)) }()
	go func() { stop(p.Leak(ctx.Done())) }()
	<-ctx.Done()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		err = cause
	}
	return errors.Join(err, server.Close())
}
