package config

import "slices"

// Nearest returns the word that the fewest edits make of the name; "" without
// words.
func Nearest(name string, words []string) string {
	if len(words) == 0 {
		return ""
	}
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
