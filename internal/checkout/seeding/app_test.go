package seeding

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/pixeltales/pixelload/internal/account"
	"github.com/pixeltales/pixelload/internal/checkout/stranger"
	"github.com/pixeltales/pixelload/internal/needed"
	"github.com/pixeltales/pixelload/internal/target"
)

const (
	referenceDir = "../../../reference"
	secret       = "only-the-tests-know-this-secret-key"
	users        = 5
)

// app is an application whose database this module can fill.
type app struct {
	dir, python string
	env         map[string]string
	serve       func(port int) []string
	label       string // of the app with the stories
}

// reference is the reference app, on a database of its own.
func reference(t *testing.T) (app, *target.Reference) {
	t.Helper()
	r, err := target.FindReference(referenceDir)
	if err != nil {
		needed.Skip(t, "%v", err)
	}
	return app{
		dir: r.Dir(), python: r.Python(), label: "storybook",
		env: map[string]string{
			"SECRET_KEY": secret, "DATABASE_URL": target.SQLiteURL(filepath.Join(t.TempDir(), "db.sqlite3")),
			"DJANGO_SETTINGS_MODULE": "pixeltales.settings",
		},
		serve: func(port int) []string {
			return []string{r.Python(), "-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", fmt.Sprint(port), "pixeltales.asgi:application"}
		},
	}, r
}

// strange is a checkout that nobody has seen, on the reference app's packages.
func strange(t *testing.T) (app, *stranger.App) {
	t.Helper()
	_, r := reference(t)
	s, err := stranger.Make(r.Dir(), filepath.Join(t.TempDir(), "inkwell"))
	if err != nil {
		t.Fatal(err)
	}
	return app{
		dir: s.Backend, python: r.Python(), label: s.Label,
		env:   s.Env(secret, target.SQLiteURL(filepath.Join(t.TempDir(), "db.sqlite3"))),
		serve: func(port int) []string { return s.Serve(r.Python(), port) },
	}, s
}

// run runs the app's Python with the module on its path.
func (a app) run(t *testing.T, args ...string) []byte {
	t.Helper()
	modules := t.TempDir()
	if err := Write(modules); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(a.python, args...)
	cmd.Dir, cmd.Env = a.dir, append(target.Env(a.env), "PYTHONPATH="+modules)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("python %q: %v\n%s", args, err, out)
	}
	return out
}

// seed migrates and fills the app's database.
func (a app) seed(t *testing.T, data string) (*account.Manifest, *Report) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "manifest.json")
	a.run(t, "manage.py", "migrate", "--verbosity", "0")
	a.run(t, Args(data, users, 1, path)...)
	manifest, err := account.ReadManifest(path)
	if err != nil {
		t.Fatal(err)
	}
	report, err := ReadReport(path)
	if err != nil {
		t.Fatal(err)
	}
	return manifest, report
}

// start serves the app with Daphne until the test ends.
func (a app) start(t *testing.T) string {
	t.Helper()
	port, err := target.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	p, err := target.Start(t.Context(), target.Spec{
		Command: a.serve(port), Dir: a.dir, Env: target.Env(a.env), Port: port, LogPath: filepath.Join(t.TempDir(), "log"),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Source().Close()
		if _, err := p.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errors.New("it took too long"))
	defer cancel()
	if err := p.WaitListening(ctx); err != nil {
		t.Fatalf("%v\n%s", err, p.LogTail(20))
	}
	return p.URL() + "/api"
}
