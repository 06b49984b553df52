// Package deploy_test holds the compose files to the house's rules, and with
// -up brings them up.
package deploy_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/needed"
)

var update = flag.Bool("update", false, "write the files of deploy/variants anew")

// The compose files, the first being enough by itself.
const (
	composeFile = "../docker-compose.yml"
	grafanaFile = "../docker-compose.override.yml"
	socketFile  = "docker-socket.yml"
)

// load reads compose files with .env, as docker compose does with these
// profiles.
func load(ctx context.Context, profiles []string, files ...string) (*types.Project, error) {
	options, err := cli.NewProjectOptions(files, cli.WithWorkingDirectory(".."), cli.WithEnvFiles("../.env"), cli.WithDotEnv,
		cli.WithEnv([]string{"DOCKER_GID=999"}), cli.WithProfiles(profiles))
	if err != nil {
		return nil, err
	}
	return options.LoadProject(ctx)
}

func mustLoad(t *testing.T, profiles []string, files ...string) *types.Project {
	t.Helper()
	project, err := load(t.Context(), profiles, files...)
	if err != nil {
		t.Fatal(err)
	}
	return project
}

func TestProfiles(t *testing.T) {
	app := []string{"app", "db", "keys", "redis", "seed"}
	observe := []string{"collector", "keys", "prometheus"}
	all := []string{"app", "collector", "db", "keys", "load", "prometheus", "redis", "seed"}
	for _, test := range []struct {
		profiles, files, want []string
	}{
		{nil, []string{composeFile}, nil},
		{[]string{"app"}, []string{composeFile}, app},
		{[]string{"observe"}, []string{composeFile}, observe},
		{[]string{"load"}, []string{composeFile}, all}, // a check needs all of it
		{[]string{"app", "observe", "load"}, []string{composeFile}, all},
		{[]string{"app", "observe", "load"}, []string{composeFile, grafanaFile}, append(slices.Clone(all[:3]), append([]string{"grafana"}, all[3:]...)...)},
	} {
		got := slices.Sorted(maps.Keys(mustLoad(t, test.profiles, test.files...).Services))
		if diff := cmp.Diff(test.want, got, sorted); diff != "" {
			t.Errorf("services of profiles %v in %v (-want +got):\n%s", test.profiles, test.files, diff)
		}
	}
}

var sorted = cmp.Transformer("sorted", func(in []string) []string { return slices.Sorted(slices.Values(in)) })

func TestComposeFilesKeepTheRules(t *testing.T) {
	for _, broken := range breaches(mustLoad(t, []string{"*"}, composeFile, grafanaFile)) {
		t.Error(broken)
	}
}

// TestOnlyTheProxyHasTheSocket reads the override for who wants the engine asked.
func TestOnlyTheProxyHasTheSocket(t *testing.T) {
	project := mustLoad(t, []string{"*"}, composeFile, socketFile)
	want := []string{"socket-proxy: has the engine's socket"}
	if diff := cmp.Diff(want, breaches(project)); diff != "" {
		t.Errorf("rules broken with %s (-want +got):\n%s", socketFile, diff)
	}
	for name, s := range project.Services {
		_, near := s.Networks["engine"]
		if near != (name == "socket-proxy" || name == "prometheus") {
			t.Errorf("%s can reach the proxy: %v", name, near)
		}
	}
	if !project.Networks["engine"].Internal || len(project.Services["socket-proxy"].Ports) > 0 {
		t.Error("the proxy can be reached from outside")
	}
}

