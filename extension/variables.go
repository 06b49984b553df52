package extension

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pixeltales/pixelload/internal/config"
)

const variablePrefix = "PIXELTALES_"

var (
	// variables are what settings and the scripts in scenarios/ read.
	variables = []string{
		"PIXELTALES_URL", "PIXELTALES_ACCOUNTS", "PIXELTALES_SECRET_KEY", "PIXELTALES_PHASES", "PIXELTALES_PERSONA",
		"PIXELTALES_HABITS", "PIXELTALES_SKIP_LACKING", "PIXELTALES_HOURS", "PIXELTALES_SEED", "PIXELTALES_MEMORY", "PIXELTALES_BUDGET_MIB",
	}
	// others are what the reference app and its tests read: they may be in k6's
	// environment too, and mean nothing there.
	others = []string{
		"PIXELTALES_CHANNEL_LAYER", "PIXELTALES_WORD_CACHE_SECONDS", "PIXELTALES_CONNECT_TIMEOUT",
		"PIXELTALES_DEFER_IMAGES", "PIXELTALES_LARGEST_PAGE", "PIXELTALES_COLLECT_ABOVE_BYTES",
		"PIXELTALES_STATEMENT_TIMEOUT", "PIXELTALES_SERVER", "PIXELTALES_TRANSCRIPTS",
	}
)

// spelt checks the names in an environment: one that is misspelt would be
// ignored, and other users than those meant would come.
func spelt(env map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if strings.HasPrefix(name, variablePrefix) && !slices.Contains(variables, name) && !slices.Contains(others, name) {
			return fmt.Errorf("unknown variable %s: did you mean %s? scenarios/README.md lists all", name, config.Nearest(name, variables))
		}
	}
	return nil
}
