package main

// These tests run whole checks: the real k6, the real reference app in a real
// cgroup. One at a time, so that none measures another.

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/scenarios"
)

// quick are the flags of a check that is as short as can be.
func quick(out string, more ...string) []string {
	return append([]string{"check", "--quick", "--warmup", "3s", "--hold", "6s", "--users", "0,3", "--out", out}, more...)
}

func long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("a whole run: make test-e2e does it")
	}
}

func TestCheckThenJudge(t *testing.T) {
	long(t)
	census(t)
	dir := t.TempDir()
	p := pixelload(t, quick(dir, "--hold", "15s")...)
	p.expect(t, 0)
	for _, want := range []string{"idle, all touched", "3 users (L4)", "PASS", "1 trial", dir} {
		if !strings.Contains(p.stdout.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, &p.stdout)
		}
	}
	if strings.Contains(p.stdout.String()+p.stderr.String(), "\x1b") {
		t.Error("colour or cursor movement in a pipe")
	}
	r := read(t, dir)
	if r.Outcome != "pass" || len(r.Trials) != 1 || r.Trials[0].Outcome != "complete" {
		t.Errorf("verdict = %+v", r)
	}
	if len(r.Levels) == 0 || r.Levels[len(r.Levels)-1].Delivery < 0.9 {
		t.Errorf("levels = %+v, want a delivery ratio", r.Levels)
	}

	// The same verdict, byte for byte, from the stored run alone.
	first, err := os.ReadFile(filepath.Join(dir, "verdict.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "verdict.json")); err != nil {
		t.Fatal(err)
	}
	again := pixelload(t, "judge", dir, "--format", "json")
	again.expect(t, 0)
	second, err := os.ReadFile(filepath.Join(dir, "verdict.json"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) || again.stdout.String() != string(first) {
		t.Error("judge gives other bytes than check")
	}

	report := pixelload(t, "report", dir)
	report.expect(t, 0)
	if report.stdout.String() != p.stdout.String() {
		t.Errorf("report prints\n%s\ncheck printed\n%s", &report.stdout, &p.stdout)
	}
}

func TestKilledByTheKernelIsAResult(t *testing.T) {
	long(t)
	census(t)
	idle := t.TempDir()
	pixelload(t, "check", "--quick", "--users", "0", "--hold", "1s", "--out", idle).expect(t, 0)
	touched := read(t, idle).Trials[0].Idle.Touched

	t.Run("under load", func(t *testing.T) {
		dir := t.TempDir()
		limit := fmt.Sprintf("%.0fMiB", touched/(1<<20)+15)
		p := pixelload(t, "check", "--quick", "--warmup", "10s", "--hold", "30s", "--users", "0,3,10", "--limit", limit, "--out", dir)
		p.expect(t, 99)
		r := read(t, dir)
		if r.Trials[0].Outcome != "killed" || r.Trials[0].OOMKills < 1 {
			t.Errorf("trial = %+v, want killed", r.Trials[0])
		}
		if !strings.Contains(p.stdout.String(), "killed by the kernel at") {
			t.Errorf("the table does not say at how many users:\n%s", &p.stdout)
		}
	})
	t.Run("while starting", func(t *testing.T) {
		dir := t.TempDir()
		p := pixelload(t, quick(dir, "--limit", fmt.Sprintf("%.0fMiB", touched/(1<<20)/2))...)
		p.expect(t, 99)
		if r := read(t, dir); r.Trials[0].Outcome != "died_starting" {
			t.Errorf("trial = %+v, want died_starting", r.Trials[0])
		}
		if !strings.Contains(p.stdout.String(), "died while starting") {
			t.Errorf("the table does not say that it died while starting:\n%s", &p.stdout)
		}
	})
}

func TestKillMinusNine(t *testing.T) {
	long(t)
	for _, row := range []struct {
		name, victim string
		code         int
		outcome      string
	}{
		{"k6", "pixelload=/proc/self/fd/3", 3, "generator_died"},
		{"target", "daphne", 99, "died"},
	} {
		t.Run(row.name, func(t *testing.T) {
			census(t)
			dir := t.TempDir()
			p := pixelload(t, quick(dir, "--hold", "60s")...)
			p.until(t, "  users=3")
			if err := syscall.Kill(only(t, row.victim).pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			p.expectExit(t, row.code)
			if r := read(t, dir); r.Trials[0].Outcome != row.outcome || len(r.Reasons) == 0 {
				t.Errorf("verdict = %+v, want the trial %s and a reason", r, row.outcome)
			}
		})
	}
	t.Run("pixelload", func(t *testing.T) {
		dir := t.TempDir()
		p := pixelload(t, quick(dir, "--hold", "60s")...)
		before := leftovers(t)
		p.until(t, "  users=3")
		p.Process.Kill()
		p.Wait()
		deadline := time.Now().Add(5 * time.Second)
		for _, word := range []string{"pixelload=/proc/self/fd/3", "daphne"} {
			for ; len(running(t, word)) > 0; time.Sleep(50 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("outlived pixelload: %v", running(t, word))
				}
			}
		}
		clean := pixelload(t, "doctor", "--clean")
		clean.expect(t, 0)
		if !strings.Contains(clean.stdout.String(), "removed cgroup") {
			t.Errorf("doctor --clean says %q, want a removed cgroup", &clean.stdout)
		}
		for thing := range leftovers(t) {
			if !before[thing] {
				t.Errorf("left behind: %s", thing)
			}
		}
		judge := pixelload(t, "judge", dir)
		judge.expect(t, 3)
		if r := read(t, dir); r.Trials[0].Outcome != "cut" {
			t.Errorf("trial = %+v, want cut", r.Trials[0])
		}
	})
}

func TestInterruptLeavesAReport(t *testing.T) {
	long(t)
	for _, stage := range []string{"starting", "idle", "users=3", "drained"} {
		t.Run(stage, func(t *testing.T) {
			census(t)
			dir := t.TempDir()
			p := pixelload(t, quick(dir)...)
			p.until(t, "  "+stage)
			signalled := time.Now()
			if err := p.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			p.expectExit(t, 105)
			if took := time.Since(signalled); took > 5*time.Second {
				t.Errorf("it took %v, want at most 5 s", took)
			}
			if r := read(t, dir); r.ExitCode != 105 || r.Trials[0].Outcome != "interrupted" {
				t.Errorf("verdict = %+v, want interrupted", r)
			}
			if !strings.Contains(p.stdout.String(), "interrupted") {
				t.Errorf("the report does not say so:\n%s", &p.stdout)
			}
		})
	}
}

func TestInterruptBetweenTrials(t *testing.T) {
	long(t)
	census(t)
	dir := t.TempDir()
	p := pixelload(t, "check", "--users", "0", "--hold", "1s", "--trials", "3", "--out", dir)
	p.until(t, "trial 2 of 3")
	p.Process.Signal(os.Interrupt)
	p.expectExit(t, 105)
	if !strings.Contains(p.stdout.String(), "idle, all touched") {
		t.Errorf("the first trial is not reported:\n%s", &p.stdout)
	}
	pixelload(t, "judge", dir).expectNot(t, 0) // a part of a run never passes
}

func TestInterruptWhileSeeding(t *testing.T) {
	long(t)
	census(t)
	state := t.TempDir()
	p := pixelload(t, quick(t.TempDir())...)
	p.Env = append(p.Env, "PIXELLOAD_STATE="+state)
	p.until(t, "preparing")
	p.Process.Signal(os.Interrupt)
	p.expectExit(t, 105)
	for _, pattern := range []string{"data/seeding-*", "journal/*.json"} {
		if left, _ := filepath.Glob(filepath.Join(state, pattern)); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

// TestFullDisk: what was written until then is judged, and the remedy is named.
func TestFullDisk(t *testing.T) {
	long(t)
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a small disk")
	}
	census(t)
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=24k"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, 0) })
	began := time.Now()
	p := pixelload(t, quick(filepath.Join(dir, "run"), "--hold", "5m")...)
	p.expect(t, 104)
	if !strings.Contains(p.stderr.String(), "disk is full") || !strings.Contains(p.stdout.String(), "idle, listening") {
		t.Errorf("stdout:\n%s\nstderr:\n%s\nwant what was measured, and the remedy", &p.stdout, &p.stderr)
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("it went on for %v without writing anything", took)
	}
}

func TestLongIdleIsTheSameAtEachStart(t *testing.T) {
	long(t)
	dir := t.TempDir()
	p := pixelload(t, "check", "--users", "0", "--hold", "1s", "--trials", "6", "--out", dir)
	p.begin(t)
	p.exit(t) // one second decides no budget; the idle figures are what counts
	r := read(t, dir)
	if len(r.Trials) != 6 {
		t.Fatalf("%d trials, want 6\n%s", len(r.Trials), &p.stderr)
	}
	low, high := r.Trials[0].Idle.Touched, r.Trials[0].Idle.Touched
	for _, trial := range r.Trials {
		if trial.Idle.Listening <= 0 || trial.Idle.First <= trial.Idle.Listening || trial.Idle.Touched <= trial.Idle.First {
			t.Errorf("idles %+v do not rise", trial.Idle)
		}
		low, high = min(low, trial.Idle.Touched), max(high, trial.Idle.Touched)
	}
	t.Logf("touched idle %.2f to %.2f MiB", low/(1<<20), high/(1<<20))
	if high-low > 1<<20 {
		t.Errorf("the touched idle spreads by %.2f MiB, want at most 1", (high-low)/(1<<20))
	}
}

// TestReceiverThatStopsReading gives the scenario a user who stops reading and
// does not say so.
func TestReceiverThatStopsReading(t *testing.T) {
	long(t)
	census(t)
	check, err := scenarios.Files.ReadFile("check.js")
	if err != nil {
		t.Fatal(err)
	}
	stalling := strings.Replace(string(check), "phases: plan });", "phases: plan, stopReading: { after: 2 } });", 1)
	if stalling == string(check) {
		t.Fatal("check.js has no user to change")
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "stalling.js"), []byte(stalling), 0o644); err != nil {
		t.Fatal(err)
	}
	wrapper := filepath.Join(folder, "k6")
	script := fmt.Sprintf("#!/bin/sh\n[ \"$1\" = run ] || exec %[1]s \"$@\"\nexec %[1]s \"$@\" <%[2]s/stalling.js\n", k6(t), folder)
	if err := os.WriteFile(wrapper, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	p := pixelload(t, quick(dir, "--hold", "15s")...)
	p.Env = append(p.Env, "K6_BIN="+wrapper)
	p.expect(t, 3)
	if r := read(t, dir); r.Outcome != "inconclusive" || !strings.Contains(strings.Join(r.Reasons, " "), "reading") {
		t.Errorf("verdict = %+v, want inconclusive because a receiver stopped reading", r)
	}
}

func TestLongPostgresDelivers(t *testing.T) {
	long(t)
	census(t)
	dir := t.TempDir()
	p := pixelload(t, quick(dir, "--variant", "postgres", "--users", "0,10", "--warmup", "10s", "--hold", "20s")...)
	p.begin(t)
	p.exit(t) // on a busy machine answers may be late, strokes are not lost
	r := read(t, dir)
	if len(r.Levels) != 2 || r.Levels[1].Users != 10 {
		t.Fatalf("levels = %+v, want idle and 10 users\n%s%s", r.Levels, &p.stdout, &p.stderr)
	}
	if delivery := r.Levels[1].Delivery; delivery < 0.99 {
		t.Errorf("10 users: %.2f %% of the strokes delivered, want 99 %%", delivery*100)
	}
}

// TestHeavyDataKills shows that the data decides: the same few users that fit
// on light data get the target killed on heavy data.
func TestHeavyDataKills(t *testing.T) {
	long(t)
	census(t)
	dir := t.TempDir()
	p := pixelload(t, quick(dir, "--data", "heavy", "--hold", "60s")...)
	p.expect(t, 99)
	if r := read(t, dir); r.Trials[0].Outcome != "killed" {
		t.Errorf("trial = %+v, want killed", r.Trials[0])
	}
	if !strings.Contains(p.stdout.String(), "list request") {
		t.Errorf("the table does not say after how many list requests:\n%s", &p.stdout)
	}
}

func TestTwoRunsAtOnceAreRefused(t *testing.T) {
	long(t)
	census(t)
	first := pixelload(t, quick(t.TempDir(), "--hold", "60s")...)
	first.until(t, "  idle")
	second := pixelload(t, quick(t.TempDir())...)
	second.expect(t, 104)
	if !strings.Contains(second.stderr.String(), "another pixelload") {
		t.Errorf("stderr %q, want it to name the other run", &second.stderr)
	}
	first.Process.Signal(syscall.SIGTERM)
	first.expectExit(t, 105)
}
