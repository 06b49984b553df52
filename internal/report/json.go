package report

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/pixeltales/pixelload/internal/verdict"
)

// JSON writes v as verdict.json: indented, the same bytes for the same verdict.
func JSON(w io.Writer, v *verdict.Verdict) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return fmt.Errorf("writing the verdict: %w", err)
	}
	return nil
}
