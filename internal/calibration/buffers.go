//go:build linux

package calibration

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// buffers are TCP connections of the program to itself, written to and never
// read: the kernel holds what was written.
type buffers struct{ ends []*net.TCPConn }

// inEach is what one connection is given: the kernel's default buffers of both
// ends hold it.
const inEach = 256 << 10

// zeros are never written to, so they take no memory.
var zeros [inEach]byte

// set makes the connections anew, with that many bytes written in all.
func (b *buffers) set(bytes int64) error {
	if err := b.close(); err != nil || bytes == 0 {
		return err
	}
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return fmt.Errorf("making TCP connections: %w", err)
	}
	defer listener.Close()
	for ; bytes > 0; bytes -= inEach {
		if err := b.fill(listener, min(bytes, inEach)); err != nil {
			return fmt.Errorf("filling TCP connections: %w", err)
		}
	}
	return nil
}

func (b *buffers) fill(listener *net.TCPListener, bytes int64) error {
	out, err := net.DialTCP("tcp", nil, listener.Addr().(*net.TCPAddr))
	if err != nil {
		return err
	}
	b.ends = append(b.ends, out)
	in, err := listener.AcceptTCP()
	if err != nil {
		return err
	}
	b.ends = append(b.ends, in)
	if err := out.SetWriteDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	_, err = out.Write(zeros[:bytes])
	return err
}

func (b *buffers) close() error {
	var errs []error
	for _, end := range b.ends {
		errs = append(errs, end.SetLinger(0), end.Close())
	}
	b.ends = nil
	return errors.Join(errs...)
}

// bytes is what the kernel holds for the connections, in its own count.
func (b *buffers) bytes() (int64, error) {
	var total int64
	for _, end := range b.ends {
		conn, err := end.SyscallConn()
		if err != nil {
			return 0, err
		}
		var one int64
		var errno syscall.Errno
		if err := conn.Control(func(fd uintptr) { one, errno = memInfo(fd) }); err != nil {
			return 0, err
		}
		if errno != 0 {
			return 0, fmt.Errorf("reading a socket's memory: %w", errno)
		}
		total += one
	}
	return total, nil
}

// memInfo sums what the kernel charges for a socket: getsockopt(2) SO_MEMINFO,
// since Linux 4.12. The fields are received, written, and set aside ahead.
func memInfo(fd uintptr) (int64, syscall.Errno) {
	var info [9]uint32 // SK_MEMINFO_VARS of linux/sock_diag.h
	size := uint32(unsafe.Sizeof(info))
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, fd, unix.SOL_SOCKET, unix.SO_MEMINFO,
		uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
	const received, ahead, written = 0, 4, 5
	return int64(info[received]) + int64(info[ahead]) + int64(info[written]), errno
}
