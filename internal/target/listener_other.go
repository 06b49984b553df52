//go:build !linux

package target

func listens(int, int) (bool, error) { return true, nil }
