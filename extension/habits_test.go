package extension

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// Every habit is in the types and in the README, with its usual value.
func TestHabitsAreDocumented(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(usualHabits())
	if err != nil {
		t.Fatal(err)
	}
	var usual map[string]json.RawMessage
	if err := json.Unmarshal(text, &usual); err != nil {
		t.Fatal(err)
	}
	readme, types := mustRead(t, "../scenarios/README.md"), mustRead(t, "../index.d.ts")
	for name, value := range usual {
		row := "| `" + name + "` | " + strings.ReplaceAll(string(value), ",", ", ") + " |"
		if !strings.Contains(readme, row) {
			t.Errorf("README.md has no row beginning %q", row)
		}
		if !strings.Contains(types, "    "+name+"?: ") {
			t.Errorf("index.d.ts has no %s", name)
		}
	}
}

func mustRead(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
