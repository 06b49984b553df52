// Package pixelload registers the k6 extension k6/x/pixeltales and its output.
// Importing it (as cmd/k6 and xk6 do) is all that is needed to use them.
package pixelload

import (
	"go.k6.io/k6/v2/js/modules"
	"go.k6.io/k6/v2/output"

	"github.com/pixeltales/pixelload/extension"
)

func init() {
	modules.Register(extension.ImportPath, extension.New())
	output.RegisterExtension(extension.OutputName, extension.NewOutput)
}
