package extension

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"
)

// read works off messages until the socket fails: in the loop that reads all
// plain sockets, or in this goroutine what is encrypted, read slowly, or on a
// system without such a loop.
func (w *wire) read(s *socket, conn *websocket.Conn) error {
	if h, ok := conn.NetConn().(*handover); ok {
		message := func(opcode int, m []byte) error { return w.work(s, opcode, m) }
		if ended, ok := w.world.readiness.add(h, message, control(conn)); ok {
			return w.await(conn, ended)
		}
		h.done = true
	}
	return w.readAlone(s, conn)
}

// dialReady dials a connection whose frames the loop can read.
func (w *wire) dialReady(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := w.state.Dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &handover{Conn: conn}, nil
}

// await returns what ended the socket. A server that does not answer the
// user's farewell is not waited for.
func (w *wire) await(conn *websocket.Conn, ended <-chan error) (err error) {
	select {
	case err = <-ended:
	case <-w.whole.Done():
		select {
		case err = <-ended:
		case <-time.After(closeTime):
			return w.whole.Err()
		}
	}
	answerClose(conn, err)
	return err
}

// control works off control frames with gorilla's handlers. An answer may have
// to wait for its turn, and the loop must not.
func control(conn *websocket.Conn) func(opcode int, payload []byte) error {
	return func(opcode int, payload []byte) error {
		switch opcode {
		case websocket.CloseMessage:
			return closeError(payload)
		case websocket.PingMessage:
			text := string(payload)
			go func() { _ = conn.PingHandler()(text) }() // a socket that fails says so to its reader
		case websocket.PongMessage:
			return conn.PongHandler()(string(payload))
		}
		return nil
	}
}

// answerClose answers a close frame, or says what the server did wrong.
func answerClose(conn *websocket.Conn, err error) {
	var code int
	var closed *websocket.CloseError
	switch {
	case errors.As(err, &closed):
		code = closed.Code
	case errors.Is(err, errBadFrame):
		code = websocket.CloseProtocolError
	case errors.Is(err, websocket.ErrReadLimit):
		code = websocket.CloseMessageTooBig
	default:
		return
	}
	_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(closeTime))
}

// readAlone works off messages in this goroutine, with gorilla's reader.
func (w *wire) readAlone(s *socket, conn *websocket.Conn) error {
	deaf := time.Now().Add(s.quiet.after())
	var buffer bytes.Buffer
	for {
		if s.quiet != nil && !time.Now().Before(deaf) {
			if s.quiet.Declared && s.deaf != nil {
				s.deaf()
			}
			<-w.whole.Done()
			return w.whole.Err()
		}
		opcode, reader, err := conn.NextReader()
		if err != nil {
			return err
		}
		buffer.Reset()
		if _, err := buffer.ReadFrom(reader); err != nil {
			return err
		}
		if err := w.work(s, opcode, buffer.Bytes()); err != nil {
			return err
		}
		if !s.pace.wait(w.whole, buffer.Len()) {
			return w.whole.Err()
		}
	}
}

// work works off one message.
func (w *wire) work(s *socket, opcode int, message []byte) error {
	if opcode == websocket.TextMessage && !utf8.Valid(message) {
		return errNotText
	}
	s.silence.alive(time.Now())
	s.received.Add(1)
	kind, ok := kindOf(message)
	if kind == "pong" {
		w.ponged(s)
	}
	if !ok {
		malformed.count(w.emit, w.metrics, w.phase(), s.name)
	} else if s.frame != nil {
		s.frame(kind, message)
	}
	s.frames.Add(1)
	return nil
}

// troubleReading classifies why the socket could not be read on.
func (s *socket) troubleReading(err error) trouble {
	if s.silence.gone.Load() {
		return silent
	}
	return troubleReading(err)
}

// aDraw is how a draw message begins, from Python and from others.
var aDraw = [][]byte{[]byte(`{"type": "draw"`), []byte(`{"type":"draw"`)}

// kindOf returns a frame's type; false for what is not a JSON object with one.
func kindOf(frame []byte) (string, bool) {
	for _, beginning := range aDraw { // by far the most and the largest: not decoded
		if bytes.HasPrefix(frame, beginning) && bytes.Contains(frame, itemMark) {
			return "draw", true
		}
	}
	var head struct {
		Type string `json:"type"`
	}
	err := json.Unmarshal(frame, &head)
	return head.Type, err == nil && head.Type != ""
}
