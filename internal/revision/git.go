package revision

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Git runs git in dir and returns what it prints, without the newlines at its
// end. No hook of the repository runs, and its index is not refreshed. env comes
// beside the caller's own variables but those of git: a hook has them, and they
// name another repository.
func Git(ctx context.Context, dir string, env []string, args ...string) (string, error) {
	quiet := []string{"--no-optional-locks", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.pager=cat"}
	cmd := exec.CommandContext(ctx, "git", append(quiet, args...)...)
	cmd.Dir = dir
	for _, setting := range os.Environ() {
		if !strings.HasPrefix(setting, "GIT_") {
			cmd.Env = append(cmd.Env, setting)
		}
	}
	cmd.Env = append(append(cmd.Env, "GIT_NO_LAZY_FETCH=1", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C"), env...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("git %s: %w: %s", args[0], errors.Join(err, ctx.Err()), strings.TrimSpace(said.String()))
	}
	return strings.TrimRight(out.String(), "\n"), nil
}
