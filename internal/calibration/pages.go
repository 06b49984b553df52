//go:build linux

package calibration

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

var pageSize = int64(os.Getpagesize())

// pages are anonymous memory outside Go's heap. The zero value holds none.
type pages struct {
	bytes int64 // asked for
	parts [][]byte
}

// dataPages is how many pages can be touched with the given bytes when the
// page tables for them are paid from the same bytes: a table of one page has an
// entry of 8 bytes for each page that it maps.
func dataPages(bytes int64) int64 {
	perTable := pageSize / 8
	return bytes / pageSize * perTable / (perTable + 1)
}

// touched is the memory itself, without the page tables.
func (p *pages) touched() int64 {
	var n int64
	for _, part := range p.parts {
		n += int64(len(part))
	}
	return n
}

// set makes it hold that many bytes, page tables included.
func (p *pages) set(bytes int64) error {
	want := dataPages(bytes) * pageSize
	for have := p.touched(); have > want; have = p.touched() {
		if err := p.shrink(have - want); err != nil {
			return err
		}
	}
	if more := want - p.touched(); more > 0 {
		part, err := reserve(more)
		if err != nil {
			return err
		}
		touch(part)
		p.add(part)
	}
	p.bytes = bytes
	return nil
}

// add keeps part, as one with the last where the kernel has put it right below,
// as it mostly does: a long leak would else be a long list.
func (p *pages) add(part []byte) {
	if n := len(p.parts); n > 0 {
		last := p.parts[n-1]
		if unsafe.Add(unsafe.Pointer(unsafe.SliceData(part)), len(part)) == unsafe.Pointer(unsafe.SliceData(last)) {
			p.parts[n-1] = unsafe.Slice(unsafe.SliceData(part), len(part)+len(last))
			return
		}
	}
	p.parts = append(p.parts, part)
}

// shrink gives back at most that many bytes of the last part.
func (p *pages) shrink(bytes int64) error {
	last := p.parts[len(p.parts)-1]
	keep := max(0, int64(len(last))-bytes)
	if err := giveBack(last[keep:]); err != nil {
		return err
	}
	p.parts = p.parts[:len(p.parts)-1]
	if keep > 0 {
		p.parts = append(p.parts, last[:keep])
	}
	return nil
}

// reserve maps memory; it costs nothing until it is touched.
func reserve(bytes int64) ([]byte, error) {
	at, err := unix.MmapPtr(-1, 0, nil, uintptr(bytes), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return nil, fmt.Errorf("mapping %d bytes: %w", bytes, err)
	}
	return unsafe.Slice((*byte)(at), bytes), nil
}

func giveBack(part []byte) error {
	if err := unix.MunmapPtr(unsafe.Pointer(unsafe.SliceData(part)), uintptr(len(part))); err != nil {
		return fmt.Errorf("unmapping %d bytes: %w", len(part), err)
	}
	return nil
}

// touch makes every page real. A child calls it between fork and its end,
// where Go's runtime does not run: so it calls nothing.
//
//go:nosplit
//go:norace
func touch(part []byte) {
	for i := 0; i < len(part); i += 4096 { // no page is smaller
		part[i] = 1
	}
}
