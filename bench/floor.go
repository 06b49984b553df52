package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// floor is the bare client: a goroutine a socket that reads, one that sends
// for all, and no k6: what the sockets cost by themselves.
type floor struct {
	began     time.Time
	closing   atomic.Bool
	sent      int
	sockets   []*websocket.Conn
	latencies [][]float64 // by socket
}

func runFloor(stdout io.Writer) error {
	n, e1 := strconv.Atoi(os.Getenv("BENCH_SOCKETS"))
	rate, e2 := strconv.ParseFloat(os.Getenv("BENCH_RATE"), 64)
	size, e3 := strconv.Atoi(os.Getenv("BENCH_BYTES"))
	length, e4 := time.ParseDuration(os.Getenv("BENCH_SECONDS") + "s")
	if err := errors.Join(e1, e2, e3, e4); err != nil {
		return fmt.Errorf("parsing BENCH_SOCKETS, _RATE, _BYTES and _SECONDS: %w", err)
	}
	f := &floor{began: time.Now(), sockets: make([]*websocket.Conn, n), latencies: make([][]float64, n)}
	var reading sync.WaitGroup
	for i := range n {
		time.Sleep(time.Until(f.began.Add(arriving * time.Duration(i) / time.Duration(n))))
		if err := f.open(i, &reading); err != nil {
			return err
		}
	}
	f.send(time.Duration(float64(time.Second)/rate/float64(n)), length, size)
	time.Sleep(2 * time.Second)
	f.closing.Store(true)
	for _, s := range f.sockets {
		_ = s.Close()
	}
	reading.Wait()
	return json.NewEncoder(stdout).Encode(f.report())
}

func (f *floor) open(i int, reading *sync.WaitGroup) error {
	dialer := websocket.Dialer{ReadBufferSize: 1024, WriteBufferSize: 1024, WriteBufferPool: &sync.Pool{}}
	url := "ws" + strings.TrimPrefix(os.Getenv("BENCH_URL"), "http") + fmt.Sprintf("/ws/floor/%d/", i/roomSize)
	conn, _, err := dialer.Dial(url, nil) //nolint:bodyclose // a handshake has no body left
	if err != nil {
		return err
	}
	f.sockets[i] = conn
	reading.Go(func() { f.read(i) })
	return nil
}

// read notes how long each message took: its sender wrote when it was sent.
func (f *floor) read(i int) {
	for {
		_, frame, err := f.sockets[i].ReadMessage()
		if err != nil {
			if !f.closing.Load() {
				fmt.Fprintln(os.Stderr, "bench: socket:", err)
			}
			return
		}
		_, rest, found := bytes.Cut(frame, []byte(`"time":`))
		digits, _, ended := bytes.Cut(rest, []byte(`,`))
		if us, err := strconv.ParseInt(string(digits), 10, 64); found && ended && err == nil {
			f.latencies[i] = append(f.latencies[i], float64(time.Now().UnixMicro()-us)/1000)
		}
	}
}

func (f *floor) send(distance, length time.Duration, size int) {
	begin := f.began.Add(arriving)
	for due := begin; due.Sub(begin) < length; due = due.Add(distance) {
		time.Sleep(time.Until(due))
		frame := fmt.Appendf(nil, `{"type":"draw","time":%d,"text":"`, time.Now().UnixMicro())
		frame = append(frame, bytes.Repeat([]byte("x"), max(0, size-len(frame)-2))...)
		if f.sockets[f.sent%len(f.sockets)].WriteMessage(websocket.TextMessage, append(frame, `"}`...)) == nil {
			f.sent++
		}
	}
}

func (f *floor) report() report {
	all := slices.Concat(f.latencies...)
	slices.Sort(all)
	r := report{Sent: float64(f.sent), Received: float64(len(all))}
	if n := len(all); n > 0 {
		r.P50, r.P99 = all[n/2], all[n*99/100]
	}
	return r
}
