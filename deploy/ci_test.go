package deploy_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/pixeltales/pixelload/internal/needed"
)

const (
	githubFile = "github/pixelload.yml"
	gitlabFile = "gitlab/pixelload.gitlab-ci.yml"
	// gitlabSchema is GitLab's own of CI files (MIT), as check-jsonschema 0.39.0
	// ships it.
	gitlabSchema = "testdata/gitlab-ci.schema.json"
)

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// linter is actionlint, built apart: with this module's libraries it does not build.
var linter = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "actionlint-")
	if err != nil {
		return "", err
	}
	cmd := exec.Command("go", "install", "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12")
	cmd.Dir = dir // outside of the module
	cmd.Env = append(os.Environ(), "GOBIN="+dir, "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		return dir, fmt.Errorf("%w: %s", err, out)
	}
	return dir, nil
})

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if made {
		dir, _ := linter()
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// made tells that the linter was asked for, and what to remove.
var made bool

// problemsOfWorkflow are what actionlint finds, and what our own rules do.
func problemsOfWorkflow(t *testing.T, text string) []string {
	t.Helper()
	made = true
	dir, err := linter()
	if err != nil {
		needed.Skip(t, "actionlint cannot be had: %v", err)
	}
	cmd := exec.Command(filepath.Join(dir, "actionlint"), "-no-color", "-oneline", "-shellcheck=", "-pyflakes=", "-stdin-filename="+githubFile, "-")
	cmd.Stdin = strings.NewReader(text)
	out, err := cmd.CombinedOutput()
	var status *exec.ExitError
	if err != nil && (!errors.As(err, &status) || status.ExitCode() != 1) { // 1: it found something
		t.Fatalf("%v\n%s", err, out)
	}
	var problems []string
	for line := range strings.Lines(string(out)) {
		problems = append(problems, strings.TrimSpace(line))
	}
	return append(problems, breachesOfWorkflow(t, text)...)
}

// workflow is what of one our rules are about.
type workflow struct {
	Permissions any
	Concurrency struct {
		Cancel any `yaml:"cancel-in-progress"`
	}
	Jobs map[string]struct {
		TimeoutMinutes any `yaml:"timeout-minutes"`
		Permissions    any
		Steps          []struct {
			Name, Uses, Run  string
			WorkingDirectory string `yaml:"working-directory"`
			Env              map[string]string
			With             map[string]any
		}
	}
}

// breachesOfWorkflow are the rules of ours that a workflow breaks.
func breachesOfWorkflow(t *testing.T, text string) (found []string) {
	t.Helper()
	var w workflow
	if err := yaml.Unmarshal([]byte(text), &w); err != nil {
		return []string{err.Error()}
	}
	breach := func(broken bool, what string) {
		if broken {
			found = append(found, what)
		}
	}
	breach(!readsOnly(w.Permissions), "the workflow may write")
	breach(w.Concurrency.Cancel != false, "a run may be cut short by another")
	pinned := regexp.MustCompile(`^actions/[a-z/-]+@(v[0-9]+(\.[0-9]+)*|[0-9a-f]{40})$`)
	for name, job := range w.Jobs {
		breach(job.TimeoutMinutes == nil, name+" has no time-out")
		breach(!readsOnly(job.Permissions, "pull-requests", "issues"), name+" may write more than it has to")
		for _, step := range job.Steps {
			breach(step.Uses != "" && !pinned.MatchString(step.Uses), step.Uses+" is not pinned, or not GitHub's own")
			breach(strings.HasPrefix(step.Uses, "actions/checkout@") && step.With["persist-credentials"] != false, name+" leaves its token in a checkout")
			// What others write reaches a script by its environment alone.
			breach(strings.Contains(step.Run, "${{"), name+" writes an expression into a script")
		}
	}
	return found
}

// readsOnly reports that the permissions are given, and to write only what may be.
func readsOnly(given any, may ...string) bool {
	scopes, ok := given.(map[string]any)
	for name, right := range scopes {
		ok = ok && (right == "read" || slices.Contains(may, name))
	}
	return ok
}

func TestGithubWorkflow(t *testing.T) {
	for _, problem := range problemsOfWorkflow(t, read(t, githubFile)) {
		t.Error(problem)
	}
}

// TestGithubWorkflowIsChecked: each mistake is noticed.
func TestGithubWorkflowIsChecked(t *testing.T) {
	good := read(t, githubFile)
	for _, test := range []struct{ old, new, want string }{
		{"runs-on: ubuntu-24.04", "run-on: ubuntu-24.04", `unexpected key "run-on"`},
		{"needs: nightly", "needs: nightyl", "nightyl"},
		{"github.event_name == 'pull_request'", "github.event_nam == 'pull_request'", "event_nam"},
		{`cron: "17 2 * * *"`, `cron: "17 25 * * *"`, "invalid CRON"},
		{"cancel-in-progress: false", "cancel-in-progress: true", "cut short"},
		{"permissions:\n  contents: read\n\n# One", "permissions: write-all\n\n# One", "the workflow may write"},
		{"issues: write", "contents: write", "tell may write more"},
		{"    timeout-minutes: 5\n", "", "tell has no time-out"},
		{"actions/setup-go@v6", "actions/setup-go@main", "not pinned"},
		{"actions/setup-go@v6", "kettle/setup-go@v6", "not GitHub's own"},
		{"persist-credentials: false", "persist-credentials: true", "leaves its token"},
		{`--data "$DATA"`, `--data "${{ inputs.data }}"`, "an expression into a script"},
	} {
		text := strings.ReplaceAll(good, test.old, test.new)
		if text == good {
			t.Errorf("%q is not in %s: this row tests nothing", test.old, githubFile)
		}
		found := problemsOfWorkflow(t, text)
		if !slices.ContainsFunc(found, func(p string) bool { return strings.Contains(p, test.want) }) {
			t.Errorf("with %q instead of %q: %q, want %q", test.new, test.old, found, test.want)
		}
	}
}

// problemsOfGitlab is what GitLab's own schema says of the file; "" for nothing.
func problemsOfGitlab(t *testing.T, text string) string {
	t.Helper()
	c := jsonschema.NewCompiler()
	schema, err := jsonschema.UnmarshalJSON(strings.NewReader(read(t, gitlabSchema)))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.AddResource("gitlab-ci.json", schema); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("gitlab-ci.json")
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		return err.Error()
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(value); err != nil {
		return err.Error()
	}
	return ""
}

func TestGitlabPipeline(t *testing.T) {
	if problem := problemsOfGitlab(t, read(t, gitlabFile)); problem != "" {
		t.Error(problem)
	}
}

// TestGitlabPipelineIsChecked: each mistake is noticed.
func TestGitlabPipelineIsChecked(t *testing.T) {
	good := read(t, gitlabFile)
	for _, test := range []struct{ old, new, want string }{
		{"  script:", "  scrip:", "scrip"},
		{"expire_in: 30 days", "expire_in: [30]", "expire_in"},
		{"when: always # a night", "when: nightly # a night", "when"},
		{"junit: run/junit.xml", "junit: {a: b}", "junit"},
		{"resource_group: pixelload", "resource_group: [pixelload]", "resource_group"},
		{"    - if: $CI_PIPELINE_SOURCE", "    - iff: $CI_PIPELINE_SOURCE", "iff"},
	} {
		text := strings.ReplaceAll(good, test.old, test.new)
		if text == good {
			t.Errorf("%q is not in %s: this row tests nothing", test.old, gitlabFile)
		}
		if found := problemsOfGitlab(t, text); !strings.Contains(found, test.want) {
			t.Errorf("with %q instead of %q: %q, want %q", test.new, test.old, found, test.want)
		}
	}
}

// TestScriptsParse: the shell's own reader takes the scripts of both, with what
// the runners would have replaced.
func TestScriptsParse(t *testing.T) {
	for name, script := range scriptsOf(t) {
		if out, err := shell(script); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
	if out, err := shell("if true; then"); err == nil {
		t.Errorf("a script that is cut off is taken: %s", out)
	}
}
