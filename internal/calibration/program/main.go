//go:build linux

// Command calibration is the target with known memory: see the package above.
//
//	calibration -listen 127.0.0.1:8080 anon=50 socket=2
//	curl -X POST '127.0.0.1:8080/?anon=100'
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/pixeltales/pixelload/internal/calibration"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "calibration:", err)
		os.Exit(1)
	}
}

func run() error {
	listen := flag.String("listen", "127.0.0.1:8080", "address to listen on")
	file := flag.String("file", "", "file to fill the page cache from (default: a temporary one)")
	flag.Parse()
	settings := url.Values{}
	for _, argument := range flag.Args() {
		name, value, found := strings.Cut(argument, "=")
		if !found {
			return errors.New("settings are written as anon=50")
		}
		settings.Set(name, value)
	}
	if err := calibration.SmallPages(); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return calibration.Serve(ctx, *listen, *file, settings)
}
