// Package revision gives a folder with the files of a git revision, without
// touching the checkout that it comes from: neither its files nor its index,
// refs or work trees. No hook of it runs.
//
// It is a work tree without git's own bookkeeping: nothing is registered in the
// repository, so nothing is to be pruned there when a run is killed, and a
// repository that cannot be written to will do.
package revision

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Repository is a checkout of a git repository, or a folder in it.
type Repository struct {
	git    string // its git folder
	top    string
	folder string // below top; "" for top itself
}

// Commit is what a revision names.
type Commit struct {
	Hash    string
	Short   string // the hash, as short as git makes it
	Subject string // the first line of its message
}

// Open finds the repository that dir is in.
func Open(ctx context.Context, dir string) (*Repository, error) {
	if _, err := exec.LookPath("git"); err != nil {
		return nil, fmt.Errorf("comparing revisions needs git: %w", err)
	}
	out, err := Git(ctx, dir, nil, "rev-parse", "--absolute-git-dir", "--show-toplevel", "--show-prefix")
	if err != nil {
		return nil, fmt.Errorf("%s is in no git checkout: %w", dir, err)
	}
	lines := strings.Split(out, "\n")
	if len(lines) < 2 {
		return nil, fmt.Errorf("%s is in no git checkout: git says %q", dir, out)
	}
	r := &Repository{git: lines[0], top: lines[1]}
	if len(lines) > 2 {
		r.folder = lines[2]
	}
	return r, nil
}

// Name is that of the checkout's folder.
func (r *Repository) Name() string { return filepath.Base(r.top) }

// Resolve returns the commit that the revision names, such as main or HEAD~2.
func (r *Repository) Resolve(ctx context.Context, revision string) (Commit, error) {
	hash, err := Git(ctx, r.top, nil, "rev-parse", "--verify", "--quiet", "--end-of-options", revision+"^{commit}")
	if err != nil {
		return Commit{}, fmt.Errorf("%s has no revision %q: name a commit, a branch or a tag", r.top, revision)
	}
	out, err := Git(ctx, r.top, nil, "log", "-1", "--no-show-signature", "--format=%h%n%s", hash, "--")
	if err != nil {
		return Commit{}, fmt.Errorf("reading commit %s: %w", hash, err)
	}
	short, subject, _ := strings.Cut(out, "\n")
	return Commit{hash, short, subject}, nil
}

// Changed reports that files of the checkout differ from what HEAD names.
func (r *Repository) Changed(ctx context.Context) (bool, error) {
	out, err := Git(ctx, r.top, nil, "status", "--porcelain", "--untracked-files=no")
	if err != nil {
		return false, fmt.Errorf("looking for changes in %s: %w", r.top, err)
	}
	return out != "", nil
}

// requirements are the files that say which packages an app needs.
var requirements = []string{"*requirements*.txt", "*requirements/*.txt", "*pyproject.toml", "*.lock", "*Pipfile", "*setup.py", "*setup.cfg"}

// Requirements returns the files that say which packages the app needs and that
// differ between the two.
func (r *Repository) Requirements(ctx context.Context, a, b Commit) ([]string, error) {
	out, err := Git(ctx, r.top, nil, append([]string{"diff-tree", "-r", "--name-only", "--no-renames", a.Hash, b.Hash, "--"}, requirements...)...)
	if err != nil {
		return nil, fmt.Errorf("comparing %s with %s: %w", a.Short, b.Short, err)
	}
	if out == "" {
		return nil, nil
	}
	return strings.Split(out, "\n"), nil
}

// Export writes the files of the commit into dir, which must be empty, and
// returns the folder there that Open was given. What git keeps elsewhere, such
// as the files of submodules, is not there, and what a filter makes of a file, as
// git-lfs and git-crypt do, is not made.
func (r *Repository) Export(ctx context.Context, c Commit, dir string) (string, error) {
	index := filepath.Clean(dir) + ".index"
	args := append(r.unfiltered(ctx), "-c", "core.sparseCheckout=false", "-c", "submodule.recurse=false", "read-tree", "--reset", "-u", c.Hash)
	_, err := Git(ctx, r.top, []string{"GIT_INDEX_FILE=" + index, "GIT_DIR=" + r.git, "GIT_WORK_TREE=" + dir}, args...)
	err = errors.Join(err, os.RemoveAll(index), os.RemoveAll(index+".lock"))
	if err != nil {
		return "", fmt.Errorf("writing the files of %s: %w", c.Short, err)
	}
	folder := filepath.Join(dir, r.folder)
	if _, err := os.Stat(folder); err != nil {
		return "", fmt.Errorf("%s has no folder %s", c.Short, r.folder)
	}
	return folder, nil
}

// unfiltered are the options with which git runs no filter of the user's.
func (r *Repository) unfiltered(ctx context.Context) (options []string) {
	out, err := Git(ctx, r.top, nil, "config", "--name-only", "--get-regexp", `^filter\..*\.(smudge|process|required)$`)
	if err != nil {
		return nil // there is none
	}
	for _, name := range strings.Split(out, "\n") {
		value := "=" // no program
		if strings.HasSuffix(name, ".required") {
			value = "=false"
		}
		options = append(options, "-c", name+value)
	}
	return options
}
