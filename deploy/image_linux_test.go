package deploy_test

import (
	"encoding/json"
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/needed"
	"github.com/pixeltales/pixelload/internal/verdict"
)

const testImage = "pixelload-test-image"

// TestImageInCompose builds the image and runs what it is for: a report of what
// is recorded, a check of the reference app in one container, and its history in
// the next.
func TestImageInCompose(t *testing.T) {
	if !*up {
		t.Skip("needs a Docker engine and minutes: make test-compose")
	}
	if err := exec.Command("docker", "info").Run(); err != nil {
		needed.Skip(t, "no Docker engine answers: %v", err)
	}
	remove := func() {
		_ = exec.Command("docker", "volume", "rm", "--force", testImage).Run() // it may not be there
		_ = exec.Command("docker", "image", "rm", "--force", testImage).Run()
	}
	remove()
	t.Cleanup(remove)
	build := exec.Command("docker", "build", "--quiet", "--tag", testImage, "--file", "deploy/image/Dockerfile", ".")
	build.Dir = checkout(t)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if code, out := runImage(t, "demo"); code != 0 || !strings.Contains(out, "largest U") {
		t.Errorf("demo: exit code %d, %s", code, out)
	}
	code, out := runImage(t, "check", "--quick", "--users", "0,2", "--warmup", "3s", "--hold", "10s", "--format", "json")
	var v verdict.Verdict
	if err := json.Unmarshal([]byte(out[max(0, strings.Index(out, "\n{")):]), &v); err != nil {
		t.Fatalf("check: exit code %d, %v: %s", code, err, out)
	}
	// A busy machine makes a run doubtful; what it measured is there all the same.
	if code != v.ExitCode || code != verdict.ExitPass && code != verdict.ExitInconclusive || len(v.Levels) != 2 || v.Levels[1].Unreclaimable == nil {
		t.Errorf("check: exit code %d, outcome %s %q, levels %+v", code, v.Outcome, v.Reasons, v.Levels)
	}
	if code, out := runImage(t, "history", "show", "level:2", "--format", "json"); code != 0 || strings.Count(out, `"value"`) != 1 {
		t.Errorf("history: exit code %d, %s", code, out)
	}
}

// runImage runs pixelload in a container that keeps its state in a volume, and as
// hardened as the documentation has it.
func runImage(t *testing.T, args ...string) (code int, out string) {
	t.Helper()
	all := slices.Concat([]string{"run", "--rm", "--init", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--network=none",
		"--tmpfs=/tmp:exec", "--tmpfs=/runs:uid=10001", "--volume=" + testImage + ":/state", testImage}, args)
	text, err := exec.Command("docker", all...).CombinedOutput()
	var status *exec.ExitError
	if err != nil && !errors.As(err, &status) {
		t.Fatal(err)
	} else if err != nil {
		code = status.ExitCode()
	}
	return code, string(text)
}
