package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/run"
)

// A whole check where the memory controller is cgroup v2. The machine may be an
// emulated one, too slow for the verdict on the service: so what is asserted is
// the memory, its limit, the sealed run file and the reason.
func TestCheckOnCgroup2(t *testing.T) {
	long(t)
	controllers, err := os.ReadFile("/sys/fs/cgroup/cgroup.controllers")
	if err != nil || !strings.Contains(string(controllers), "memory") {
		t.Skip("the memory controller is cgroup v1 here: make test-v2 runs this test on a v2 kernel")
	}
	census(t)
	dir := t.TempDir()
	p := pixelload(t, "check", "--quick", "--warmup", "3s", "--hold", "10s", "--users", "0,1", "--limit", "512MiB", "--out", dir)
	p.begin(t)
	code := p.exit(t)
	t.Logf("exit code %d\n%s\n%s", code, &p.stdout, &p.stderr)
	r := read(t, dir)
	switch {
	case code == 3 && len(r.Reasons) > 0: // too slow, and said so
	case code != 0:
		t.Errorf("exit code %d, %v; want 0, or 3 with the reason\n%s", code, r.Reasons, &p.stderr)
	}
	if len(r.Trials) != 1 || r.Trials[0].Outcome != "complete" || r.Trials[0].OOMKills != 0 {
		stored, _ := os.ReadFile(filepath.Join(dir, "trial-01.ndjson"))
		t.Fatalf("trials = %+v; want one, complete; the run file ends with %s", r.Trials, stored[max(0, len(stored)-2000):])
	}

	trial, err := run.Read(filepath.Join(dir, "trial-01.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	if trial.End == nil || trial.DroppedBytes != 0 {
		t.Errorf("the run file ends with %+v, %d bytes dropped; want it sealed", trial.End, trial.DroppedBytes)
	}
	if h := trial.Header; h.MemorySource != "cgroup2" || h.Machine.Cgroup != "v2" || h.LimitBytes != 512<<20 {
		t.Errorf("source %s, machine %s, limit %d; want cgroup2, v2, 512 MiB", h.MemorySource, h.Machine.Cgroup, h.LimitBytes)
	}
	checkLevels(t, trial)
}

// checkLevels holds the samples to what a Python server must take, and to what
// version 2 says of its own figures: usage has all that U has, sockets too.
func checkLevels(t *testing.T, trial *run.Run) {
	t.Helper()
	const mib = 1 << 20
	if len(trial.Samples) < 20 {
		t.Fatalf("%d samples; want 20 or more", len(trial.Samples))
	}
	touched := slices.IndexFunc(trial.Marks, func(m run.Mark) bool { return m.Name == run.MarkTouched })
	if touched < 0 {
		t.Fatalf("marks = %+v; want the one of the touched target", trial.Marks)
	}
	for _, s := range trial.Samples {
		u, known := s.Unreclaimable.Get()
		usage, _ := s.Usage.Get()
		limit, _ := s.Limit.Get()
		if !known || u > usage+mib || limit != 512*mib { // the two are read at different moments
			t.Errorf("at %.1f s: U %d (known: %v), usage %d, limit %d", s.T, u, known, usage, limit)
		}
		if s.T > trial.Marks[touched].T && u < 40*mib && s.T < trial.Marks[len(trial.Marks)-1].T {
			t.Errorf("at %.1f s: U is %d; no server of this kind is that small", s.T, u)
		}
	}
}
