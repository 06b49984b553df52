//go:build !linux

package target

import (
	"errors"
	"syscall"
)

// childAttributes gives the child a session of its own. Only Linux ends a
// child with its parent.
func childAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// Cores lists the cores that this process may run on; nil where that cannot be
// known.
func Cores() []int { return nil }

func pin(cores []int) error {
	if len(cores) == 0 {
		return nil
	}
	return errors.New("binding to cores: needs Linux")
}

func waitForEnd(int) {}
