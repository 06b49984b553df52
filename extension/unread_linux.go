package extension

import "golang.org/x/sys/unix"

// unread asks for the bytes received and not yet read: SIOCINQ in tcp(7),
// which is FIONREAD and TIOCINQ by other names.
func unread(fd uintptr) int {
	n, err := unix.IoctlGetInt(int(fd), unix.TIOCINQ)
	if err != nil {
		return 0
	}
	return n
}
