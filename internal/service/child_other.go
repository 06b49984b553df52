//go:build !linux

package service

import "syscall"

// dieWithParent does nothing: only Linux has such a thing. What a killed
// pixelload leaves behind is ended from its journal.
func dieWithParent(*syscall.SysProcAttr, syscall.Signal) {}
