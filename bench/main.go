// Command bench measures what a user costs the generator: our extension beside
// stock k6 and a bare Go client, one after the other, at the same load on the
// same machine. It writes the table into docs/performance.md.
//
// Figures of one run are to be compared with each other, never with another
// run's: client and server share the machine.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
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
	only := flags.String("only", "", "one load: busy, quiet or pages")
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
	return compare(binary, *doc, *only, *runs, time.Duration(*seconds)*time.Second)
}

// compare runs all loads and writes their tables.
func compare(k6, doc, only string, runs int, length time.Duration) error {
	server, err := startServer()
	if err != nil {
		return err
	}
	defer server.stop()
	var tables []table
	for _, l := range loads(server.url, length) {
		if only != "" && only != l.name {
			continue
		}
		t, err := l.measure(k6, runs)
		if err != nil {
			return err
		}
		t.write(os.Stdout)
		tables = append(tables, t)
	}
	if doc == "" {
		return nil
	}
	return publish(doc, k6, runs, length, tables)
}
