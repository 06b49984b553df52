package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"
)

const (
	roomSize = 10
	// arriving is how long the sockets of a load take to open.
	arriving = 3 * time.Second
	// requests are those of a page.
	requests = 5
)

// load is what each of its clients is given to do.
type load struct {
	name, title string
	sockets     int
	rate        float64 // messages a second and socket
	bytes       int     // of a message
	length      time.Duration
	url         string
	clients     []client
	work        int // page loads, where it is those
}

func loads(length time.Duration) []load {
	stock, extension, floor := client{"stock k6", "stock.js"}, client{"pixelload", "crowd.js"}, client{name: "bare gorilla"}
	three := []client{stock, extension, floor}
	return []load{
		{
			name: "busy", title: "1,000 sockets, each sending two messages of 200 bytes a second to the nine others of its room",
			sockets: 1000, rate: 2, bytes: 200, length: length, clients: three,
		},
		{
			name: "quiet", title: "5,000 sockets, each sending a message of 200 bytes every 20 s to the nine others of its room",
			sockets: 5000, rate: 0.05, bytes: 200, length: length, clients: three,
		},
		{
			name: "pages", title: "page loads of five requests (64 KiB of words, then four answers of 2 KB side by side), bodies discarded, by 10 users",
			work:    4000,
			clients: []client{{"stock k6", "pages_stock.js"}, {"pixelload", "pages.js"}},
		},
	}
}

// offered returns how many messages are to be received if all of them arrive.
func (l load) offered() float64 {
	return float64(l.sockets) * l.rate * l.length.Seconds() * (roomSize - 1)
}

// environment is the load as the clients read it.
func (l load) environment() []string {
	return []string{
		"BENCH_URL=" + l.url,
		"BENCH_SOCKETS=" + strconv.Itoa(l.sockets),
		"BENCH_ROOM=" + strconv.Itoa(roomSize),
		fmt.Sprintf("BENCH_RATE=%g", l.rate),
		"BENCH_BYTES=" + strconv.Itoa(l.bytes),
		fmt.Sprintf("BENCH_ARRIVING=%g", arriving.Seconds()),
		fmt.Sprintf("BENCH_SECONDS=%g", l.length.Seconds()),
		"BENCH_WORK=" + strconv.Itoa(l.work),
	}
}

// done is an error unless the report is of the load's work: figures of work
// that was not done are cheap. Messages that did not arrive are in the table.
func (l load) done(r report) error {
	switch want := float64(l.work * requests); {
	case l.work > 0 && (r.Sent != want || r.Failed > 0):
		return fmt.Errorf("it made %g requests, %g of which failed; want %g, and none", r.Sent, r.Failed, want)
	case r.Sent == 0:
		return errors.New("it sent nothing")
	}
	return nil
}

// measure runs each client so often, in turn.
func (l load) measure(ctx context.Context, k6 string, runs int) (table, error) {
	results := make([][]result, len(l.clients))
	for range runs {
		for i, c := range l.clients {
			r, err := c.run(ctx, k6, l)
			if err == nil {
				err = l.done(r.report)
			}
			if err != nil {
				return table{}, fmt.Errorf("running %s at load %s: %w", c.name, l.name, err)
			}
			fmt.Fprintf(os.Stderr, "%s: %s: CPU %v, peak %d MiB, %+v\n", l.name, c.name, r.cpu, r.peak>>20, r.report)
			results[i] = append(results[i], r)
		}
	}
	t := table{load: l}
	for i, c := range l.clients {
		t.rows = append(t.rows, l.row(c.name, results[i]))
	}
	return t, nil
}

// row is the medians of a client's runs.
func (l load) row(name string, results []result) row {
	return row{
		client: name,
		cpu: median(results, func(r result) float64 {
			return float64(r.cpu.Microseconds()) / (r.report.Sent + r.report.Received) // us a message is ms a 1,000
		}),
		peak:      median(results, func(r result) float64 { return float64(r.peak) }),
		delivered: median(results, func(r result) float64 { return r.report.Received / l.offered() }),
		p50:       median(results, func(r result) float64 { return r.report.P50 }),
		p99:       median(results, func(r result) float64 { return r.report.P99 }),
	}
}

func median(results []result, of func(result) float64) float64 {
	values := make([]float64, len(results))
	for i, r := range results {
		values[i] = of(r)
	}
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}
