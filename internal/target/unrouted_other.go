//go:build !linux

package target

func unrouted(int) (int, bool) { return 0, false }
