// Command bench measures what a user costs the generator: our extension beside
// stock k6 and a bare Go client, one after the other, at the same load on the
// same machine. It writes the table into docs/performance.md.
//
// Figures of one run are to be compared with each other, never with another
// run's: client and server share the machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

func main() {
	if err := command(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// command runs the benchmark, or one of the parts that it starts as processes
// of their own: the server, or the bare client.
func command(args []string) error {
	switch {
	case len(args) == 1 && args[0] == "server":
		return serve()
	case len(args) == 1 && args[0] == "floor":
		return runFloor(os.Stdout)
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	runs := flags.Int("runs", 3, "how often each client runs; medians are reported")
	seconds := flags.Int("seconds", 15, "how long each sends")
	k6 := flags.String("k6", "bin/k6", "k6 with the extension in it")
	doc := flags.String("doc", "docs/performance.md", "where the tables go, between its markers; empty: nowhere")
	only := flags.String("only", "", "one load alone: busy, quiet or pages; its table is printed, the document stays as it is")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || *runs < 1 || *seconds < 1 {
		return errors.New("want no arguments, and at least 1 run of 1 s")
	}
	binary, err := filepath.Abs(*k6)
	if err != nil {
		return err
	}
	if _, err := os.Stat(binary); err != nil {
		return fmt.Errorf("%w; build it with `make build`", err)
	}
	chosen := loads(time.Duration(*seconds) * time.Second)
	if *only != "" {
		*doc = ""
		if chosen = slices.DeleteFunc(chosen, func(l load) bool { return l.name != *only }); len(chosen) == 0 {
			return fmt.Errorf("no load is called %q: want busy, quiet or pages", *only)
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return compare(ctx, binary, *doc, chosen, *runs)
}

// compare runs the loads and writes their tables.
func compare(ctx context.Context, k6, doc string, chosen []load, runs int) error {
	server, err := startServer()
	if err != nil {
		return err
	}
	defer server.stop()
	var tables []table
	for _, l := range chosen {
		l.url = server.url
		t, err := l.measure(ctx, k6, runs)
		if err != nil {
			return err
		}
		t.write(os.Stdout)
		tables = append(tables, t)
	}
	if doc == "" {
		return nil
	}
	return publish(doc, k6, runs, tables)
}
