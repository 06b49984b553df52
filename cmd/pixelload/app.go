package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/pflag"

	"github.com/pixeltales/pixelload/internal/target"
	"github.com/pixeltales/pixelload/internal/trial"
)

// appOptions are the flags about the PixelTales that is started. Commands that
// start one embed them, and none opens an app otherwise.
type appOptions struct {
	app string
}

func (o *appOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&o.app, "app", "reference", "the target: reference")
}

// find returns the app that the flags name.
func (o appOptions) find(context.Context) (trial.App, error) {
	if o.app != "reference" {
		return nil, fmt.Errorf("--app %q: only the reference app can be checked by this version", o.app)
	}
	return target.FindReference(os.Getenv("PIXELLOAD_REFERENCE"))
}
