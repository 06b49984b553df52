// Package checkout is somebody's own PixelTales: a Django project that
// pixelload has never seen, found in a folder, given an environment and
// settings from outside, and started as the reference app is.
//
// Nothing is written into the checkout: the app runs from a copy of its code,
// with its packages in a folder of pixelload's. Nobody is called: each program
// of the app runs in a network of its own, and what it tried to reach is
// written down. What the checkout lacks is listed, and not an error as long as
// users can go without.
package checkout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/pixeltales/pixelload/internal/checkout/seeding"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/target"
)

// Options say where the parts of a checkout are. Only Dir and Home are needed.
type Options struct {
	Dir          string // the checkout
	Backend      string // the folder of manage.py, in Dir; "": looked for
	ASGI         string // the application, as mysite.asgi:application; "": as the settings say
	Python       string // an interpreter that has the packages; "": an environment is made
	Requirements string // the file of the packages, in Dir; "": looked for

	Home     string    // folder for what outlives a run: environments and copies
	Progress io.Writer // gets what takes its time; nil: nobody
}

// Checkout is an app that was found, has its environment, and was looked at.
type Checkout struct {
	project
	replica      // that it runs from
	name, ref    string
	python       string
	code         string            // the folder of our Python modules
	placeholders map[string]string // of variables that the settings demand
	found        findings
}

// Open finds the checkout's parts, makes its environment where there is none
// yet, and looks at it: the settings are read, nothing is started.
func Open(ctx context.Context, o Options) (*Checkout, error) {
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	p, err := find(o)
	if err != nil {
		return nil, err
	}
	c := &Checkout{project: p, placeholders: map[string]string{}}
	if c.replica, err = copySource(ctx, p.backend, filepath.Join(o.Home, copies), o.Progress); err != nil {
		return nil, err
	}
	c.name, c.ref = identify(ctx, p, c.digest)
	if c.python, err = interpreter(ctx, o, p); err != nil {
		return nil, err
	}
	if c.code, err = writeCode(filepath.Join(o.Home, code)); err != nil {
		return nil, err
	}
	if err := prune(o.Home, time.Now()); err != nil {
		return nil, err
	}
	return c, c.look(ctx)
}

// interpreter is the user's own, or that of an environment of ours.
func interpreter(ctx context.Context, o Options, p project) (string, error) {
	if o.Python == "" {
		return environment(ctx, filepath.Join(o.Home, environments), p.requirements, o.Progress)
	}
	python, err := exec.LookPath(o.Python)
	if err == nil {
		python, err = filepath.Abs(python) // a link stays one: it is how an environment knows itself
	}
	if err != nil {
		return "", fmt.Errorf("--app-python: %w", err)
	}
	if err := execute(ctx, io.Discard, "", target.Env(nil), python, "-c", "import django"); err != nil {
		return "", fmt.Errorf("--app-python: an interpreter without the app's packages: %w", err)
	}
	return python, nil
}

// Target is what the run file says of it.
func (c *Checkout) Target() run.Target {
	return run.Target{Kind: "checkout", Name: c.name, Ref: c.ref, Source: c.dir}
}

// Python is the interpreter that the app runs on.
func (c *Checkout) Python() string { return c.python }

// Compile makes the byte code of the copy, and of our own modules: else the
// first start would use more memory than each later one.
func (c *Checkout) Compile(ctx context.Context) error {
	err := execute(ctx, io.Discard, c.src, target.Env(nil), c.python, "-m", "compileall", "-q", c.src, c.code)
	var status *exec.ExitError
	if errors.As(err, &status) && ctx.Err() == nil {
		return nil // a file of another Python's, that nobody imports
	}
	return err
}

// Seed returns the data set for these arguments, which is made once and kept in
// cacheDir under a name that changes with the app's code and ours.
func (c *Checkout) Seed(ctx context.Context, cacheDir, data string, users int, seed uint64, progress io.Writer) (*target.Dataset, error) {
	key := fmt.Sprintf("%s %s %s", c.digest, filepath.Base(c.code), c.python)
	return target.MakeDataset(ctx, cacheDir, target.Want{App: key, Data: data, Users: users, Seed: seed},
		func(url, manifest string) error { return c.Fill(ctx, url, manifest, data, users, seed, progress) })
}

