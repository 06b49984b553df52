package report

import (
	"fmt"
	"strings"
)

// context is how many lines stand around a change in a patch.
const context = 3

// Patch is the unified patch that makes was into is, which has as many lines; ""
// where both are the same. name is that of the file.
func Patch(name, was, is string) string {
	old, changed := strings.Split(was, "\n"), strings.Split(is, "\n")
	count := len(old) // of lines: what stands behind the last end of line is one, unless it is empty
	if old[count-1] == "" {
		count--
	}
	var b strings.Builder
	for begin := 0; begin < count; {
		first := begin
		for first < count && old[first] == changed[first] {
			first++
		}
		if first == count {
			break
		}
		end := first + 1 // behind the last change of the hunk
		for i := end; i < count && i < end+2*context; i++ {
			if old[i] != changed[i] {
				end = i + 1
			}
		}
		from, to := max(begin, first-context), min(count, end+context)
		fmt.Fprintf(&b, "@@ -%d,%d +%d,%d @@\n", from+1, to-from, from+1, to-from)
		for i := from; i < to; {
			if old[i] == changed[i] {
				write(&b, " ", old, i)
				i++
				continue
			}
			run := i
			for ; i < to && old[i] != changed[i]; i++ {
				write(&b, "-", old, i)
			}
			for ; run < i; run++ {
				write(&b, "+", changed, run)
			}
		}
		begin = to
	}
	if b.Len() == 0 {
		return ""
	}
	return "--- a/" + name + "\n+++ b/" + name + "\n" + b.String()
}

// write adds the line, and says so where no end of line follows it.
func write(b *strings.Builder, sign string, lines []string, i int) {
	b.WriteString(sign + lines[i] + "\n")
	if i == len(lines)-1 {
		b.WriteString("\\ No newline at end of file\n")
	}
}
