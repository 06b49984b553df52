package extension

import (
	"bytes"
	"encoding/binary"
	"errors"

	"github.com/gorilla/websocket"
)

var errBadFrame = errors.New("the frame breaks RFC 6455")

// Bits of a frame's first two bytes, RFC 6455 section 5.2.
const (
	finalBit     = 0x80
	reservedBits = 0x70
	opcodeBits   = 0x0f
	controlBit   = 0x08
	maskBit      = 0x80
	lengthBits   = 0x7f
	continuation = 0
)

// messages cuts the bytes that a server sends into messages. The zero value
// is ready; of a socket whose bytes end with a message it holds nothing.
type messages struct {
	rest      []byte // the beginning of a frame
	fragments []byte // of a message under way
	opcode    int    // of it; 0: none is under way
}

// feed works off the bytes, which may begin and end anywhere. It calls message
// for each whole message, and control for pings, pongs and closes; what they
// are given is theirs until they return, and their error ends it.
func (m *messages) feed(data []byte, message, control func(opcode int, payload []byte) error) error {
	kept := len(m.rest) > 0
	if kept {
		data = append(m.rest, data...)
		m.rest = nil
	}
	for len(data) > 0 {
		f, size, err := parseFrame(data)
		if err != nil {
			return err
		}
		if size == 0 {
			if m.rest = data; !kept {
				m.rest = bytes.Clone(data)
			}
			return nil
		}
		if f.opcode&controlBit != 0 {
			err = control(f.opcode, f.payload)
		} else {
			err = m.add(f, message)
		}
		if err != nil {
			return err
		}
		data = data[size:]
	}
	return nil
}

// add puts a message together from its frames.
func (m *messages) add(f frame, message func(opcode int, payload []byte) error) error {
	begun := m.opcode != 0
	switch {
	case begun != (f.opcode == continuation):
		return errBadFrame
	case f.final && !begun:
		return message(f.opcode, f.payload)
	case len(m.fragments)+len(f.payload) > frameLimit:
		return websocket.ErrReadLimit
	}
	m.opcode |= f.opcode // 0 but of the first
	m.fragments = append(m.fragments, f.payload...)
	if !f.final {
		return nil
	}
	whole := *m
	m.opcode, m.fragments = 0, nil
	return message(whole.opcode, whole.fragments)
}

type frame struct {
	final   bool
	opcode  int
	payload []byte
}

// parseFrame returns the first frame of the data and its size, 0 when it is
// not yet complete. Frames of a server are not masked, and nothing was
// negotiated that uses the reserved bits.
func parseFrame(data []byte) (f frame, size int, err error) {
	if len(data) < 2 {
		return f, 0, nil
	}
	f.final, f.opcode = data[0]&finalBit != 0, int(data[0]&opcodeBits)
	head, length := 2, uint64(data[1]&lengthBits)
	switch {
	case data[0]&reservedBits != 0 || data[1]&maskBit != 0 || !known(f.opcode),
		f.opcode&controlBit != 0 && (!f.final || length > 125):
		return f, 0, errBadFrame
	case length == 126:
		head = 4
	case length == 127:
		head = 10
	}
	if len(data) < head {
		return f, 0, nil
	}
	switch head {
	case 4:
		length = uint64(binary.BigEndian.Uint16(data[2:]))
	case 10:
		length = binary.BigEndian.Uint64(data[2:])
	}
	if length > frameLimit {
		return f, 0, websocket.ErrReadLimit
	}
	size = head + int(length) //nolint:gosec // at most frameLimit
	if len(data) < size {
		return f, 0, nil
	}
	f.payload = data[head:size]
	return f, size, nil
}

func known(opcode int) bool {
	switch opcode {
	case continuation, websocket.TextMessage, websocket.BinaryMessage,
		websocket.CloseMessage, websocket.PingMessage, websocket.PongMessage:
		return true
	}
	return false
}

// closeError is what a close frame's payload says: a code and a reason.
func closeError(payload []byte) error {
	switch {
	case len(payload) == 0:
		return &websocket.CloseError{Code: websocket.CloseNoStatusReceived}
	case len(payload) == 1:
		return errBadFrame
	default:
		return &websocket.CloseError{Code: int(binary.BigEndian.Uint16(payload)), Text: string(payload[2:])}
	}
}
