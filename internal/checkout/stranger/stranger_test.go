package stranger

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/needed"
	"github.com/pixeltales/pixelload/internal/target"
)

const reference = "../../../reference"

// makeOne makes a stranger that is removed with the test.
func makeOne(t *testing.T) *App {
	t.Helper()
	app, err := Make(reference, filepath.Join(t.TempDir(), "inkwell"))
	if err != nil {
		t.Fatal(err)
	}
	return app
}

// python is the reference app's interpreter: the stranger needs the same packages.
func python(t *testing.T) string {
	t.Helper()
	app, err := target.FindReference(reference)
	if err == nil {
		return app.Python()
	}
	needed.Skip(t, "%v", err)
	return ""
}

// manage runs the stranger's manage.py and returns what it prints.
func (a *App) manage(t *testing.T, env map[string]string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(python(t), append([]string{"manage.py"}, args...)...)
	cmd.Dir, cmd.Env = a.Backend, target.Env(env)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// git returns what git prints in the stranger's repository.
func (a *App) git(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = a.Dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %q: %v: %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestNothingOfTheReferenceIsLeftInIt(t *testing.T) {
	app := makeOne(t)
	for _, word := range []string{"storybook", "pixeltales.", "PIXELTALES_", "UserProfile", "ProfanityWord", "PREVIOUS"} {
		if out, err := exec.Command("grep", "-rn", "--include=*.py", word, app.Dir).CombinedOutput(); err == nil {
			t.Errorf("%q is still in it:\n%s", word, out)
		}
	}
	for _, name := range []string{app.Requirements, filepath.Join(app.Backend, "inkwell", "settings", "production.py")} {
		if _, err := os.Stat(name); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"requirements.txt", ".venv", "tests", "tales/seeding", "inkwell/settings.py", "serve"} {
		if _, err := os.Stat(filepath.Join(app.Backend, name)); err == nil {
			t.Errorf("%s is in it", name)
		}
	}
}

// Every file is in the one commit, which is the same whenever it is made.
func TestItIsARepository(t *testing.T) {
	one, other := makeOne(t), makeOne(t)
	if status := one.git(t, "status", "--porcelain", "--ignored"); status != "" {
		t.Errorf("git status = %s; want nothing", status)
	}
	if a, b := one.git(t, "rev-parse", "HEAD"), other.git(t, "rev-parse", "HEAD"); a != b {
		t.Errorf("commits %s and %s of the same reference differ", a, b)
	}
	if _, err := Make(reference, one.Dir); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("Make in a folder that holds something = %v; want an error", err)
	}
}

// The edits complain about a source that has changed under them.
func TestEditsFailLoudly(t *testing.T) {
	whole, err := read(os.DirFS(reference))
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct{ file, old, new, want string }{
		"settings have moved":     {"pixeltales/settings.py", "INSTALLED_APPS = [", "APPS = [", `no line that begins with "INSTALLED_APPS = ["`},
		"another base folder":     {"pixeltales/settings.py", ".parent.parent", ".parents[1]", "0 times, not once"},
		"an index has gone":       {"storybook/models/collaboration.py", `"session", "timestamp"`, `"timestamp"`, "0 times, not once"},
		"the app is configured":   {"storybook/apps.py", `name = "storybook"`, `name = 'storybook'`, "0 times, not once"},
		"no variant's variable":   {"", "PIXELTALES_", "TALES_", "no Python file has"},
		"no requirements":         {"requirements.txt", "", "", "requirements.txt is missing"},
		"the migrations are gone": {"storybook/migrations/0001_initial.py", "", "", "no Python file has 'storybook"},
	} {
		t.Run(name, func(t *testing.T) {
			tree := tree{}
			for path, text := range whole {
				if row.old != "" && (row.file == "" || row.file == path) {
					text = strings.ReplaceAll(text, row.old, row.new)
				}
				if row.old != "" || row.file != path {
					tree[path] = text
				}
			}
			if err := tree.estrange(); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("estrange() = %v; want an error with %q", err, row.want)
			}
		})
	}
}

func TestItRunsUnderItsOwnNames(t *testing.T) {
	app := makeOne(t)
	env := app.Env("secret-of-the-test-for-a-stranger", target.SQLiteURL(filepath.Join(t.TempDir(), "db.sqlite3")))
	for _, args := range [][]string{{"check"}, {"makemigrations", "--check", "--dry-run"}, {"migrate"}, {"populate_achievements"}} {
		if out, err := app.manage(t, env, args...); err != nil {
			t.Fatalf("manage.py %s: %v\n%s", args[0], err, out)
		}
	}
	words := app.wordsOver(t, env)
	if want := "bother drat fiddlesticks"; words != want {
		t.Errorf("the word list over HTTP is %q; want its migration's %q", words, want)
	}
	if status := app.git(t, "status", "--porcelain", "--ignored"); status != "" {
		t.Errorf("running it left in its repository:\n%s", status)
	}
}

func TestItWantsItsVariable(t *testing.T) {
	app := makeOne(t)
	env := app.Env("secret-of-the-test-for-a-stranger", "sqlite:///:memory:")
	delete(env, Required)
	if out, err := app.manage(t, env, "check"); err == nil || !strings.Contains(out, "KeyError: '"+Required+"'") {
		t.Errorf("without %s: %v\n%s", Required, err, out)
	}
}

// wordsOver serves the stranger with Daphne and asks it for its word list.
func (a *App) wordsOver(t *testing.T, env map[string]string) string {
	t.Helper()
	port, err := target.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	p, err := target.Start(t.Context(), target.Spec{
		Command: a.Serve(python(t), port), Dir: a.Backend, Env: target.Env(env), Port: port,
		LogPath: filepath.Join(t.TempDir(), "log"),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		p.Source().Close()
		if _, err := p.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errors.New("it took too long"))
	defer cancel()
	if err := p.WaitListening(ctx); err != nil {
		t.Fatalf("%v\n%s", err, p.LogTail(20))
	}
	answer, err := http.Get(p.URL() + "/api/profanity/active/?language=all")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var list struct{ Words []string }
	if err := json.NewDecoder(answer.Body).Decode(&list); err != nil {
		t.Fatalf("%s: %v\n%s", answer.Status, err, p.LogTail(20))
	}
	return strings.Join(list.Words, " ")
}
