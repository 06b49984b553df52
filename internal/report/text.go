package report

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/pixeltales/pixelload/internal/memory"
)

// clean drops what could steer a terminal: control and format characters and
// invalid UTF-8. Names, log lines and paths come from outside.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
}

// said are the lines that say something, cleaned.
func said(lines []string) []string {
	return slices.DeleteFunc(cleanAll(lines), func(line string) bool { return line == "" })
}

func cleanAll(texts []string) []string {
	var out []string
	for _, text := range texts {
		out = append(out, clean(text))
	}
	return out
}

// words prints an outcome as people say it: not_measured is "not measured".
func words(outcome string) string { return clean(strings.ReplaceAll(outcome, "_", " ")) }

// mib prints bytes in whole MiB, which is what a level under load is good to.
func mib(bytes int64) string { return fmt.Sprintf("%.0f MiB", float64(bytes)/memory.MiB) }

// tenths prints bytes in tenths of a MiB, as what a database holds is known.
func tenths(bytes int64) string { return fmt.Sprintf("%.1f MiB", float64(bytes)/memory.MiB) }

// interval prints a 95 % interval in MiB.
func interval(ci *[2]int64) string {
	if ci == nil {
		return ""
	}
	return fmt.Sprintf(" [%.0f, %.0f]", float64(ci[0])/memory.MiB, float64(ci[1])/memory.MiB)
}

// percent prints part of whole, or nothing where there is no whole.
func percent(part, whole int64) string {
	if whole <= 0 {
		return ""
	}
	return fmt.Sprintf("%.0f %%", 100*float64(part)/float64(whole))
}

// delta prints by how much part differs from whole.
func delta(part, whole int64) string {
	if whole <= 0 {
		return ""
	}
	return fmt.Sprintf("%+.0f %%", 100*(float64(part)/float64(whole)-1))
}

// count prints a number and its noun.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
