package extension

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

const variablePrefix = "PIXELTALES_"

var (
	// variables are what settings and the scripts in scenarios/ read.
	variables = []string{
		"PIXELTALES_URL", "PIXELTALES_ACCOUNTS", "PIXELTALES_SECRET_KEY", "PIXELTALES_PHASES", "PIXELTALES_PERSONA",
		"PIXELTALES_HABITS", "PIXELTALES_HOURS", "PIXELTALES_SEED", "PIXELTALES_MEMORY", "PIXELTALES_BUDGET_MIB",
	}
	// others are what the reference app and its tests read: they may be in k6's
	// environment too, and mean nothing there.
	others = []string{
		"PIXELTALES_CHANNEL_LAYER", "PIXELTALES_WORD_CACHE_SECONDS", "PIXELTALES_CONNECT_TIMEOUT",
		"PIXELTALES_STATEMENT_TIMEOUT", "PIXELTALES_SERVER", "PIXELTALES_TRANSCRIPTS",
	}
)

// spelt checks the names in an environment: one that is misspelt would be
// ignored, and other users than those meant would come.
func spelt(env map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if strings.HasPrefix(name, variablePrefix) && !slices.Contains(variables, name) && !slices.Contains(others, name) {
			return fmt.Errorf("unknown variable %s: did you mean %s? scenarios/README.md lists all", name, nearest(name, variables))
		}
	}
	return nil
}

// nearest returns the word that the fewest edits make of the name.
func nearest(name string, words []string) string {
	return slices.MinFunc(words, func(a, b string) int { return edits(name, a) - edits(name, b) })
}

// edits is the Levenshtein distance: how many letters must be inserted, left
// out or replaced to make one word of the other.
func edits(from, to string) int {
	row := make([]int, len(to)+1) // from nothing of from to the beginnings of to
	for j := range row {
		row[j] = j
	}
	for i := range len(from) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(to) {
			replaced := diagonal
			if from[i] != to[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, diagonal+1)
		}
	}
	return row[len(to)]
}
