package config

import "testing"

func TestEdits(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		from, to string
		want     int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0}, {"abc", "adc", 1}, {"abc", "bc", 1}, {"kitten", "sitting", 3}} {
		if got := edits(test.from, test.to); got != test.want {
			t.Errorf("edits(%q, %q) = %d, want %d", test.from, test.to, got, test.want)
		}
	}
}
