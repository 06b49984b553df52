package report

import (
	"strings"

	"charm.land/lipgloss/v2"
)

// wrapCells breaks the cells of lines between words until they fit into most
// characters, padding left out. Where not even the longest words fit, the cells
// stay as they are.
func wrapCells(lines [][]string, most int) {
	widths, longest := columnWidths(lines, most)
	if widths == nil {
		return
	}
	for _, cells := range lines {
		for i, cell := range cells {
			if longest[i] > widths[i] {
				cells[i] = lipgloss.Wrap(cell, widths[i], "")
			}
		}
	}
}

// columnWidths shares most characters out: each column gets its longest word,
// and what is left goes, one by one, to the column that lacks most. It returns
// nil when the words alone are too long, and each column's longest cell.
func columnWidths(lines [][]string, most int) (widths, longest []int) {
	widths, longest = make([]int, len(lines[0])), make([]int, len(lines[0]))
	for _, cells := range lines {
		for i, cell := range cells {
			longest[i] = max(longest[i], lipgloss.Width(cell))
			for word := range strings.FieldsSeq(cell) {
				widths[i] = max(widths[i], lipgloss.Width(word))
			}
		}
	}
	left := most
	for _, w := range widths {
		left -= w
	}
	if left < 0 {
		return nil, longest
	}
	for ; left > 0; left-- {
		neediest := 0
		for i := range widths {
			if longest[i]-widths[i] > longest[neediest]-widths[neediest] {
				neediest = i
			}
		}
		widths[neediest]++
	}
	return widths, longest
}
