//go:build !linux

package target

import (
	"context"
	"fmt"
	"runtime"
)

// Start needs Linux: its kernel counts and limits a target's memory.
func Start(context.Context, Spec) (*Process, error) {
	return nil, fmt.Errorf("starting the target: pixelload measures and limits memory with Linux cgroups, and this is %s: "+
		"run it in a Linux machine or container", runtime.GOOS)
}
