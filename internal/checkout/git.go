package checkout

import (
	"context"
	"path/filepath"

	"github.com/pixeltales/pixelload/internal/revision"
)

// identify names the project and its state: the name of its repository and the
// commit, with the digest behind it where files were changed since; without
// git the name of its folder and the digest alone.
func identify(ctx context.Context, p project, digest string) (name, ref string) {
	commit, err := revision.Git(ctx, p.dir, nil, "rev-parse", "--short=12", "HEAD")
	if err != nil {
		return p.name, digest
	}
	// A work tree has a folder of its own, and shares the repository's.
	common, err := revision.Git(ctx, p.dir, nil, "rev-parse", "--path-format=absolute", "--git-common-dir")
	name = p.name
	if err == nil && filepath.Base(common) == ".git" {
		name = filepath.Base(filepath.Dir(common))
	}
	changes, err := revision.Git(ctx, p.backend, nil, "status", "--porcelain", "--", ".")
	if err != nil || changes != "" {
		return name, commit + "+" + digest[:6]
	}
	return name, commit
}
