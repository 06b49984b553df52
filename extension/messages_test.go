package extension

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// wireFrame is a server's frame with the first byte and the payload given.
func wireFrame(first byte, payload string) []byte {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	return append(b, payload...)
}

// feedAll feeds the data in pieces of the size and returns what came out.
func feedAll(data []byte, size int) (out []string, err error) {
	var m messages
	for len(data) > 0 && err == nil {
		piece := bytes.Clone(data[:min(size, len(data))])
		data = data[len(piece):]
		err = m.feed(piece,
			func(_ int, p []byte) error { out = append(out, string(p)); return nil },
			func(opcode int, p []byte) error {
				out = append(out, fmt.Sprintf("<%d %s>", opcode, p))
				if opcode == websocket.CloseMessage {
					return closeError(p)
				}
				return nil
			})
		clear(piece) // the loop's buffer is used again
	}
	return out, err
}

func TestMessages(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("long ", 30_000)
	stream := bytes.Join([][]byte{
		wireFrame(0x81, "one"), wireFrame(0x82, ""), wireFrame(0x89, "ping"), wireFrame(0x81, long),
		wireFrame(0x01, "frag"), wireFrame(0x8a, "pong"), wireFrame(0x00, "men"), wireFrame(0x80, "ts"),
		wireFrame(0x81, strings.Repeat("x", 300)), wireFrame(0x88, "\x03\xe8bye"),
	}, nil)
	want := []string{"one", "", "<9 ping>", long, "<10 pong>", "fragments", strings.Repeat("x", 300), "<8 \x03\xe8bye>"}
	for _, size := range []int{1, 2, 3, 7, 1000, 64 << 10, len(stream)} {
		out, err := feedAll(stream, size)
		if fmt.Sprint(out) != fmt.Sprint(want) {
			t.Errorf("in pieces of %d: %d messages %.80q, want %d", size, len(out), out, len(want))
		}
		if !websocket.IsCloseError(err, websocket.CloseNormalClosure) {
			t.Errorf("in pieces of %d: error %v, want the close", size, err)
		}
	}
}

func TestMessagesRefuse(t *testing.T) {
	t.Parallel()
	huge := binary.BigEndian.AppendUint64([]byte{0x81, 127}, 1<<40)
	for name, test := range map[string]struct {
		data []byte
		want error
	}{
		"reserved bit":             {[]byte{0xc1, 0}, errBadFrame},
		"masked":                   {[]byte{0x81, 0x80, 1, 2, 3, 4}, errBadFrame},
		"unknown opcode":           {[]byte{0x83, 0}, errBadFrame},
		"fragmented ping":          {[]byte{0x09, 0}, errBadFrame},
		"long ping":                {wireFrame(0x89, strings.Repeat("x", 126)), errBadFrame},
		"continuation of nothing":  {wireFrame(0x80, "x"), errBadFrame},
		"message inside a message": {append(wireFrame(0x01, "x"), wireFrame(0x81, "y")...), errBadFrame},
		"close of one byte":        {wireFrame(0x88, "x"), errBadFrame},
		"huge":                     {huge, websocket.ErrReadLimit},
	} {
		if _, err := feedAll(test.data, len(test.data)); !errors.Is(err, test.want) {
			t.Errorf("%s: error %v, want %v", name, err, test.want)
		}
	}
	var m messages
	part := wireFrame(0x01, strings.Repeat("x", frameLimit/2))
	err := m.feed(part, nil, nil)
	part[0] = 0
	for range 2 {
		err = errors.Join(err, m.feed(part, nil, nil))
	}
	if !errors.Is(err, websocket.ErrReadLimit) {
		t.Errorf("fragments without end: error %v, want %v", err, websocket.ErrReadLimit)
	}
}

func FuzzMessages(f *testing.F) {
	f.Add(append(wireFrame(0x01, "a"), wireFrame(0x80, "b")...), 3)
	f.Add(wireFrame(0x88, "\x03\xe8"), 1)
	f.Add([]byte{0x81, 127, 255, 255, 255, 255, 255, 255, 255, 255}, 4)
	f.Fuzz(func(t *testing.T, data []byte, size int) {
		whole, wholeErr := feedAll(data, len(data))
		pieces, err := feedAll(data, max(1, size))
		if fmt.Sprint(whole) != fmt.Sprint(pieces) || fmt.Sprint(wholeErr) != fmt.Sprint(err) {
			t.Errorf("whole %q, %v; in pieces %q, %v", whole, wholeErr, pieces, err)
		}
	})
}

// BenchmarkDraw is the way of one draw from the loop's buffer into the book.
func BenchmarkDraw(b *testing.B) {
	var book ledger
	from, to := book.page(0), book.page(1)
	from.join()
	to.join()
	var m messages
	seq, now := int64(0), time.Unix(0, 0)
	receive := func(_ int, message []byte) error {
		if kind, ok := kindOf(message); ok && kind == "draw" {
			sender, n, _ := readItem(message)
			to.receive(sender, n, now, "a")
		}
		return nil
	}
	b.ReportAllocs()
	for b.Loop() {
		seq++
		from.send(seq, now, "a")
		draw := smallDraw(0, seq, now, 200)
		buffer := append(append(make([]byte, 0, 256), 0x81, 126, byte(len(draw)>>8), byte(len(draw))), draw...)
		if err := m.feed(buffer, receive, nil); err != nil {
			b.Fatal(err)
		}
		if seq%1000 == 0 {
			to.tallies.take()
		}
	}
}