// TestRulesNotice edits the compose file, a rule a time, and expects the breach.
func TestRulesNotice(t *testing.T) {
	source, err := os.ReadFile(composeFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ old, new, want string }{
		{"memswap_limit: \"${PLAN_MEMORY:?}\"", "memswap_limit: 1g", "app: mem_limit 536870912 and memswap_limit 1073741824 differ"},
		{"    mem_limit: \"${PLAN_MEMORY:?}\"\n", "", "app: has no memory limit"},
		{"\"127.0.0.1:${APP_PORT:?}:8000\"", "\"${APP_PORT:?}:8000\"", `app: port 8000 is published on ""`},
		{"user: \"65534:65534\"", "user: root", `prometheus: runs as "root"`},
		{"    user: \"65534:65534\"\n", "", `prometheus: runs as ""`},
		{"cap_drop: [ALL]", "cap_drop: [NET_RAW]", "app: keeps capabilities"},
		{"cap_drop: [ALL]", "cap_drop: [ALL]\n  privileged: true", "app: is privileged"},
		{"cap_drop: [ALL]", "cap_drop: [ALL]\n  cap_add: [SYS_PTRACE]", "app: keeps capabilities"},
		{"read_only: true", "read_only: false", "app: its root file system can be written to"},
		{"init: true", "init: false", "app: has no init"},
		{"no-new-privileges:true", "no-new-privileges:false", "app: may gain privileges"},
		{"restart: \"no\"", "restart: always", "app: restarts"},
		{"prom/prometheus:v2.42.0", "prom/prometheus", "prometheus: image prom/prometheus is not pinned"},
		{"prom/prometheus:v2.42.0", "prom/prometheus:latest", "prometheus: image prom/prometheus:latest is not pinned"},
		{"./dashboards/prometheus", "/gone", "prometheus: mounts what is not there: stat /gone: no such file or directory"},
		{"/sys/fs/cgroup:/host/cgroup:ro", "/sys/fs/cgroup:/host/cgroup", "collector: /sys/fs/cgroup can be written to"},
		{"/sys/fs/cgroup:/host/cgroup:ro", "/var/run/docker.sock:/var/run/docker.sock:ro", "collector: has the engine's socket"},
		{"test: [CMD, redis-cli, ping]", "disable: true", "redis: stays up without a health check"},
		{"app: {condition: service_healthy}", "app: {condition: service_started}", "load: waits for app to be service_started, not service_healthy"},
		{"HOST: 0.0.0.0", "SECRET_KEY: hush, HOST: 0.0.0.0", "app: SECRET_KEY is in its environment"},
		{"network_mode: \"service:app\"", "network_mode: host", "load: shares the machine's namespaces"},
	} {
		name := filepath.Join(t.TempDir(), "docker-compose.yml")
		text := strings.ReplaceAll(string(source), test.old, test.new)
		if text == string(source) {
			t.Errorf("%q is not in %s: this row tests nothing", test.old, composeFile)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		project, err := load(t.Context(), []string{"*"}, name)
		if err != nil {
			t.Errorf("after %q: %v", test.new, err)
			continue
		}
		if got := breaches(project); !slices.Contains(got, test.want) {
			t.Errorf("with %q instead of %q: got %q, want among them %q", test.new, test.old, got, test.want)
		}
	}
}

// breaches are the house's rules that a project breaks.
func breaches(project *types.Project) []string {
	var found []string
	jobs := jobsOf(project)
	for _, name := range slices.Sorted(maps.Keys(project.Services)) {
		s := project.Services[name]
		breach := func(broken bool, format string, args ...any) {
			if broken {
				found = append(found, name+": "+fmt.Sprintf(format, args...))
			}
		}
		breach(!regexp.MustCompile(`^[1-9][0-9]*:[1-9][0-9]*$`).MatchString(s.User), "runs as %q", s.User)
		breach(!slices.Equal(s.CapDrop, []string{"ALL"}) || len(s.CapAdd) > 0, "keeps capabilities")
		breach(s.Privileged, "is privileged")
		breach(!slices.Contains(s.SecurityOpt, "no-new-privileges:true"), "may gain privileges")
		breach(!s.ReadOnly, "its root file system can be written to")
		breach(s.Init == nil || !*s.Init, "has no init")
		breach(s.Restart != "no", "restarts")
		breach(slices.Contains([]string{s.NetworkMode, s.Pid, s.Ipc, s.UserNSMode, s.Uts}, "host"), "shares the machine's namespaces")
		breach(s.MemLimit == 0 && !jobs[name], "has no memory limit")
		breach(s.MemLimit != s.MemSwapLimit, "mem_limit %d and memswap_limit %d differ", s.MemLimit, s.MemSwapLimit)
		breach(s.Build == nil && !pinned(s.Image), "image %s is not pinned", s.Image)
		breach(!jobs[name] && name != "load" && (s.HealthCheck == nil || s.HealthCheck.Disable), "stays up without a health check")
		for _, port := range s.Ports {
			breach(port.HostIP != "127.0.0.1", "port %d is published on %q", port.Target, port.HostIP)
		}
		for _, v := range s.Volumes {
			breach(strings.HasSuffix(v.Source, ".sock"), "has the engine's socket")
			bind := v.Type == types.VolumeTypeBind
			breach(bind && !v.ReadOnly, "%s can be written to", v.Source)
			_, err := os.Stat(v.Source)
			breach(bind && err != nil && !strings.HasSuffix(v.Source, ".sock"), "mounts what is not there: %v", err)
		}
		for variable := range s.Environment {
			secret := regexp.MustCompile(`PASSWORD|SECRET|TOKEN|_KEY`).MatchString(variable)
			breach(secret && !strings.HasSuffix(variable, "_FILE"), "%s is in its environment", variable)
		}
		for other, depends := range s.DependsOn {
			want := types.ServiceConditionHealthy
			if jobs[other] {
				want = types.ServiceConditionCompletedSuccessfully
			}
			breach(depends.Condition != want, "waits for %s to be %s, not %s", other, depends.Condition, want)
		}
	}
	return found
}

// jobsOf are the services that end by themselves, for others to start.
func jobsOf(project *types.Project) map[string]bool {
	jobs := map[string]bool{}
	for _, s := range project.Services {
		for other, depends := range s.DependsOn {
			if depends.Condition == types.ServiceConditionCompletedSuccessfully {
				jobs[other] = true
			}
		}
	}
	return jobs
}

// pinned reports whether an image has a tag that says which.
func pinned(image string) bool {
	_, tag, tagged := strings.Cut(image, ":")
	return tagged && strings.ContainsAny(tag, "0123456789")
}

// TestThePlanIsTheVariants holds .env to the plan its variant is meant for.
func TestThePlanIsTheVariants(t *testing.T) {
	app := mustLoad(t, []string{"*"}, composeFile).Services["app"]
	doc, err := claim.Load()
	if err != nil {
		t.Fatal(err)
	}
	variant, err := doc.Variant("before")
	if err != nil {
		t.Fatal(err)
	}
	if int64(app.MemLimit) != variant.LimitBytes {
		t.Errorf("the app's mem_limit is %d, the variant's plan has %d", app.MemLimit, variant.LimitBytes)
	}
}

// TestVariantsAreThoseOfTheScenarios compares deploy/variants with the
// environment that pixelload itself would give each variant; -update writes them.
func TestVariantsAreThoseOfTheScenarios(t *testing.T) {
	doc, err := claim.Load()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, v := range doc.Variants {
		names = append(names, v.Name+".env")
		env, err := v.Env(v.Database+"://", "redis://")
		if err != nil {
			t.Fatal(err)
		}
		delete(env, "DATABASE_URL") // the container makes both, the one with the password
		delete(env, "REDIS_URL")
		env["DATABASE"] = v.Database
		want := "# Made from scenarios/variants.yaml by go test ./deploy -update\n"
		for _, key := range slices.Sorted(maps.Keys(env)) {
			want += key + "=" + env[key] + "\n"
		}
		path := filepath.Join("variants", v.Name+".env")
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Errorf("%v: run go test ./deploy -update", err)
		} else if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s (-want +got; run go test ./deploy -update):\n%s", path, diff)
		}
	}
	files, err := filepath.Glob("variants/*.env")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !slices.Contains(names, filepath.Base(file)) {
			t.Errorf("%s is of no variant: remove it", file)
		}
	}
}

