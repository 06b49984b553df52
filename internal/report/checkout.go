package report

import (
	"fmt"
	"strings"

	"github.com/pixeltales/pixelload/internal/verdict"
)

// checkoutNotes say how somebody's checkout was run, and what it lacks.
func checkoutNotes(c *verdict.Checkout) []string {
	if c == nil {
		return nil
	}
	var notes []string
	if c.NotIsolated != "" {
		notes = append(notes, fmt.Sprintf("The checkout had no network of its own (%s): calls of its Python code were refused, those of native code and of other programs that it starts were not.", c.NotIsolated))
	}
	if len(c.Dials) > 0 {
		notes = append(notes, fmt.Sprintf("The checkout tried to reach %s: nobody was let through.", strings.Join(c.Dials, ", ")))
	}
	if len(c.Placeholders) > 0 {
		notes = append(notes, fmt.Sprintf("Its settings demand %s: each had a value of no meaning.", strings.Join(c.Placeholders, ", ")))
	}
	for _, lack := range c.Capabilities {
		notes = append(notes, fmt.Sprintf("%s: %s; %s.", lack.What, lack.Why, strings.TrimSuffix(lack.Costs, ".")))
	}
	return notes
}
