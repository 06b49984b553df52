package deploy_test

import (
	"flag"
	"math"
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/verdict"
)

var results = flag.String("results", "", "file to write the figures of this run to")

// TestCheckInCompose brings everything up from a clean checkout, runs a check,
// and reads the app's memory from all sources before and after it.
func TestCheckInCompose(t *testing.T) {
	s := newStack(t, "USERS=0,3", "WARMUP=5s", "HOLD=10s")
	s.must("build", "--quiet")
	s.must("up", "--detach", "--wait", "app", "collector")

	moments := []string{"listening", "after the check"}
	all := [][]figures{s.sideBySide(moments[0])}
	code, v := s.check()
	all = append(all, s.sideBySide(moments[1]))

	if code != verdict.ExitPass || v.Outcome != verdict.Pass {
		t.Errorf("exit code %d, outcome %s %q, want %d and %s", code, v.Outcome, v.Reasons, verdict.ExitPass, verdict.Pass)
	}
	madeOfSomething(t, v)
	s.seenByPrometheus(v)
	for _, service := range []string{"app", "collector", "db", "prometheus", "redis"} {
		if state := s.docker("inspect", "--format", "{{.State.Status}} {{.State.Health.Status}}", s.container(service)); state != "running healthy" {
			t.Errorf("after the check %s is %q: the rest is to stay up", service, state)
		}
	}
	if *results != "" && !t.Failed() {
		writeFigures(t, *results, moments, all)
	}
}

// madeOfSomething holds the verdict to what the container must have been: a
// Python process under the plan, with samples at each number of users.
func madeOfSomething(t *testing.T, v verdict.Verdict) {
	t.Helper()
	const plan, least = 512 * memory.MiB, 30 * memory.MiB
	if len(v.Trials) != 1 || v.Trials[0].LimitBytes != plan {
		t.Fatalf("trials %+v, want one under %d bytes", v.Trials, plan)
	}
	if !strings.HasPrefix(v.Target.Source, "cgroup") {
		t.Errorf("memory is from %q, want the container's cgroup", v.Target.Source)
	}
	users := map[int]bool{}
	for _, level := range v.Levels {
		users[level.Users] = true
		if u := level.Unreclaimable; u == nil || u.Median < least || u.Max > plan {
			t.Errorf("%d users: U %+v, want from %d to %d", level.Users, u, least, plan)
		}
	}
	if !users[0] || !users[3] {
		t.Errorf("levels of %v users, want of 0 and 3", users)
	}
	if len(v.Budgets) != 1 || v.Budgets[0].Measured == nil {
		t.Errorf("budgets %+v, want one that was measured", v.Budgets)
	}
}

// seenByPrometheus compares the check's largest U with the collector's, which
// read the same cgroup less often, and asks for what k6 wrote.
func (s *stack) seenByPrometheus(v verdict.Verdict) {
	s.t.Helper()
	largest, err := s.query(`max_over_time(pixelload_memory_unreclaimable_bytes{target="app"}[10m])`)
	if err != nil {
		s.t.Fatal(err)
	}
	if measured := float64(*v.Budgets[0].Measured); math.Abs(largest-measured) > 0.1*measured {
		s.t.Errorf("the largest U is %.1f MiB in Prometheus, %.1f in the verdict", largest/memory.MiB, measured/memory.MiB)
	}
	if requests, err := s.query(`sum(max_over_time(k6_http_reqs_total[10m]))`); err != nil || requests < 10 {
		s.t.Errorf("k6 wrote %v requests to Prometheus (%v)", requests, err)
	}
	if status, err := s.query(`pixelload_verdict_status{check="all"}`); err != nil || status != 1 {
		s.t.Errorf("the collector serves the verdict as %v (%v), want 1", status, err)
	}
}

// TestKillInCompose gives the app less than three users need.
func TestKillInCompose(t *testing.T) {
	s := newStack(t, "USERS=0,3", "WARMUP=5s", "HOLD=10s", "PLAN_MEMORY=110m")
	s.must("build", "--quiet")
	code, v := s.check()
	if code != verdict.ExitFail || v.Outcome != verdict.Fail {
		t.Errorf("exit code %d, outcome %s, want %d and %s", code, v.Outcome, verdict.ExitFail, verdict.Fail)
	}
	if len(v.Trials) != 1 || v.Trials[0].Outcome != run.Killed || v.Trials[0].OOMKills == nil || *v.Trials[0].OOMKills < 1 {
		t.Errorf("trials %+v, want one killed by the kernel", v.Trials)
	}
	app := s.container("app")
	eventually(t, "the end of the app's container", func() (bool, error) {
		return s.docker("inspect", "--format", "{{.State.Status}}", app) == "exited", nil
	})
	if state := s.docker("inspect", "--format", "{{.State.OOMKilled}} {{.State.ExitCode}} {{.RestartCount}}", app); state != "true 137 0" {
		t.Errorf("the app's container ended as %q (OOMKilled, exit code, restarts), want true 137 0", state)
	}
	if kills, err := s.query(`max_over_time(pixelload_oom_kills_total{target="app"}[10m])`); err != nil || kills < 1 {
		t.Errorf("Prometheus has %v kills (%v), want the kernel's", kills, err)
	}
	eventually(t, "the collector to say that the app is gone", func() (bool, error) {
		up, err := s.query(`pixelload_source_up{target="app"}`)
		return up == 0, err
	})
	if others, err := s.query(`sum(up)`); err != nil || others != 1 {
		t.Errorf("the collector answers %v scrapes (%v): it must outlive the app", others, err)
	}
}
