package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// file writes text to a new file of that mode and returns its path.
func file(t *testing.T, name, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// What cannot be done to a running target is refused before anything is sent.
func TestRunningTargetRefused(t *testing.T) {
	t.Setenv(secretVariable, "")
	accounts := file(t, "accounts.json", `{"users":[{"id":1},{"id":2},{"id":3}]}`, 0o600)
	empty := file(t, "accounts.json", `{}`, 0o600)
	open := file(t, "secret", "canary", 0o644)
	blank := file(t, "secret", "\n", 0o600)
	here := []string{"--url", "http://127.0.0.1:8000", "--pid", "1", "--accounts", accounts, "--users", "0,3"}
	for _, row := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--container", "web"}, exitBadInput, "--container is about a target that runs already"},
		{[]string{"--secret-file", open}, exitBadInput, "--url http"},
		{[]string{"--url", "http://127.0.0.1:8000"}, exitBadInput, "one of --container NAME"},
		{append(here, "--cgroup", "/sys/fs/cgroup"), exitBadInput, "one of --container NAME"},
		{[]string{"--url", "http://127.0.0.1:8000", "--pid", "1"}, exitBadInput, "--accounts FILE"},
		{[]string{"--url", "http://127.0.0.1:8000", "--pid", "-4", "--accounts", accounts}, exitBadInput, "--pid -4"},
		{append(here, "--limit", "512MiB"), exitBadInput, "--limit would change the target"},
		{append(here, "--cpus", "0.5"), exitBadInput, "--cpus would change the target"},
		{append(here, "--plan", "free"), exitBadInput, "--plan would change the target"},
		{append(here, "--data", "heavy"), exitBadInput, "--data would change the target"},
		{append(here, "--collected", "--quick=false"), exitBadInput, "--collected would change the target"},
		{append(here, "--app", "reference"), exitBadInput, "--app would change the target"},
		{append(here, "--trials", "3"), exitBadInput, "one trial"},
		{append(here, "--variant", "nobody"), exitBadInput, "--variant"},
		{append(here, "--accounts", empty), exitBadInput, "names 0, and --users needs 3"},
		{append(here, "--accounts", empty+".none"), exitBadInput, "accounts.json.none"},
		{append(here, "--secret-file", open), exitBadInput, "chmod 600"},
		{append(here, "--secret-file", blank), exitBadInput, "is empty"},
		{append(here, "--secret-file", blank+".none"), exitBadInput, "secret.none"},
		{append(here, "--pid", "999999999"), exitBadInput, "finding the running target"},
		{append(here, "--url", "http://192.0.2.1:8000"), exitRefused, "192.0.2.1 is not a loopback address"},
		{append(here, "--url", "http://0.0.0.0:8000"), exitRefused, "not a loopback address"},
		{append(here, "--url", "http://me:canary@127.0.0.1:8000"), exitRefused, "names a user"},
	} {
		out := filepath.Join(t.TempDir(), "run")
		code, stdout, stderr := call(t, append([]string{"check", "--quick", "--out", out}, row.args...)...)
		if code != row.code || !strings.Contains(stderr, row.says) {
			t.Errorf("%q: exit code %d, want %d and %q; stderr %q", row.args, code, row.code, row.says, stderr)
		}
		if strings.Contains(stdout+stderr, "canary") {
			t.Errorf("%q: a secret is told: %q", row.args, stderr)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%q: a folder was made for a run that never was", row.args)
		}
	}
}