// TestDockerfiles holds the images to what builders without a newer frontend
// can do, and to pinned bases.
func TestDockerfiles(t *testing.T) {
	files, err := filepath.Glob("*/Dockerfile")
	if err != nil || len(files) < 3 {
		t.Fatalf("found %v, %v", files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		for _, word := range []string{"syntax=", "<<", "--link", "ADD "} {
			if strings.Contains(text, word) {
				t.Errorf("%s has %q", file, word)
			}
		}
		stages := regexp.MustCompile(`(?m)^FROM (\S+)`).FindAllStringSubmatch(text, -1)
		if builds := regexp.MustCompile(`go build|pip .*install`).MatchString(text); builds && len(stages) < 2 {
			t.Errorf("%s has %d stages: what builds is not to be in the image", file, len(stages))
		}
		for _, from := range stages {
			if tag := from[1]; !strings.Contains(tag, "bookworm") {
				t.Errorf("%s is made from %s: name the release it stands on", file, tag)
			}
		}
		if !regexp.MustCompile(`(?m)^USER [1-9][0-9]*:[1-9][0-9]*$`).MatchString(text) {
			t.Errorf("%s does not end as a numbered user", file)
		}
	}
}

// TestDockerComposeAgrees asks docker compose itself, where it is.
func TestDockerComposeAgrees(t *testing.T) {
	if err := exec.Command("docker", "compose", "version").Run(); err != nil {
		needed.Skip(t, "no docker compose: %v", err)
	}
	t.Setenv("DOCKER_GID", "999")
	for _, files := range [][]string{{composeFile}, {composeFile, grafanaFile}, {composeFile, socketFile}} {
		args := []string{"compose", "--profile", "*"}
		for _, file := range files {
			args = append(args, "-f", file)
		}
		if out, err := exec.Command("docker", append(args, "config", "--quiet")...).CombinedOutput(); err != nil {
			t.Errorf("docker compose config of %v: %v\n%s", files, err, out)
		}
	}
}
