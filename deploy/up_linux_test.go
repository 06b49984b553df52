package deploy_test

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/pixeltales/pixelload/internal/memory"
	"github.com/pixeltales/pixelload/internal/needed"
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

	all := []moment{s.sideBySide("listening")}
	code, v := s.check()
	all = append(all, s.sideBySide("after the check"))

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
		s.writeResults(*results, all, v)
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
// read the same cgroup less often and a little longer, and asks for what k6 wrote.
func (s *stack) seenByPrometheus(v verdict.Verdict) {
	s.t.Helper()
	largest, measured := s.mustQuery(largestU), float64(*v.Budgets[0].Measured)
	if math.Abs(largest-measured) > 0.15*measured {
		s.t.Errorf("the largest U is %.1f MiB in Prometheus, %.1f in the verdict", largest/memory.MiB, measured/memory.MiB)
	}
	if requests := s.mustQuery(`sum(max_over_time(k6_http_reqs_total[10m]))`); requests < 10 {
		s.t.Errorf("k6 wrote %v requests to Prometheus", requests)
	}
	if status := s.mustQuery(`pixelload_verdict_status{check="all"}`); status != 1 {
		s.t.Errorf("the collector serves the verdict as %v, want 1", status)
	}
}

const largestU = `max_over_time(pixelload_memory_unreclaimable_bytes{target="app"}[10m])`

// TestRedisInCompose checks the variant that needs both of the other servers.
func TestRedisInCompose(t *testing.T) {
	s := newStack(t, "VARIANT=redis", "USERS=0,2", "WARMUP=2s", "HOLD=8s")
	s.must("build", "--quiet")
	code, v := s.check()
	if code != verdict.ExitPass || len(v.Trials) != 1 || v.Trials[0].Variant != "redis" {
		t.Errorf("exit code %d, outcome %s %q, trials %+v", code, v.Outcome, v.Reasons, v.Trials)
	}
	served := s.must("exec", "--no-TTY", "redis", "redis-cli", "info", "commandstats")
	if !strings.Contains(served, "cmdstat_bzpopmin:") {
		t.Errorf("Redis served %q, want the channel layer taking messages", served)
	}
	const stories = "psql --username pixeltales --tuples-only --no-align --command 'select count(*) from storybook_story where is_published'"
	if count := s.must("exec", "--no-TTY", "db", "sh", "-c", stories); count != "30" {
		t.Errorf("PostgreSQL has %q published stories, want light data's 30", count)
	}
}

// TestSocketProxyInCompose lets the collector ask the engine, and tries what the
// proxy must not let pass.
func TestSocketProxyInCompose(t *testing.T) {
	socket, err := os.Stat("/var/run/docker.sock")
	if *up && err != nil {
		needed.Skip(t, "the engine listens elsewhere: %v", err)
	}
	s := newStack(t, "COMPOSE_FILE=docker-compose.yml:"+filepath.Join("deploy", socketFile))
	s.env = append(s.env, fmt.Sprint("DOCKER_GID=", socket.Sys().(*syscall.Stat_t).Gid))
	s.must("build", "--quiet")
	s.must("up", "--detach", "--wait", "app", "collector")

	app := s.container("app")
	stats := s.statsFigures(app)
	eventually(t, "the app in Prometheus, as docker stats has it", func() (bool, error) {
		working, err := s.query(`pixelload_memory_working_set_bytes{target="app"}`)
		return math.Abs(working-stats.working) < memory.MiB, err
	})
	for _, test := range []struct{ path, body, want string }{
		{"/v1.41/containers/" + app + "/json", "", "200 OK"},
		{"/v1.41/containers/" + app + "/logs?stdout=1", "", "403 Forbidden"},
		{"/v1.41/containers/" + app + "/stop", "{}", "403 Forbidden"},
		{"/v1.41/containers/" + app + "/json", "{}", "403 Forbidden"},
		{"/v1.41/images/json", "", "403 Forbidden"},
	} {
		args := []string{"exec", "--no-TTY", "prometheus", "wget", "-S", "-O", "/dev/null", "http://socket-proxy:2375" + test.path}
		if test.body != "" {
			args = append(args, "--post-data", test.body)
		}
		if out, _ := s.compose(args...); !strings.Contains(out, test.want) { // wget fails where it is refused
			t.Errorf("asked for %s with body %q, the proxy answers %q, want %s", test.path, test.body, out, test.want)
		}
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
	if kills := s.mustQuery(`max_over_time(pixelload_oom_kills_total{target="app"}[10m])`); kills < 1 {
		t.Errorf("Prometheus has %v kills, want the kernel's", kills)
	}
	eventually(t, "the collector to say that the app is gone", func() (bool, error) {
		up, err := s.query(`pixelload_source_up{target="app"}`)
		return up == 0, err
	})
	if answers := s.mustQuery(`up{job="pixelload"}`); answers != 1 {
		t.Error("the collector answers no scrape: it must outlive the app")
	}
}
