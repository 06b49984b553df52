package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/pixeltales/pixelload/internal/checkout"
	"github.com/pixeltales/pixelload/internal/config"
	"github.com/pixeltales/pixelload/internal/target"
	"github.com/pixeltales/pixelload/internal/trial"
)

// appOptions are the flags about the PixelTales that is started. Commands that
// start one embed them, and none opens an app otherwise.
type appOptions struct {
	app          string
	backend      string
	asgi         string
	python       string
	requirements string

	found *trial.App // kept for the next who asks; nil: nobody asks twice
}

func (o *appOptions) flags(f *pflag.FlagSet) {
	o.found = new(trial.App)
	f.StringVar(&o.app, "app", "reference", "the target: reference, or the folder of your own checkout")
	f.StringVar(&o.backend, "app-backend", "", "with --app DIR: the folder of manage.py, in DIR (default: looked for)")
	f.StringVar(&o.asgi, "app-asgi", "", "with --app DIR: the ASGI application, as mysite.asgi:application (default: the settings')")
	f.StringVar(&o.python, "app-python", "", "with --app DIR: an interpreter that has the packages (default: an environment is made and kept)")
	f.StringVar(&o.requirements, "app-requirements", "", "with --app DIR: the file of the packages, in DIR (default: requirements.txt, requirements/production.txt)")
	for _, name := range []string{"app-backend", "app-asgi", "app-python", "app-requirements"} {
		config.Yields(f, name, "app", "url") // those of the file are about the file's app
	}
}

// find returns the app that the flags name. What takes its time, such as
// pip, says so on stderr.
func (o appOptions) find(ctx context.Context) (trial.App, error) {
	if o.found != nil && *o.found != nil {
		return *o.found, nil
	}
	app, err := o.open(ctx)
	if err == nil && o.found != nil {
		*o.found = app
	}
	return app, err
}

// folder is the name of the checkout's folder; "" for the reference app.
func (o appOptions) folder() string {
	if o.app == "reference" || o.app == "" {
		return ""
	}
	dir, err := filepath.Abs(o.app)
	if err != nil {
		return "checkout"
	}
	return filepath.Base(dir)
}

func (o appOptions) open(ctx context.Context) (trial.App, error) {
	if o.app == "reference" {
		if o.backend+o.asgi+o.python+o.requirements != "" {
			return nil, fmt.Errorf("--app-backend, --app-asgi, --app-python and --app-requirements are about a checkout: name its folder with --app")
		}
		return target.FindReference(os.Getenv("PIXELLOAD_REFERENCE"))
	}
	return o.checkout(ctx)
}

func (o appOptions) checkout(ctx context.Context) (*checkout.Checkout, error) {
	state, err := stateDir()
	if err != nil {
		return nil, err
	}
	return checkout.Open(ctx, checkout.Options{
		Dir: o.app, Backend: o.backend, ASGI: o.asgi, Python: o.python, Requirements: o.requirements,
		Home: filepath.Join(state, "checkouts"), Progress: os.Stderr,
	})
}

// referencePython is the reference app's interpreter, whose packages bring a
// PostgreSQL and a Redis; "" where there is none.
func referencePython() string {
	app, err := target.FindReference(os.Getenv("PIXELLOAD_REFERENCE"))
	if err != nil {
		return ""
	}
	return app.Python()
}
