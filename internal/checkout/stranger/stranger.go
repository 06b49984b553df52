// Package stranger makes a PixelTales that pixelload has never seen, for
// tests of what must work on anybody's checkout. It is the reference app's
// own source under other names and in another layout, edited by program: an
// edit that no longer finds its place is an error, so the stranger cannot
// quietly become a copy of something old.
//
// What is strange about it: the project's package, the app's package and its
// label (so all tables) have other names, as have two models; Django lives in
// a folder of its own, its requirements in another; the settings are a package
// of five files; the user model is its own, with fields that must be filled
// in; there is a migration more; one environment variable more is required;
// and reading the settings dials out.
package stranger

import (
	"fmt"
	"os"
	"path/filepath"
)

// App is one stranger on disk: a git repository with a single commit and no
// .gitignore, so that whatever is written into it shows in `git status`.
type App struct {
	Dir          string // the repository
	Backend      string // the folder of manage.py
	Requirements string // the file that names all packages
	Settings     string // the module, as in DJANGO_SETTINGS_MODULE
	ASGI         string // the application, as Daphne takes it
	Label        string // of the app with the stories: tables begin with it
}

// Required is the environment variable without which the settings raise a
// KeyError, beside SECRET_KEY, which the real application wants as well.
const Required = "INKWELL_REGION"

// Dials is where the settings connect to when they are read: an address that
// is set aside for documentation, so that nobody answers. They wait for 0.3 s
// and go on.
const Dials = "192.0.2.1:443"

// Make makes the stranger in the empty or missing folder dir, from the
// reference app in the folder reference.
func Make(reference, dir string) (*App, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("making the stranger: %w", err)
	}
	a := &App{
		Dir: dir, Backend: filepath.Join(dir, "server"), Requirements: filepath.Join(dir, "ops", "requirements", "production.txt"),
		Settings: "inkwell.settings.production", ASGI: "inkwell.asgi:application", Label: "folio",
	}
	if there, err := os.ReadDir(dir); err == nil && len(there) > 0 {
		return nil, fmt.Errorf("making the stranger: %s is not empty", dir)
	}
	t, err := read(os.DirFS(reference))
	if err != nil {
		return nil, fmt.Errorf("making the stranger of %s: %w", reference, err)
	}
	if err := t.estrange(); err != nil {
		return nil, fmt.Errorf("making the stranger of %s: %w", reference, err)
	}
	if err := t.write(dir); err != nil {
		return nil, fmt.Errorf("making the stranger: %w", err)
	}
	if err := commit(dir); err != nil {
		return nil, fmt.Errorf("making the stranger: %w", err)
	}
	return a, nil
}

// Serve is the command that serves the stranger on a port of 127.0.0.1, to be
// run in Backend.
func (a *App) Serve(python string, port int) []string {
	return []string{python, "-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", fmt.Sprint(port), a.ASGI}
}

// Env are the variables that the stranger needs on a database of its own,
// given as a URL such as sqlite:////PATH.
func (a *App) Env(secret, database string) map[string]string {
	return map[string]string{
		"SECRET_KEY": secret, "DATABASE_URL": database, Required: "nowhere", "DJANGO_SETTINGS_MODULE": a.Settings,
		"PYTHONDONTWRITEBYTECODE": "1", // byte code in the repository is a change
	}
}
