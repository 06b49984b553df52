package history

import (
	"fmt"
	"slices"
	"strings"
)

// Resolve returns the metric that is meant: its whole name, or as much of what
// stands behind the colon as no other has, so that L4 is claim:L4 and peak is
// budget:peak_unreclaimable_bytes.
func Resolve(asked string, known []string) (string, error) {
	if slices.Contains(known, asked) {
		return asked, nil
	}
	var whole, begun []string
	for _, metric := range known {
		_, name, _ := strings.Cut(metric, ":")
		switch {
		case strings.EqualFold(name, asked):
			whole = append(whole, metric)
		case strings.HasPrefix(strings.ToLower(name), strings.ToLower(asked)):
			begun = append(begun, metric)
		}
	}
	for _, found := range [][]string{whole, begun} {
		if len(found) == 1 {
			return found[0], nil
		}
		if len(found) > 1 {
			return "", fmt.Errorf("%q may be %s: write the whole name", asked, strings.Join(found, ", "))
		}
	}
	return "", fmt.Errorf("there is no figure %q: the history has %s", asked, strings.Join(known, ", "))
}
