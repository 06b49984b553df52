package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"
)

// row is the medians of one client.
type row struct {
	client    string
	cpu       float64 // ms for 1,000 messages or requests
	peak      float64 // bytes
	delivered float64 // share of the offered
	p50, p99  float64 // ms
}

// table is the clients of one load; the first is what the others are compared with.
type table struct {
	load load
	rows []row
}

func (t table) write(w io.Writer) {
	fmt.Fprintf(w, "### %s%s\n\n", strings.ToUpper(t.load.title[:1]), t.load.title[1:])
	if t.load.work > 0 {
		t.writePages(w)
		return
	}
	fmt.Fprint(w, "| client | CPU ms per 1,000 messages | of stock | peak memory, MiB | of stock | delivered of offered | fan-out p50, ms | p99, ms |\n|---|---|---|---|---|---|---|---|\n")
	for _, r := range t.rows {
		fmt.Fprintf(w, "| %s | %.1f | %.2f | %.0f | %.2f | %.2f %% | %.1f | %.1f |\n", r.client,
			r.cpu, r.cpu/t.rows[0].cpu, r.peak/(1<<20), r.peak/t.rows[0].peak, 100*r.delivered, r.p50, r.p99)
	}
	fmt.Fprintln(w)
}

func (t table) writePages(w io.Writer) {
	fmt.Fprint(w, "| client | CPU ms per 1,000 requests | of stock | peak memory, MiB | of stock |\n|---|---|---|---|---|\n")
	for _, r := range t.rows {
		fmt.Fprintf(w, "| %s | %.1f | %.2f | %.0f | %.2f |\n", r.client, r.cpu, r.cpu/t.rows[0].cpu, r.peak/(1<<20), r.peak/t.rows[0].peak)
	}
	fmt.Fprintln(w)
}

const (
	beginMark = "<!-- tables: written by `make bench` -->"
	endMark   = "<!-- end of tables -->"
)

// publish writes the tables, and where they were measured, between the marks of
// the document.
func publish(doc, k6 string, runs int, tables []table) error {
	text, err := os.ReadFile(doc)
	if err != nil {
		return err
	}
	before, rest, begun := strings.Cut(string(text), beginMark)
	_, after, ended := strings.Cut(rest, endMark)
	if !begun || !ended {
		return fmt.Errorf("%s has no line %q, or no line %q after it", doc, beginMark, endMark)
	}
	v, err := version(k6)
	if err != nil {
		return fmt.Errorf("asking %s for its version: %w", k6, err)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s%s\n\nMeasured on %s: %s, %d CPUs, %s %s/%s; %s. Medians of %d runs in turn, each sending for %v.\n\n",
		before, beginMark, time.Now().Format(time.DateOnly), processor(), runtime.NumCPU(), kernel(),
		runtime.GOOS, runtime.GOARCH, v, runs, tables[0].load.length)
	for _, t := range tables {
		t.write(&b)
	}
	b.WriteString(endMark + after)
	return os.WriteFile(doc, b.Bytes(), 0o644) //nolint:gosec // a document of the repository
}

// processor is the model name in /proc/cpuinfo.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	_, rest, found := strings.Cut(string(text), "model name")
	line, _, _ := strings.Cut(rest, "\n")
	if !found {
		return "unknown processor"
	}
	return strings.TrimLeft(line, "\t :")
}

// kernel is the system's name and release, without what its maker adds.
func kernel() string {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return "unknown kernel"
	}
	number, _, _ := strings.Cut(strings.TrimSpace(string(release)), "-")
	return "Linux " + number
}
