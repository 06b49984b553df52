//go:build !linux

package target

import "time"

func (p *Process) listens() (bool, error) { return true, nil }

func (p *Process) family() []int { return nil }

func killFamily([]int) {}

// CPU is not known here.
func (p *Process) CPU() time.Duration { return 0 }