// Fill makes the tables of the database at url and fills them by the app's own
// models; manifest gets the accounts, and what could not be made.
func (c *Checkout) Fill(ctx context.Context, url, manifest, data string, users int, seed uint64, progress io.Writer) error {
	settings := c.defaults()
	settings["DATABASE_URL"] = url
	for _, command := range [][]string{{"migrate", "--noinput"}, {"createcachetable"}} { // a cache may lie in a table
		args := append([]string{"-m", "django"}, command...)
		if err := c.manage(ctx, settings, progress, append(args, "--verbosity", "0")...); err != nil {
			return fmt.Errorf("making the app's tables: %w", err)
		}
	}
	if err := c.manage(ctx, settings, progress, seeding.Args(data, users, seed, manifest)...); err != nil {
		return fmt.Errorf("filling the app's tables: %w", err)
	}
	return nil
}

// Missing is what the seeding will find no room for in the app's models. It
// touches no database.
func (c *Checkout) Missing(ctx context.Context) (all []run.Capability, err error) {
	dir, err := os.MkdirTemp("", "pixelload-")
	if err != nil {
		return nil, fmt.Errorf("looking at the app's models: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "report.json")
	if err := c.manage(ctx, c.defaults(), io.Discard, seeding.LookArgs(path)...); err != nil {
		return nil, fmt.Errorf("looking at the app's models: %w", err)
	}
	report, err := seeding.ReadReport(path)
	if err != nil {
		return nil, err
	}
	for _, gap := range report.Missing {
		all = append(all, run.Capability(gap))
	}
	return all, nil
}

// defaults are the settings of what is not a trial.
func (c *Checkout) defaults() map[string]string {
	return map[string]string{
		"SECRET_KEY": "only-to-look-and-to-seed-with-it", "ALLOWED_HOSTS": "127.0.0.1", "CONN_MAX_AGE": "0",
		"PIXELTALES_CHANNEL_LAYER": "memory", "DATABASE_URL": "sqlite:////nowhere.sqlite3",
	}
}

// manage runs the app's interpreter with the arguments, to its end.
func (c *Checkout) manage(ctx context.Context, settings map[string]string, progress io.Writer, args ...string) (err error) {
	dir, err := os.MkdirTemp("", "pixelload-")
	if err != nil {
		return fmt.Errorf("making a scratch folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	gate, env, err := c.surround(dir, settings, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, gate.Close()) }()
	return execute(ctx, progress, c.src, env, gate.Command(0, append([]string{c.python}, args...)...)...)
}

// Spec is how the app is served with a variant's settings, with dir for its
// scratch files: by Daphne, or by gunicorn's two workers without sockets.
func (c *Checkout) Spec(dir string, port int, settings map[string]string) (target.Spec, error) {
	if err := c.sweep(); err != nil {
		return target.Spec{}, err
	}
	gate, env, err := c.surround(dir, settings, port)
	if err != nil {
		return target.Spec{}, err
	}
	command := []string{c.python, "-m", "pixelload_app.serve", "{fd}", c.found.ASGI}
	if settings["PIXELTALES_SERVER"] == "gunicorn" {
		command = []string{c.python, "-m", "gunicorn", "--bind", "fd://{fd}", "--workers", "2", "--timeout", "120", "pixelload_app.wsgi:application"}
	}
	return target.Spec{Command: gate.Command(port, command...), Dir: c.src, Env: env, Gate: gate}, nil
}

// Parts are where the parts of the checkout were found.
type Parts struct {
	Backend      string // the folder of manage.py
	Settings     string // its own module
	ASGI         string // MODULE:NAME; "" where the settings name none
	Requirements string // path; "" where an interpreter was named
	Django       string // version
}

// Parts says where the parts of the checkout were found.
func (c *Checkout) Parts() Parts {
	return Parts{Backend: c.backend, Settings: c.settings, ASGI: c.found.ASGI, Requirements: c.requirements, Django: c.found.Django}
}
