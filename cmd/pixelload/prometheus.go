package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
)

// receiver checks the address of a Prometheus remote-write receiver. Metrics
// name the target and what was done to it, so they stay on this machine or in
// a private network: every address that the host stands for must be loopback or
// private, else the guard refuses it. An empty address is none.
func receiver(ctx context.Context, address string) (string, error) {
	if address == "" {
		return "", nil
	}
	u, err := url.Parse(address)
	switch {
	case err != nil:
		// The error would repeat the address, and with it a password.
		return "", badInput(errors.New("--prometheus: not an address: write http://127.0.0.1:9090/api/v1/write"))
	case u.User != nil:
		return "", badInput(errors.New("--prometheus: user and password would show in the process list and the logs: leave them out"))
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Path == "" || u.Path == "/":
		return "", badInput(fmt.Errorf("--prometheus %q: write the whole address, as http://127.0.0.1:9090/api/v1/write", u.Redacted()))
	}
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname())
	if err != nil {
		return "", badInput(fmt.Errorf("--prometheus: looking up %s: %w", u.Hostname(), err))
	}
	for _, ip := range found {
		if !near(ip.Unmap()) {
			return "", exitCode{exitRefused, fmt.Errorf("--prometheus: %s is %s, neither on this machine nor in a private network: metrics are sent no further", u.Hostname(), ip)}
		}
	}
	return address, nil
}

func near(ip netip.Addr) bool { return ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() }
