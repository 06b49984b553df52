package revision_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pixeltales/pixelload/internal/needed"
	"github.com/pixeltales/pixelload/internal/revision"
)

// repository has two commits; git runs in it.
func repository(t *testing.T) (dir string, git func(args ...string) string) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		needed.Skip(t, "git is not here")
	}
	dir = filepath.Join(t.TempDir(), "tales")
	git = func(args ...string) string {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=A", "-c", "user.email=a@example.org"}, args...)...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v: %s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	write(t, dir, "app/manage.py", "one")
	write(t, dir, "app/requirements.txt", "django==1")
	git("init", "--quiet", "--initial-branch=main")
	git("add", ".")
	git("commit", "--quiet", "-m", "first | <b>")
	write(t, dir, "app/manage.py", "two")
	write(t, dir, "app/new.py", "new")
	git("add", ".")
	git("commit", "--quiet", "-m", "second")
	return dir, git
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// everything is all files below dir with their content and time of change.
func everything(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		text := ""
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			text = string(data)
		}
		all[path] = info.ModTime().String() + " " + text
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Both revisions come out as they were committed, whatever the checkout looks
// like at the time, and the checkout and its repository stay as they are.
func TestExport(t *testing.T) {
	dir, git := repository(t)
	write(t, dir, "app/manage.py", "not committed")
	write(t, dir, ".git/hooks/post-index-change", "#!/bin/sh\ntouch "+dir+"/hooked\n")
	write(t, dir, ".git/hooks/post-checkout", "#!/bin/sh\ntouch "+dir+"/hooked\n")
	for _, hook := range []string{"post-index-change", "post-checkout"} {
		if err := os.Chmod(filepath.Join(dir, ".git/hooks", hook), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	git("config", "core.sparseCheckout", "true")
	write(t, dir, ".git/info/sparse-checkout", "/nothing\n")
	t.Setenv("GIT_DIR", "/nowhere") // as a hook of another repository has it
	before := everything(t, dir)

	r, err := revision.Open(t.Context(), filepath.Join(dir, "app"))
	if err != nil {
		t.Fatal(err)
	}
	if r.Name() != "tales" {
		t.Errorf("name %q", r.Name())
	}
	if changed, err := r.Changed(t.Context()); err != nil || !changed {
		t.Errorf("changed %v, %v; want true", changed, err)
	}
	for name, want := range map[string]map[string]string{
		"main":   {"manage.py": "two", "new.py": "new", "requirements.txt": "django==1"},
		"HEAD~1": {"manage.py": "one", "requirements.txt": "django==1"},
	} {
		commit, err := r.Resolve(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(t.TempDir(), "copy")
		if err := os.Mkdir(to, 0o755); err != nil {
			t.Fatal(err)
		}
		folder, err := r.Export(t.Context(), commit, to)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for path, text := range everything(t, folder) {
			if path != folder {
				got[filepath.Base(path)] = text[strings.LastIndexByte(text, ' ')+1:]
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(to), "*")); !slices.Equal(left, []string{to}) {
			t.Errorf("beside the copy lies %v", left)
		}
	}
	if diff := cmp.Diff(before, everything(t, dir)); diff != "" {
		t.Errorf("the checkout was touched: %s", diff)
	}
}

// A filter may fetch the file from a server, or decrypt it: what comes out is what
// the repository holds.
func TestExportRunsNoFilter(t *testing.T) {
	dir, git := repository(t)
	write(t, dir, "app/.gitattributes", "*.bin filter=loud\n*.key filter=other\n")
	write(t, dir, "app/words.bin", "pointer")
	write(t, dir, "app/live.key", "ciphertext")
	git("add", ".")
	git("commit", "--quiet", "-m", "third")
	git("config", "filter.loud.smudge", "touch "+dir+"/filtered; tr a-z A-Z")
	git("config", "filter.loud.required", "true")
	git("config", "filter.other.process", "touch "+dir+"/filtered; false")
	git("config", "filter.other.required", "true")
	r, err := revision.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.Resolve(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	folder, err := r.Export(t.Context(), c, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"words.bin": "pointer", "live.key": "ciphertext"} {
		if got, err := os.ReadFile(filepath.Join(folder, "app", name)); err != nil || string(got) != want {
			t.Errorf("%s is %q, %v; want %q", name, got, err, want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "filtered")); err == nil {
		t.Error("a filter has run")
	}
}

func TestResolve(t *testing.T) {
	dir, git := repository(t)
	r, err := revision.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	git("tag", "v1", "HEAD~1")
	c, err := r.Resolve(t.Context(), "v1")
	if err != nil || c.Subject != "first | <b>" || len(c.Hash) != 40 || !strings.HasPrefix(c.Hash, c.Short) {
		t.Errorf("%+v, %v", c, err)
	}
	for _, wrong := range []string{"nothing", "", "-v", "--help", "HEAD:app"} {
		if c, err := r.Resolve(t.Context(), wrong); err == nil || !strings.Contains(err.Error(), "has no revision") {
			t.Errorf("%q: %+v, %v", wrong, c, err)
		}
	}
	if _, err := revision.Open(t.Context(), t.TempDir()); err == nil || !strings.Contains(err.Error(), "is in no git checkout") {
		t.Errorf("outside: %v", err)
	}
}

// A revision may lack the folder that the app is in.
func TestFolderIsMissing(t *testing.T) {
	dir, git := repository(t)
	write(t, dir, "later/manage.py", "")
	git("add", ".")
	git("commit", "--quiet", "-m", "third")
	r, err := revision.Open(t.Context(), filepath.Join(dir, "later"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.Resolve(t.Context(), "HEAD~1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Export(t.Context(), c, t.TempDir()); err == nil || !strings.Contains(err.Error(), "has no folder later/") {
		t.Errorf("%v", err)
	}
}

func TestRequirements(t *testing.T) {
	dir, git := repository(t)
	write(t, dir, "app/requirements.txt", "django==2")
	git("commit", "--quiet", "-am", "third")
	r, err := revision.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	var commits []revision.Commit
	for _, name := range []string{"HEAD~2", "HEAD~1", "HEAD"} {
		c, err := r.Resolve(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		commits = append(commits, c)
	}
	if same, err := r.Requirements(t.Context(), commits[0], commits[1]); err != nil || len(same) > 0 {
		t.Errorf("%v, %v; want none", same, err)
	}
	if differ, err := r.Requirements(t.Context(), commits[0], commits[2]); err != nil || !slices.Equal(differ, []string{"app/requirements.txt"}) {
		t.Errorf("%v, %v", differ, err)
	}
}
