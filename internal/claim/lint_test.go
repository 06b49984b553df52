package claim

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func linted(d *Document) []string {
	var said []string
	for _, f := range d.Lint() {
		said = append(said, strings.TrimPrefix(f.Where()+": "+f.Text, ": "))
	}
	return said
}

// What the built-in document gets wrong by itself.
func TestLint(t *testing.T) {
	want := []string{
		"L2 (line 359), L5 (line 360), L8 (line 361): after: a user costs 53 MB from 0 to 3 users, then 24 MB from 3 to 10",
		"L3 (line 359), L6 (line 360), L9 (line 361): upgraded: a user costs 53 MB from 0 to 3 users, then 24 MB from 3 to 10",
		"C2 (line 86), S1 (line 119): before over postgres is 50-80 MB in one place and 50-100 MB in another",
		"C3 (line 87), C7 (line 56): pooled over redis is 150-250 MB in one place and 200-300 MB in another",
		"S4 (line 218), L4 (line 360), L10 (line 215): before over no-websockets saves 200-300 MB, and the levels at 3 users differ by 380 MB",
		"S1 (line 119), S2 (line 174), L4 (line 360), L5 (line 360): after is before with 2 changes that save 70-140 MB together, and the levels at 3 users differ by 300 MB",
		"S1 (line 119), S2 (line 174), L4 (line 360), L6 (line 360): upgraded is before with 2 changes that save 70-140 MB together, and the levels at 3 users differ by 300 MB",
		"S1 (line 119), C2 (line 86): PostgreSQL saves up to 100 MB of a part that takes 80 MB at most",
		"plans free and starter have the same memory, 512 MB: where one is not enough the other is not",
		"L4 (line 360): MB is 2^20 bytes or 10^6, it does not say: 580 MB is 580 MiB or 553",
	}
	if diff := cmp.Diff(want, linted(load(t))); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

// A document that agrees with itself has nothing but its unit against it.
func TestLintOfASoundDocument(t *testing.T) {
	d, err := Parse("sound.yaml", []byte(`
document: {file: d.md}
variants:
  - {name: old, database: sqlite, channel_layer: memory, server: daphne, limit_mib: 512}
  - {name: new, database: postgres, channel_layer: memory, server: daphne, limit_mib: 512}
plans:
  - {name: small, memory_mib: 512, cpus: 1}
  - {name: large, memory_mib: 1024, cpus: 1}
claims:
  - {id: A, line: 1, kind: level, variant: old, users: [0], mib: [100], text: a}
  - {id: B, line: 2, kind: level, variant: old, users: [3], mib: [130], text: b}
  - {id: C, line: 3, kind: level, variant: old, users: [10], mib: [200], text: c}
  - {id: D, line: 4, kind: level, variant: new, users: [3], mib: [110], text: d}
  - {id: E, line: 5, kind: saving, variant: old, versus: {variant: new}, users: [3], mib: [10, 30], text: e}
  - {id: F, line: 6, kind: component, variant: old, versus: {variant: new}, users: [3], mib: [10, 30], text: f}
`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"C (line 3): MB is 2^20 bytes or 10^6, it does not say: 200 MB is 200 MiB or 191"}, linted(d)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}
