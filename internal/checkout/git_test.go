package checkout

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pixeltales/pixelload/internal/needed"
)

// inGit runs git in dir, with nobody's configuration.
func inGit(t *testing.T, dir string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		needed.Skip(t, "%v", err)
	}
	cmd := exec.Command("git", append([]string{"-c", "user.name=Ink", "-c", "user.email=ink@load.test", "-C", dir}, args...)...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v: %s", args[0], err, out)
	}
	return strings.TrimSpace(string(out))
}

// repository is a tree with one commit of all that its .gitignore lets in.
func repository(t *testing.T, files map[string]string) (dir, commit string) {
	t.Helper()
	dir = tree(t, files)
	inGit(t, dir, "init", "--quiet")
	inGit(t, dir, "add", "--all")
	inGit(t, dir, "commit", "--quiet", "--message", "all")
	return dir, inGit(t, dir, "rev-parse", "--short=12", "HEAD")
}

// TestIdentifyInAHook: git tells its hooks by variables which repository they
// are about, and that is not the app's.
func TestIdentifyInAHook(t *testing.T) {
	dir, commit := repository(t, map[string]string{"manage.py": manage})
	other, _ := repository(t, map[string]string{"README": ""})
	t.Setenv("GIT_DIR", filepath.Join(other, ".git"))
	t.Setenv("GIT_WORK_TREE", other)
	name, ref := identify(context.Background(), project{name: filepath.Base(dir), dir: dir, backend: dir}, "0123456789ab")
	if name != filepath.Base(dir) || ref != commit {
		t.Errorf("it is %s at %s, want %s at %s", name, ref, filepath.Base(dir), commit)
	}
}
