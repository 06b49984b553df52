package trial

import (
	"context"
	"io"

	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/target"
)

// App is a PixelTales that trials can start: the reference app, or somebody's
// checkout.
type App interface {
	// Target is what the run file says of it.
	Target() run.Target
	// Python is the interpreter that it runs on.
	Python() string
	// Compile makes its byte code beforehand.
	Compile(ctx context.Context) error
	// Seed returns its data set for these arguments, made at most once and kept
	// in cacheDir. progress gets what the app prints meanwhile.
	Seed(ctx context.Context, cacheDir, data string, users int, seed uint64, progress io.Writer) (*target.Dataset, error)
	// Fill makes its tables in the database at url and fills them; manifest gets
	// the accounts.
	Fill(ctx context.Context, url, manifest, data string, users int, seed uint64, progress io.Writer) error
	// Spec is how it is served with a variant's settings, of which PORT says
	// where: command, folder and environment, the rest is the trial's.
	Spec(settings map[string]string) (target.Spec, error)
}
