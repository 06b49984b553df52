package stranger

import (
	"fmt"
	"os"
	"os/exec"
)

// commit makes dir a repository of its own with one commit, the same every
// time. Nobody's git configuration has a say in it.
func commit(dir string) error {
	const when = "2026-01-02T10:02:00+08:00"
	for _, args := range [][]string{
		{"init", "--quiet", "--initial-branch", "main"},
		{"add", "--all", "--force"},
		{"commit", "--quiet", "--message", "Stories, and who may read them"},
	} {
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		cmd.Env = []string{
			"PATH=" + os.Getenv("PATH"), "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
			"GIT_AUTHOR_NAME=Ink", "GIT_AUTHOR_EMAIL=ink@load.test", "GIT_AUTHOR_DATE=" + when,
			"GIT_COMMITTER_NAME=Ink", "GIT_COMMITTER_EMAIL=ink@load.test", "GIT_COMMITTER_DATE=" + when,
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("git %s: %w: %s", args[0], err, out)
		}
	}
	return nil
}
