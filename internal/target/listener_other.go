//go:build !linux

package target

import (
	"net/netip"
	"time"
)

func (p *Process) listens() (bool, error) { return true, nil }

func (p *Process) family() []int { return nil }

func killFamily([]int) {}

// CPU is not known here.
func (p *Process) CPU() time.Duration { return 0 }

func listeners(func(netip.AddrPort) bool) ([]string, error) { return nil, nil }

func owns([]int, string) bool { return false }

func descendants(int) []int { return nil }

func holder(string) string { return "" }
