package deploy_test

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/verdict"
)

// writeResults writes docs/results/compose.md.
func (s *stack) writeResults(path string, moments []moment, v verdict.Verdict) {
	s.t.Helper()
	kernel, _, _ := strings.Cut(v.Machine.Kernel, "-")
	var b strings.Builder
	fmt.Fprintf(&b, `# One container's memory, from four sources

Written by `+"`.ci/compose -results ../docs/results/compose.md`"+` from a real run of docker-compose.yml: engine %s, cgroup v%s, Linux %s,
%d processors. All figures are MiB. The app's container was frozen (`+"`docker pause`"+`) while it was read, so all sources speak of the same
instant; Prometheus' figures are of the first scrape after that. The cgroup's files were read before and after the others.

Sources may be %s apart, which is what the kernel charges in advance, 256 KiB a processor; docker stats besides by half of its last digit. An empty
cell is a figure that the source does not have.

| moment | source | usage | working set | U | limit |
|---|---|---|---|---|---|
`, s.docker("version", "--format", "{{.Server.Version}}"), s.docker("info", "--format", "{{.CgroupVersion}}"),
		kernel, v.Machine.CPUs, printed(batches))
	for _, m := range moments {
		for _, f := range m.figures {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", m.name, f.source, printed(f.usage), printed(f.working), printed(f.u), printed(f.limit))
		}
	}
	fmt.Fprintf(&b, `
The check between the two moments read the cgroup ten times a second and said **%s** with exit code %d:

| users | U, median | U, largest | delivery |
|---|---|---|---|
`, v.Outcome, v.ExitCode)
	for _, l := range v.Levels {
		delivery := math.NaN()
		if l.DeliveryRatio != nil {
			delivery = *l.DeliveryRatio
		}
		fmt.Fprintf(&b, "| %d | %s | %s | %s |\n", l.Users, printed(float64(l.Unreclaimable.Median)), printed(float64(l.Unreclaimable.Max)), percent(delivery))
	}
	fmt.Fprintf(&b, "\nThe largest U of the whole run is %s in the verdict and %s in Prometheus, which scraped every 5 s.\n",
		printed(float64(*v.Budgets[0].Measured)), printed(s.mustQuery(largestU)))
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// printed is "" for what is not known.
func printed(bytes float64) string { return decimal(bytes/memory.MiB, 3) }

func percent(ratio float64) string {
	if math.IsNaN(ratio) {
		return ""
	}
	return decimal(100*ratio, 1) + " %"
}

func decimal(v float64, places int) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'f', places, 64)
}
