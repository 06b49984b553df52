package checkout

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
)

// identify names the project and its state: the name of its repository and the
// commit, with the digest behind it where files were changed since; without
// git the name of its folder and the digest alone.
func identify(ctx context.Context, p project, digest string) (name, ref string) {
	commit, err := git(ctx, p.dir, "rev-parse", "--short=12", "HEAD")
	if err != nil {
		return filepath.Base(p.dir), digest
	}
	// A work tree has a folder of its own, and shares the repository's.
	common, err := git(ctx, p.dir, "rev-parse", "--path-format=absolute", "--git-common-dir")
	name = filepath.Base(p.dir)
	if err == nil && filepath.Base(common) == ".git" {
		name = filepath.Base(filepath.Dir(common))
	}
	changes, err := git(ctx, p.backend, "status", "--porcelain", "--", ".")
	if err != nil || changes != "" {
		return name, commit + "+" + digest[:6]
	}
	return name, commit
}

// git asks without touching anything: git status would refresh the index, and
// run what a repository's own configuration names.
func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"--no-optional-locks", "-c", "core.fsmonitor=false", "-C", dir}, args...)...)
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}
