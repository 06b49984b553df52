package trial

import (
	"context"
	"io"

	"github.com/pixeltales/pixelload/internal/claim"
	"github.com/pixeltales/pixelload/internal/run"
	"github.com/pixeltales/pixelload/internal/target"
)

// App is a PixelTales that trials can start: the reference app, or somebody's
// checkout.
type App interface {
	// Target is what the run file says of it.
	Target() run.Target
	// About is what is to be known of somebody's checkout; nil for our own app.
	About() *run.Checkout
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
	// Check says why it cannot be the variant, with target.ErrVariant in its chain.
	Check(claim.Variant) error
	// Spec is how it is served on the port with a variant's settings: command,
	// folder, environment and gate, the rest is the trial's. dir is for scratch
	// files.
	Spec(dir string, port int, settings map[string]string) (target.Spec, error)
}
